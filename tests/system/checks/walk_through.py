"""README.md's walk through it, with the real 30 seconds."""

import datetime

from support import client, database
from support.report import check, expect
from support.system import wait_until

ID = "txn_demo_1"
KEYS = [
    "transaction_id", "source_account", "destination_account", "amount", "currency", "status",
    "created_at", "processed_at",
]  # fmt: skip

site = client.Connections()


def _look_up():
    answer = site.request("GET", f"/v1/transactions/{ID}")
    expect(answer.status == 200, f"GET is answered {answer.status}")
    expect(list(answer.json) == KEYS, f"the keys are {list(answer.json)}")
    return answer.json


@check("a webhook is accepted and can be looked up while it is PROCESSING")
def accepted():
    answer = site.post(client.webhook(ID))
    expect((answer.status, answer.body) == (202, '{"message": "Webhook received"}'), str(answer))
    seen = _look_up()
    expect(seen["status"] == "PROCESSING" and seen["processed_at"] is None, str(seen))
    expect(seen["amount"] == 500, str(seen))


@check("the same webhook again, its amount written another way, changes nothing")
def duplicate():
    expect(site.post(client.webhook(ID, '"500.00"')).status == 202, "it is not accepted")
    expect(_look_up()["amount"] == 500, "the row is another")


@check("one that cannot be right is refused with the reason")
def refused():
    answer = site.post(client.webhook("txn_demo_2", "0.001"))
    expect(answer.status == 400, f"it is answered {answer.status}")
    expect(answer.json["message"] == "Invalid amount: INR has 2 decimal places", answer.body)


@check("it is PROCESSED when 30 seconds have passed")
def processed():
    wait_until("it is PROCESSED", lambda: _look_up()["status"] == "PROCESSED")
    row = database.transaction(ID)
    created, done = (datetime.datetime.fromisoformat(row[key]) for key in ("created_at", "processed_at"))
    delay = (done - created).total_seconds()
    expect(delay >= 30, f"it was processed after {delay} s")
    return f"after {delay:.3f} s"


def begin():
    return all([accepted(), duplicate(), refused()])


def end():
    return processed()
