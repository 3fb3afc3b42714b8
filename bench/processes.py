"""Programs started for a measurement: how they begin and end, and what /proc says of them."""

import os
import random
import signal
import socket
import subprocess
import time

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
START_SECONDS = 60
STOP_SECONDS = 15

running = set()


class ProgramFailed(Exception):
    """A program that is needed did not do what it was started for."""


class Program:
    """A program and its children, in a session of their own, with their output in a file."""

    def __init__(self, command, log, **popen_arguments):
        self.log = log
        # Should this process be killed, the kernel ends what it has started.
        command = ["setpriv", "--pdeathsig", "TERM", *map(str, command)]
        with open(log, "wb") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **popen_arguments,
            )
        running.add(self)

    def stop(self):
        if self not in running:
            return
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        # What is left of it, and whatever it has started.
        self._signal(signal.SIGKILL)
        self._process.wait()
        running.discard(self)

    def _signal(self, number):
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass

    def wait_until(self, ready):
        """Returns how many seconds it took until ready() was true."""
        begin = time.monotonic()
        while not ready():
            if (status := self._process.poll()) is not None:
                raise ProgramFailed(f"{self.name} ended with status {status}: {self.last_words}")
            if time.monotonic() > begin + START_SECONDS:
                raise ProgramFailed(f"{self.name} does not get ready: {self.last_words}")
            time.sleep(0.002)
        return time.monotonic() - begin

    def says(self, text):
        return text.encode() in self.log.read_bytes()

    @property
    def name(self):
        return self.log.stem

    @property
    def last_words(self):
        return self.log.read_text(errors="replace").strip()[-500:] or "it said nothing"

    def pids(self):
        """All processes of its session."""
        return [
            pid
            for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
            if (stat := _stat(pid)) and int(stat[3]) == self._process.pid
        ]

    def cpu_seconds(self):
        """User and system time, with that of children that have ended."""
        ticks = (sum(map(int, stat[11:15])) for pid in self.pids() if (stat := _stat(pid)))
        return sum(ticks) / TICKS_PER_SECOND

    def resident_bytes(self):
        return sum(int(stat[21]) for pid in self.pids() if (stat := _stat(pid))) * PAGE_BYTES

    def peak_resident_bytes(self):
        return sum(_status_number(f"/proc/{pid}/status", "VmHWM") for pid in self.pids()) * 1024

    def wake_ups(self):
        """How often its threads have gone to sleep, and so have been woken."""
        return sum(
            _status_number(f"/proc/{pid}/task/{task}/status", "voluntary_ctxt_switches")
            for pid in self.pids()
            for task in os.listdir(f"/proc/{pid}/task")
        )


def _stat(pid):
    """The fields of /proc/PID/stat from the third on (see proc(5)); none when it has gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _status_number(path, name):
    with open(path) as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name + ":"))


def machine_cpu_seconds():
    """What all processors together have spent at work, also for other virtual machines, and the
    time that has passed for them."""
    with open("/proc/stat") as file:
        user, nice, system, idle, iowait, irq, softirq, steal = map(
            int, file.readline().split()[1:9]
        )
    busy = user + nice + system + irq + softirq + steal
    return busy / TICKS_PER_SECOND, (busy + idle + iowait) / TICKS_PER_SECOND


def stop_all():
    for program in list(running):
        program.stop()


def free_port():
    """A port that nobody listens on, below those that the kernel gives to clients."""
    while True:
        port = random.randrange(10000, 32768)
        with socket.socket() as attempt:
            try:
                attempt.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def accepts(address):
    """Whether somebody listens at (host, port) or at the path of a unix socket."""
    family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
    with socket.socket(family) as attempt:
        try:
            attempt.connect(address if family == socket.AF_INET else str(address))
            return True
        except OSError:
            return False
