"""payhook-fcgi and payhookd, started again whenever they end, as systemd does it."""

import pathlib
import socket
import subprocess
import sys
import threading

# How long a program may take for anything.
TIMEOUT = 60  # seconds

# Before a program is started again: the units say 1 and 5 seconds.
RESTART = {"payhook-fcgi": 1, "payhookd": 2}


# Another process: SQLite would keep this one's locks.
FOLD = """
import pathlib, sqlite3, sys
sqlite3.connect(sys.argv[1]).execute("PRAGMA wal_checkpoint(TRUNCATE)")
for end in "-wal", "-shm":
    pathlib.Path(sys.argv[1] + end).unlink(missing_ok=True)
"""


class Programs:
    """Both programs, from the beginning of a `with` block until they are killed at its end."""

    def __init__(
        self, directory: pathlib.Path, ctl: str, responder: str, processor: str, delay_seconds: int
    ):
        self._database = directory / "db.sqlite"
        self._config = directory.parent.parent / "payhook.toml"
        self._config.write_text(
            f'database = "{self._database}"\nprocessor.delay_seconds = {delay_seconds}\n'
        )
        self._log = directory.parent.parent / "log"
        self.socket = str(directory.parent.parent / "socket")
        self._ctl = ctl
        self._commands = {"payhook-fcgi": responder, "payhookd": processor}
        self.ends = 0
        self._ended = threading.Event()
        self._stopping = threading.Event()
        self._running = {}
        self._lock = threading.Lock()

    def create_database(self):
        """Leaves all of it in the one file."""
        create = [self._ctl, "--config", self._config, "create"]
        subprocess.run(create, check=True, stdout=subprocess.DEVNULL)
        subprocess.run([sys.executable, "-c", FOLD, self._database], check=True)

    def __enter__(self):
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(self.socket)
        self._listening.listen(4096)
        self._threads = [
            threading.Thread(target=self._keep_running, args=(name,)) for name in self._commands
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        with self._lock:
            for process in self._running.values():
                process.kill()
        for thread in self._threads:
            thread.join()
        self._listening.close()

    def wait_for_an_end(self):
        if not self._ended.wait(TIMEOUT):
            raise TimeoutError("no program heard of the failed disk")

    def log(self) -> str:
        return self._log.read_text()

    def _keep_running(self, name: str):
        while not self._stopping.is_set():
            with self._lock:
                if not self._stopping.is_set():
                    self._running[name] = self._start(name)
            self._running[name].wait()
            if not self._stopping.is_set():
                self.ends += 1
                self._ended.set()
                self._stopping.wait(RESTART[name])

    def _start(self, name: str):
        command = [self._commands[name], "--config", str(self._config)]
        with open(self._log, "ab") as log:
            if name == "payhookd":
                return subprocess.Popen(command, stderr=log)
            # The socket comes as descriptor 3, as from systemd.
            script = 'exec 3<&0 0</dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"'
            return subprocess.Popen(
                ["bash", "-c", script, name, *command], stdin=self._listening, stderr=log
            )
