"""What the scenarios share."""

import shutil
import subprocess
from dataclasses import dataclass

from contenders import DO_NOTHING, OTHERS, Payhook, payhook_before


@dataclass
class Size:
    """How much of everything."""

    rounds: int
    seconds: int  # of a load
    clients: tuple
    clients_of_all: tuple  # with how many the slow contenders are measured too
    rows: int  # in a table, where there are some
    growth: tuple  # rows
    lag_seconds: int
    idle_seconds: int
    callgrind_seconds: int
    floods: tuple  # bytes of a body: the limit by default, and at most
    costed_bodies: tuple


FULL = Size(
    *(5, 5, (1, 16, 64, 256, 1000), (1, 64), 1_000_000, (0, 1_000_000, 10_000_000), 10, 60, 10),
    *((1 << 16, 1 << 20), (1 << 16, 1 << 20)),
)
QUICK = Size(3, 1, (1, 64, 256), (64,), 300_000, (0, 300_000), 2, 10, 2, (1 << 16,), ())


class Suite:
    """What the scenarios share: their size, who takes part, a directory to work in, the results."""

    def __init__(self, size, workspace, results, show, against=None):
        self.size = size
        self.payhooks = [Payhook, payhook_before(against)] if against else [Payhook]
        self.do_nothing = [] if against else DO_NOTHING
        self.others = [] if against else OTHERS
        self.workspace = workspace
        self.results = results
        self._show = show
        self._directories = 0
        self._filled = {}

    def new_directory(self):
        self._directories += 1
        directory = self.workspace / str(self._directories)
        directory.mkdir()
        return directory

    def record(self, scenario, case, contender, figures):
        self.results.add(scenario, case, contender, figures)
        self._show(scenario, case, contender, figures)

    def interleaved(self, choices):
        """All choices in each round, in an order that turns."""
        for number in range(self.size.rounds):
            turn = number % len(choices)
            yield from choices[turn:] + choices[:turn]

    def filled(self, kind, rows, status):
        """A new directory for a contender of this kind, with a database of so many rows, all of one
        status, if there are any. Each build fills its own: they may have different schemas."""
        directory = self.new_directory()
        if rows > 0:
            shutil.copytree(self._original(kind.build, rows, status), directory, dirs_exist_ok=True)
        return directory

    def lost(self, sentence):
        self.results.lost.append(sentence)
        print(f"LOST: {sentence}", flush=True)

    def _original(self, build, rows, status):
        if (build, rows, status) not in self._filled:
            directory = self.new_directory()
            command = [build / "bench/fill_database", directory / "db.sqlite", "0", str(rows)]
            subprocess.run(command + ["processed"] * (status == "PROCESSED"), check=True)
            self._filled[build, rows, status] = directory
        return self._filled[build, rows, status]
