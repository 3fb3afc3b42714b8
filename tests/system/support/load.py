"""A steady load of webhooks, each on a connection of its own, and what became of it."""

import collections
import dataclasses
import itertools
import multiprocessing
import threading
import time

from support import client
from support.system import wait_until

# How many requests there can be in progress: if nobody answers for a while, the others
# wait, and go out late.
PROCESSES = 2
THREADS = 100


@dataclasses.dataclass
class Figures:
    """What a load has done, once it has ended."""

    seconds: float
    sent: int
    acknowledged: list[str]  # the transaction ids answered 202
    failures: collections.Counter  # by status or kind of error
    slowest: float  # seconds that an answer took

    @property
    def failed(self) -> int:
        return self.failures.total()

    @property
    def rate(self) -> float:
        return self.sent / self.seconds

    def __str__(self):
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.failures.most_common())
        return (
            f"{self.sent:,} requests, {self.rate:,.0f} a second, {self.failed:,} failed"
            + (f" ({reasons})" if reasons else "")
            + f", the slowest took {self.slowest:.2f} s"
        )


_runs = itertools.count(1)


class Load:
    """Sends webhooks at a rate from the beginning of a `with` block until its end.

    The requests are due at equal distances from the start: one that has to wait
    does not hold up those after it, unless too many wait, and is not left out either.
    """

    def __init__(self, name: str, rate: int):
        self.figures: Figures | None = None
        self._prefix = f"txn_{name}_{next(_runs)}"
        self._rate = rate
        self._stop = multiprocessing.Value("b", 0, lock=False)
        # Each process writes its own.
        self._sent = multiprocessing.Array("q", PROCESSES, lock=False)
        self._acknowledged = multiprocessing.Array("q", PROCESSES, lock=False)
        self._processes = []

    def __enter__(self):
        self._start = time.monotonic()
        for index in range(PROCESSES):
            receiver, sender = multiprocessing.Pipe(duplex=False)
            process = multiprocessing.Process(target=self._run, args=(index, sender), daemon=True)
            process.start()
            sender.close()
            self._processes.append((process, receiver))
        return self

    @property
    def acknowledged_so_far(self) -> int:
        return sum(self._acknowledged)

    @property
    def sent_so_far(self) -> int:
        """Those that have been answered, or have failed."""
        return sum(self._sent)

    def wait_for_more(self, than: int = 0):
        """Waits until more than so many more webhooks have been acknowledged."""
        enough = self.acknowledged_so_far + than
        wait_until("webhooks are taken", lambda: self.acknowledged_so_far > enough)

    def __exit__(self, *exception):
        self._stop.value = 1
        parts = [receiver.recv() for _, receiver in self._processes]
        for process, _ in self._processes:
            process.join()
        self.figures = Figures(
            seconds=max(part.seconds for part in parts),
            sent=sum(part.sent for part in parts),
            acknowledged=[name for part in parts for name in part.acknowledged],
            failures=sum((part.failures for part in parts), collections.Counter()),
            slowest=max(part.slowest for part in parts),
        )

    def _run(self, index: int, result):
        """One process of the load."""
        figures = Figures(0, 0, [], collections.Counter(), 0)
        turns = itertools.count()
        connections = client.Connections()
        lock = threading.Lock()

        def send_in_turn():
            while True:
                turn = next(turns)
                due = self._start + (turn * PROCESSES + index) / self._rate
                while not self._stop.value and (early := due - time.monotonic()) > 0:
                    time.sleep(min(early, 0.2))
                if self._stop.value:
                    return
                transaction_id = f"{self._prefix}_{index}_{turn}"
                began = time.monotonic()
                try:
                    outcome = connections.post(client.webhook(transaction_id)).status
                except OSError as error:
                    outcome = type(error).__name__
                took = time.monotonic() - began
                with lock:
                    figures.seconds = time.monotonic() - self._start
                    figures.sent += 1
                    self._sent[index] += 1
                    figures.slowest = max(figures.slowest, took)
                    if outcome == 202:
                        figures.acknowledged.append(transaction_id)
                        self._acknowledged[index] += 1
                    else:
                        figures.failures[outcome] += 1

        threads = [threading.Thread(target=send_in_turn) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        result.send(figures)
        result.close()
