"""What is in the database after the power came back."""

import dataclasses
import pathlib
import sqlite3


@dataclasses.dataclass
class Found:
    missing: list[int]  # which acknowledgements, counted from 1 in their order
    integrity: str

    @property
    def good(self) -> bool:
        return not self.missing and self.integrity == "ok"

    def __str__(self):
        which = f" ({self.missing[0]:,} to {self.missing[-1]:,})" if self.missing else ""
        return f"{len(self.missing):,} missing{which}, integrity check: {self.integrity}"


def check(database: pathlib.Path, acknowledged: list[str]) -> Found:
    connection = sqlite3.connect(database)
    try:
        integrity = connection.execute("PRAGMA integrity_check(1)").fetchone()[0].splitlines()[0]
        return Found(_missing(acknowledged, _ids(connection)), integrity)
    except sqlite3.DatabaseError as error:
        return Found(_missing(acknowledged, _readable_ids(connection)), str(error))
    finally:
        connection.close()


def _missing(acknowledged: list[str], stored) -> list[int]:
    ids = set(stored)
    return [place for place, name in enumerate(acknowledged, 1) if name not in ids]


def _ids(connection):
    return [row[0] for row in connection.execute("SELECT transaction_id FROM transactions")]


def _readable_ids(connection):
    """Row by row: one damaged page does not hide the others."""
    try:
        last = connection.execute("SELECT max(id) FROM transactions").fetchone()[0] or 0
    except sqlite3.DatabaseError:
        return
    for row in range(1, last + 1):
        try:
            found = connection.execute(
                "SELECT transaction_id FROM transactions WHERE id = ?", (row,)
            ).fetchone()
        except sqlite3.DatabaseError:
            continue
        if found:
            yield found[0]
