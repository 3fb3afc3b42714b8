"""The booted system: commands, units, the journal."""

import contextlib
import glob
import json
import os
import pathlib
import socket
import subprocess
import time


# The administrator's, whatever else is replaced.
SITE = pathlib.Path("/etc/nginx/sites-available/payhook")


class CommandFailed(Exception):
    def __init__(self, command, completed):
        super().__init__(f"'{' '.join(command)}' ended with status {completed.returncode}: {completed.output}")
        self.status = completed.returncode
        self.output = completed.output


def attempt(*command: str, **options) -> subprocess.CompletedProcess:
    """Runs a command. What it printed, errors included, is in `output`."""
    completed = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **options,
    )
    completed.output = completed.stdout.strip()
    return completed


def run(*command: str, **options) -> str:
    """Runs a command and returns what it printed. Throws CommandFailed."""
    completed = attempt(*command, **options)
    if completed.returncode != 0:
        raise CommandFailed(command, completed)
    return completed.output


def systemctl(*arguments: str) -> str:
    return run("systemctl", *arguments)


def apt_get(*arguments: str) -> str:
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    return run("apt-get", "-q", "-y", *arguments, env=environment)


def wait_until(what: str, condition, seconds: float = 60):
    """Waits for a condition and returns its value. Throws TimeoutError, which says what did not come."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"in {seconds} s it did not come to pass that {what}")
        time.sleep(0.05)
    return value


class Unit:
    def __init__(self, name: str):
        self.name = name

    def show(self, name: str) -> str:
        return systemctl("show", "--property", name, "--value", self.name)

    @property
    def state(self) -> str:
        return self.show("ActiveState")

    @property
    def pid(self) -> int:
        """0 while it does not run."""
        return int(self.show("MainPID"))

    @property
    def restarts(self) -> int:
        """How often systemd has restarted it by itself since somebody started it."""
        return int(self.show("NRestarts"))

    def wait_for_another_process(self, than: int, seconds: float = 60):
        def runs_anew():
            return self.state == "active" and self.pid not in (0, than)

        wait_until(f"{self.name} runs anew", runs_anew, seconds)

    def starts(self, since: float) -> int:
        """How often it was begun to be started since a time.time()."""
        unit_starting = "7d4958e842da4a758f6c1cdc7b36dcc5"
        return len(journal(since, f"UNIT={self.name}", f"MESSAGE_ID={unit_starting}"))


@contextlib.contextmanager
def configured(unit: Unit, setting: str):
    """A line more in the [Service] section of a unit, for as long as the block lasts."""
    drop_in = pathlib.Path(f"/run/systemd/system/{unit.name}.d/checks.conf")
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text(f"[Service]\n{setting}\n", encoding="ascii")
    systemctl("daemon-reload")
    try:
        yield
    finally:
        drop_in.unlink()
        drop_in.parent.rmdir()
        systemctl("daemon-reload")


RESPONDER = Unit("payhook-fcgi.service")
SOCKET = Unit("payhook-fcgi.socket")
PROCESSOR = Unit("payhookd.service")
OURS = (RESPONDER, SOCKET, PROCESSOR)


def journal(since: float, *matches: str) -> list[dict]:
    """The journal's entries since a time.time()."""
    run("journalctl", "--sync")
    # Not --after-cursor: with matches, systemd 252 leaves out the first entry.
    output = run("journalctl", "--quiet", "--all", "--output=json", f"--since=@{since:.6f}", *matches)
    return [json.loads(line) for line in output.splitlines()]


def journal_text(since: float, lines: int) -> str:
    units = [option for unit in OURS for option in ("--unit", unit.name)]
    return attempt(
        "journalctl", "--quiet", "--no-hostname", "--output=short-precise",
        f"--lines={lines}", f"--since=@{since:.6f}", *units, "--unit=payhook-alert@*", "--unit=nginx.service",
    ).output  # fmt: skip


def nginx_errors(lines: int) -> str:
    output = attempt("tail", f"--lines={lines}", "/var/log/nginx/error.log").output
    return "\n".join(line[:200] for line in output.splitlines())


def nginx_workers() -> frozenset[int]:
    master = int(systemctl("show", "--property", "MainPID", "--value", "nginx.service"))
    children = pathlib.Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii")
    return frozenset(map(int, children.split()))


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def installed_version() -> str:
    return run("dpkg-query", "--show", "--showformat=${Version}", "payhook")


def package(which: str) -> str:
    """The path of the package that the host put here: "earlier" or "later"."""
    (path,) = glob.glob(f"/packages/{which}/payhook_*.deb")
    return path
