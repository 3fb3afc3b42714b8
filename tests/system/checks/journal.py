"""What the journal has, and what it never has."""

import hashlib
import json
import time

from support import client
from support.report import check, expect
from support.system import PROCESSOR, RESPONDER, journal, wait_until

REFUSED = "d1f0188926044de784edd60334743afe"
# In ten seconds.
MOST_LINES = 10

# Nothing else that is sent has them, so that they can be looked for.
AMOUNT = "918273.64"
OTHER_AMOUNT = "918273.65"
WRONG_AMOUNT = "918273.645"
ACCOUNT = "acc_secret_5150"

site = client.Connections()


def _entries(since: float, match: str) -> list[dict]:
    return journal(since, f"_SYSTEMD_UNIT={RESPONDER.name}", match)


def _expect_fields(entry: dict, expected: dict):
    expected = {"SYSLOG_IDENTIFIER": "payhook-fcgi", **expected}
    found = {field: entry.get(field) for field in expected}
    expect(found == expected, f"it has {found}, not {expected}")
    expect(int(entry["PRIORITY"]) <= 6, "it is a message for debugging")


@check("a refused webhook is found in the journal by the request's id")
def refusal_has_fields():
    since = time.time()
    answer = site.post(client.webhook("txn_refused", WRONG_AMOUNT, ACCOUNT))
    expect(answer.status == 400, f"it is answered {answer.status}")
    request = answer.header("X-Request-Id")
    (entry,) = wait_until("it is there", lambda: _entries(since, f"REQUEST_ID={request}"))
    _expect_fields(entry, {"OUTCOME": "refused", "MESSAGE_ID": REFUSED})
    return entry["MESSAGE"]


@check("a conflicting webhook is found in the journal by the fingerprint of its id")
def conflict_has_fields():
    since = time.time()
    name = "txn_secret"
    site.post(client.webhook(name, AMOUNT, ACCOUNT))
    answer = site.post(client.webhook(name, OTHER_AMOUNT, ACCOUNT))
    expect(answer.status == 202, f"it is answered {answer.status}")
    fingerprint = hashlib.sha256(name.encode()).hexdigest()[:16]
    (entry,) = wait_until("it is there", lambda: _entries(since, f"TRANSACTION_ID={fingerprint}"))
    _expect_fields(entry, {"OUTCOME": "conflict", "REQUEST_ID": answer.header("X-Request-Id")})


@check(f"a flood of refused webhooks is at most {MOST_LINES} lines in ten seconds")
def refusals_are_limited():
    since = time.time()
    for number in range(5 * MOST_LINES):
        site.post(client.webhook(f"txn_flood_{number}", WRONG_AMOUNT))
    times = [int(entry["__REALTIME_TIMESTAMP"]) / 1e6 for entry in _entries(since, f"MESSAGE_ID={REFUSED}")]
    most = max(sum(time <= other < time + 10 for other in times) for time in times)
    expect(most <= MOST_LINES, f"{most} lines")
    return f"{5 * MOST_LINES} refused, {len(times)} lines in {times[-1] - times[0]:.1f} s"


@check("the journal has no account, amount, body or plain transaction id in it")
def says_no_secrets():
    secrets = ["txn_", "acc_user", "acc_merchant", ACCOUNT, AMOUNT, OTHER_AMOUNT, WRONG_AMOUNT, "source_account"]
    secrets += [client.read_token(), client.secret()]
    entries = [entry for unit in (RESPONDER, PROCESSOR) for entry in journal(0, f"_SYSTEMD_UNIT={unit.name}")]
    expect(entries, "the journal is empty")
    for entry in entries:
        text = json.dumps(entry)
        told = [secret for secret in secrets if secret in text]
        expect(not told, f"{told} in {text}")
    return f"{len(entries)} entries"


def run():
    return all([refusal_has_fields(), conflict_has_fields(), refusals_are_limited()])
