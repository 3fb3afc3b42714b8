"""A disk that is full, a volume that is not there, a service that cannot be started."""

import contextlib
import os
import pathlib
import time

from support import client, database, system
from support.load import Load
from support.report import check, expect
from support.system import PROCESSOR, RESPONDER, SOCKET, journal, systemctl, wait_until

DATA = pathlib.Path(database.DIRECTORY)

WORK = {RESPONDER: "store webhooks", PROCESSOR: "process transactions"}

site = client.Connections()


@contextlib.contextmanager
def mounted(options: str):
    """An empty volume in place of the data's directory, while neither program runs."""
    systemctl("stop", RESPONDER.name, PROCESSOR.name, SOCKET.name)
    system.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(DATA))
    try:
        yield
    finally:
        system.run("umount", "--lazy", str(DATA))


def _post(name: str) -> int:
    return site.post(client.webhook(name)).status


def _alerts(unit, words: str, since: float) -> list[str]:
    lines = [entry["MESSAGE"] for entry in journal(since, "SYSLOG_IDENTIFIER=payhook-alert")]
    return [line for line in lines if line.startswith(unit.name) and words in line]


def _expect_one_alert(unit, words: str, since: float) -> str:
    wait_until(f"there is an alert about {unit.name}: {words}", lambda: _alerts(unit, words, since), 120)
    lines = _alerts(unit, words, since)
    expect(len(lines) == 1, f"there are {len(lines)}: {lines}")
    return lines[0]


@check("while the disk is full webhooks are answered 503, and 202 again as soon as there is room")
def full_disk():
    owner = DATA.stat()
    # With room for the WAL, which would fill a small volume again before its first checkpoint.
    with mounted(f"size=128m,mode=0750,uid={owner.st_uid},gid={owner.st_gid}"):
        system.run("payhookctl", "create")
        systemctl("start", SOCKET.name, RESPONDER.name, PROCESSOR.name)
        pids = [unit.pid for unit in (RESPONDER, PROCESSOR)]
        filler = DATA / "filler"
        since = time.time()
        with Load("full", 100) as load:
            load.wait_for_more(100)
            with contextlib.suppress(OSError), filler.open("wb") as file:
                while True:
                    file.write(b"x" * 4096)
                    file.flush()

            def refused():
                before = load.acknowledged_so_far, load.sent_so_far
                wait_until("100 more are answered", lambda: load.sent_so_far > before[1] + 100)
                return load.acknowledged_so_far == before[0]

            wait_until("webhooks are refused", refused)
            expect(_post("txn_no_room") == 503, "the answer is not 503")
            expect(site.request("GET", "/").status == 200, "GET / does not work")
            words = "Cannot store webhooks since "
            wait_until("the status says so", lambda: words in RESPONDER.show("StatusText"))
            begun = _expect_one_alert(RESPONDER, words, since)
            filler.unlink()
            load.wait_for_more(100)
            _expect_one_alert(RESPONDER, "Can store webhooks again since ", since)
            wait_until("the status says so", lambda: words not in RESPONDER.show("StatusText"))
            expect(len(_alerts(RESPONDER, words, since)) == 1, "it is told again")
        figures = load.figures
        expect(set(figures.failures) == {503}, str(figures))
        database.expect_intact()
        stored = database.expect_each_once(figures.acknowledged)
        again = [unit.pid for unit in (RESPONDER, PROCESSOR)]
        figures = f"{begun}; {stored}; {figures}; {sum(map(int.__ne__, pids, again))} of 2 programs started again"
        systemctl("stop", RESPONDER.name, PROCESSOR.name, SOCKET.name)
    systemctl("start", SOCKET.name, RESPONDER.name, PROCESSOR.name)
    return figures


@check("a data volume that is absent for a while needs nothing when it is back")
def absent_volume():
    rows = database.query("SELECT count(*) AS rows FROM transactions")[0]["rows"]
    with Load("absent", 20) as load:
        since = time.time()
        # As the directory below a mount point is.
        with mounted("size=8m,mode=0755"):
            systemctl("start", SOCKET.name)
            systemctl("start", "--no-block", RESPONDER.name, PROCESSOR.name)
            acknowledged = load.acknowledged_so_far
            for unit in (RESPONDER, PROCESSOR):
                wait_until(f"systemd has restarted {unit.name} twice", lambda unit=unit: unit.restarts >= 2)
            expect(load.acknowledged_so_far == acknowledged, "webhooks are acknowledged")
            for unit, work in WORK.items():
                _expect_one_alert(unit, f"Cannot {work} since ", since)
            expect(not os.listdir(DATA), f"in the wrong place there is {os.listdir(DATA)}")
            lines = len(journal(since))
            starts = [unit.starts(since) for unit in (RESPONDER, PROCESSOR)]
        load.wait_for_more()
        wait_until("the processor runs", lambda: PROCESSOR.state == "active")
        for unit, work in WORK.items():
            _expect_one_alert(unit, f"Can {work} again since ", since)
            expect(len(_alerts(unit, "", since)) == 2, "there are more alerts")
    for unit in (RESPONDER, SOCKET, PROCESSOR):
        wait_until(f"{unit.name} is active", lambda unit=unit: unit.state == "active")
    database.expect_intact()
    stored = database.expect_each_once(load.figures.acknowledged)
    expect(database.query("SELECT count(*) AS rows FROM transactions")[0]["rows"] > rows, "rows are missing")
    return f"{starts[0]} and {starts[1]} starts, {lines} lines in the journal; {stored}; {load.figures}"


@check("a responder that systemd cannot start for a while needs nothing when it can")
def unstartable():
    absent = pathlib.Path("/run/payhook-absent")
    # Without what its sandbox needs, systemd cannot start it.
    with system.configured(RESPONDER, f"ReadWritePaths={absent}"):
        with Load("unstartable", 100) as load:
            since = time.time()
            refused = system.attempt("systemctl", "restart", RESPONDER.name)
            expect(refused.returncode != 0, "systemctl restart succeeds")
            lines = [entry["MESSAGE"] for entry in journal(since, f"UNIT={RESPONDER.name}")]
            expect(any("226/NAMESPACE" in line for line in lines), f"it fails in another way: {lines}")
            wait_until("systemd has tried it three times", lambda: RESPONDER.starts(since) >= 3)
            starts, seconds = RESPONDER.starts(since), time.time() - since
            expect(starts <= 2 + seconds, f"{starts} starts in {seconds:.1f} s")
            absent.mkdir()
            load.wait_for_more()
        for unit in (RESPONDER, SOCKET):
            expect(unit.state == "active", f"{unit.name} is {unit.state}")
    systemctl("restart", RESPONDER.name)
    return f"{starts} starts in {seconds:.1f} s; {database.expect_each_once(load.figures.acknowledged)}; {load.figures}"


def run():
    return all([full_disk(), absent_volume(), unstartable()])
