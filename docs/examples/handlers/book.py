#!/usr/bin/python3
"""book.py LEDGER: books a payment, once however often it is asked to."""

import decimal
import json
import sqlite3
import sys

EX_DATAERR = 65  # no other attempt will succeed


def book(file, payment):
    """The key and the entry are one commit: whoever comes second finds the key, and changes nothing."""
    ledger = sqlite3.connect(file, timeout=20)
    with ledger:
        ledger.execute("PRAGMA synchronous = FULL")
        ledger.execute(
            "CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, account TEXT, amount TEXT, currency TEXT)"
        )
        ledger.execute(
            "INSERT INTO entries VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (payment["idempotency_key"], payment["source_account"], str(payment["amount"]), payment["currency"]),
        )
    ledger.close()


def main():
    # Exactly: 0.1 is no binary fraction.
    payment = json.load(sys.stdin, parse_float=decimal.Decimal)
    if payment["currency"] not in ("INR", "EUR"):
        print("nobody takes", payment["currency"])
        sys.exit(EX_DATAERR)
    book(sys.argv[1], payment)


# Whatever it throws ends it with status 1, and has another attempt; the traceback is kept.
if __name__ == "__main__":
    main()
