"""The commands of docs/operations.md for backups and restoring them, as an administrator copies them."""

import pathlib
import re

from support import client, database, system
from support.report import check, expect

PAGE = pathlib.Path("/usr/share/doc/payhook/operations.md")
BACKUPS = pathlib.Path("/var/backups")

BEFORE = "txn_before_backup"
AFTER = "txn_after_backup"

site = client.Connections()


def _commands(beginning: str) -> list[str]:
    """The blocks of commands that follow the line which begins so, until the next such text."""
    text = PAGE.read_text(encoding="utf-8")
    part = re.search(rf"^{beginning}.*?(?=^To |^## )", text, re.MULTILINE | re.DOTALL)[0]
    return re.findall(r"^```sh\n(.*?)^```", part, re.MULTILINE | re.DOTALL)


def _run(commands: str) -> str:
    return system.run("bash", "-euc", commands)


def _status(transaction_id: str) -> int:
    return site.transaction(transaction_id).status


@check("a backup is made while it runs, and for root alone")
def backed_up():
    expect(site.post(client.webhook(BEFORE)).status == 202, "webhooks are not taken")
    (commands,) = _commands("To back up")
    _run(commands)
    (backup,) = BACKUPS.glob("payhook-*.sqlite")
    expect(backup.stat().st_mode & 0o077 == 0, "others may read it")


@check("a backup that is restored has what was there, what came since can be sent again, and nothing is deleted")
def restored():
    expect(site.post(client.webhook(AFTER)).status == 202, "webhooks are not taken")
    (backup,) = BACKUPS.glob("payhook-*.sqlite")
    commands = "".join(_commands("To restore"))
    example = re.search(r"/var/backups/\S+\.sqlite", commands)[0]
    seen = _run(commands.replace(example, str(backup)))
    mark = re.search(r"mark\s+(\d+)", PAGE.read_text(encoding="utf-8"))[1]
    expect(seen.splitlines()[:2] == ["ok", mark], seen)
    expect(_status(BEFORE) == 200, "what is in the backup is not there")
    expect(_status(AFTER) == 404, "what came since is there")
    (aside,) = pathlib.Path(database.DIRECTORY).glob("aside-*")
    query = f"SELECT count(*) FROM transactions WHERE transaction_id = '{AFTER}'"
    expect(system.run("sqlite3", str(aside / "db.sqlite"), query) == "1", "what was replaced is gone")
    expect(site.post(client.webhook(AFTER)).status == 202 and _status(AFTER) == 200, "it cannot be sent again")
    database.expect_intact()


def run():
    return all([backed_up(), restored()])
