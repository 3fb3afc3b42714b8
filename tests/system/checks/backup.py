"""Backups by the timer's unit, and the commands of docs/backups.md as an administrator copies them."""

import pathlib
import re
import time

from support import client, database, system
from support.report import check, expect
from support.system import PROCESSOR, RESPONDER, Unit, journal, systemctl, wait_until

PAGE = pathlib.Path("/usr/share/doc/payhook/backups.md")
DAILY = pathlib.Path("/var/backups/payhook")
BY_HAND = pathlib.Path("/var/backups/payhook-before-the-move.sqlite")

TIMER = Unit("payhook-backup.timer")
SERVICE = Unit("payhook-backup.service")

BEFORE = "txn_before_backup"
AFTER = "txn_after_backup"

site = client.Connections()


def _commands(heading: str) -> str:
    """The commands below a heading that begins so."""
    text = PAGE.read_text(encoding="utf-8")
    part = re.search(rf"^## {heading}.*?(?=^## )", text, re.MULTILINE | re.DOTALL)[0]
    return "".join(re.findall(r"^```sh\n(payhookctl.*?|systemctl.*?)^```", part, re.MULTILINE | re.DOTALL))


def _run(commands: str) -> str:
    return system.run("bash", "-euc", commands)


def _status(transaction_id: str) -> int:
    return site.transaction(transaction_id).status


@check("a backup is made every day, by a unit that is sandboxed")
def daily():
    expect(TIMER.show("UnitFileState") == "enabled" and TIMER.state == "active", "the timer does not run")
    expect(site.post(client.webhook(BEFORE)).status == 202, "webhooks are not taken")
    systemctl("start", SERVICE.name)
    (backup,) = DAILY.iterdir()
    expect(re.fullmatch(r"payhook-\d{8}T\d{6}Z\.sqlite", backup.name), f"it is called {backup.name}")
    for path, mode in ((DAILY, 0o700), (backup, 0o600)):
        expect(path.stat().st_mode & 0o777 == mode, f"{path} has the mode {path.stat().st_mode:o}")
        expect(path.owner() == "_payhook", f"{path} is {path.owner()}'s")
    expect("it can be restored" in system.run("payhookctl", "restore", "--drill", str(backup)), "it is no backup")
    output = system.run("systemd-analyze", "security", "--no-pager", SERVICE.name)
    score = float(re.search(r"Overall exposure level for .*: ([0-9.]+)", output)[1])
    expect(score <= 1.5, f"systemd-analyze security gives it {score}")
    system.run("systemd-analyze", "verify", "--man=no", SERVICE.name, TIMER.name)
    return f"{backup.stat().st_size:,} bytes, systemd-analyze security gives the unit {score}"


@check("a backup that fails is told")
def failure_is_told():
    since = time.time()
    moved = DAILY.rename(DAILY.with_name("payhook.moved"))
    try:
        expect(system.attempt("systemctl", "start", SERVICE.name).returncode != 0, "it succeeds")
        wait_until(
            "there is an alert",
            lambda: any(
                SERVICE.name in entry["MESSAGE"] for entry in journal(since, "SYSLOG_IDENTIFIER=payhook-alert")
            ),
        )
    finally:
        moved.rename(DAILY)
        systemctl("reset-failed", SERVICE.name)


@check("a backup by hand is root's alone, and restoring it is refused beside the programs")
def by_hand():
    _run(_commands("To back up"))
    expect(BY_HAND.stat().st_mode & 0o077 == 0 and BY_HAND.owner() == "root", "others may read it")
    expect("it can be restored" in _run(_commands("To try whether")), "it is no backup")
    expect(site.post(client.webhook(AFTER)).status == 202, "webhooks are not taken")
    refused = system.attempt("payhookctl", "restore", str(BY_HAND))
    expect(refused.returncode == 69 and "stop them first" in refused.output, f"it is not refused: {refused.output}")
    expect(_status(AFTER) == 200, "it is restored all the same")


@check("a backup that is restored has what was there, what came since can be sent again, and nothing is deleted")
def restored():
    told = _run(_commands("To restore"))
    for unit in (RESPONDER, PROCESSOR):
        expect(unit.state == "active", f"{unit.name} is {unit.state}")
    wait_until("what is in the backup is there", lambda: _status(BEFORE) == 200)
    expect(_status(AFTER) == 404, "what came since is there")
    aside = re.search(r"aside: (\S+)", told)[1]
    query = f"SELECT count(*) FROM transactions WHERE transaction_id = '{AFTER}'"
    expect(system.run("sqlite3", f"{aside}/db.sqlite", query) == "1", "what was replaced is gone")
    expect(site.post(client.webhook(AFTER)).status == 202 and _status(AFTER) == 200, "it cannot be sent again")
    expect("nothing is wrong" in system.run("payhookctl", "check"), "it is not whole")
    database.expect_intact()


def run():
    return all([daily(), failure_is_told(), by_hand(), restored()])
