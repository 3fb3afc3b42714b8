"""A reboot, before it and after it."""

from support import client, database
from support.report import check, expect
from support.system import OURS, PROCESSOR, systemctl, wait_until

ID = "txn_before_reboot"


@check("before a reboot: a webhook is accepted that nothing processes")
def accepted():
    # It starts again at boot, being enabled.
    systemctl("stop", PROCESSOR.name)
    answer = client.Connections().post(client.webhook(ID))
    expect(answer.status == 202, f"it is answered {answer.status}")


@check("after a reboot: everything runs, the data is intact and due rows are processed")
def comes_back():
    for unit in OURS:
        wait_until(f"{unit.name} runs", lambda unit=unit: unit.state == "active")
    site = client.Connections()
    expect(site.post(client.webhook("txn_after_reboot")).status == 202, "webhooks are not taken")
    database.expect_intact()
    expect(database.transaction(ID)["body"] is not None, "the body is gone")
    wait_until("it is PROCESSED", lambda: database.transaction(ID)["status"] == "PROCESSED")
    rows = database.query("SELECT status, count(*) AS rows FROM transactions GROUP BY status")
    return ", ".join(f"{row['rows']:,} {row['status']}" for row in rows)
