"""What is in the database, read as docs/operations.md says: with sqlite3 -readonly."""

import collections
import json

from support import system
from support.report import expect

DIRECTORY = "/var/lib/payhook"
FILE = f"{DIRECTORY}/db.sqlite"


def query(sql: str) -> list[dict]:
    output = system.run("runuser", "-u", "_payhook", "--", "sqlite3", "-readonly", "-json", FILE, sql)
    return json.loads(output) if output else []


def transaction(transaction_id: str) -> dict:
    rows = query(f"SELECT * FROM transactions WHERE transaction_id = '{transaction_id}'")
    expect(len(rows) == 1, f"{transaction_id} is stored {len(rows)} times")
    return rows[0]


def expect_each_once(acknowledged: list[str]) -> str:
    """Throws Failure unless each id is stored exactly once. Returns that in words."""
    counts = collections.Counter(
        row["transaction_id"] for row in query("SELECT transaction_id FROM transactions")
    )
    lost = [name for name in acknowledged if counts[name] == 0]
    twice = [name for name, count in counts.items() if count > 1]
    expect(not lost, f"{len(lost)} acknowledged webhooks are lost, such as {lost[:3]}")
    expect(not twice, f"{len(twice)} are stored twice, such as {twice[:3]}")
    return f"{len(acknowledged):,} acknowledged, 0 lost, 0 stored twice"


def expect_intact():
    answer = query("PRAGMA integrity_check")
    expect(answer == [{"integrity_check": "ok"}], f"integrity_check says {answer}")
