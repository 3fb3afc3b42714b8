"""Configuration errors, and changes that take effect without a restart."""

import contextlib
import pathlib
import time

from support import client, system
from support.load import Load
from support.report import check, expect
from support.system import PROCESSOR, RESPONDER, SOCKET, journal, systemctl, wait_until

DROP_IN = pathlib.Path("/etc/payhook/conf.d/90-checks.toml")
EX_CONFIG = "78"
RELOAD_REFUSED = "638fc2f55db84535a5471aec17c5b22b"

site = client.Connections()


@contextlib.contextmanager
def configured(text: str):
    DROP_IN.write_text(text, encoding="utf-8")
    DROP_IN.chmod(0o644)
    try:
        yield
    finally:
        DROP_IN.unlink()


def _is_accepted(transaction_id: str) -> bool:
    return site.post(client.webhook(transaction_id)).status == 202


def _wrong():
    return configured("[responder]\nlisten_on = 1\n")


@check("with a wrong configuration the responder does not start, and nothing spins under traffic")
def responder_does_not_start():
    since = time.time()
    with Load("wrong", 100) as load:
        with _wrong():
            refused = system.attempt("systemctl", "restart", RESPONDER.name)
            expect(refused.returncode != 0, "systemctl restart succeeds")
            wait_until("it has failed", lambda: RESPONDER.state == "failed" and SOCKET.state == "failed")
            expect(RESPONDER.show("ExecMainStatus") == EX_CONFIG, "its status is not 78")
            starts = RESPONDER.starts(since)
            # Requests go on to come.
            sent = load.sent_so_far + 500
            wait_until("500 requests have come", lambda: load.sent_so_far > sent)
            wait_until("an alert says so", lambda: _alerts(RESPONDER, since))
            expect(RESPONDER.starts(since) == starts, "it is started again and again")
            expect(RESPONDER.restarts == 0, "systemd restarts it")
        systemctl("restart", RESPONDER.name)
        expect(SOCKET.state == "active", f"the socket is {SOCKET.state}")
        load.wait_for_more()
    lines = [entry["MESSAGE"] for entry in journal(since, f"_SYSTEMD_UNIT={RESPONDER.name}")]
    expect(any(f"{DROP_IN}:2" in line for line in lines), f"the journal does not say where: {lines}")
    return f"status 78, {starts} starts, then none; one systemctl restart brings service and socket back"


@check("with a wrong configuration the processor does not start")
def processor_does_not_start():
    since = time.time()
    with _wrong():
        refused = system.attempt("systemctl", "restart", PROCESSOR.name)
        expect(refused.returncode != 0, "systemctl restart succeeds")
        wait_until("it has failed", lambda: PROCESSOR.state == "failed")
        expect(PROCESSOR.show("ExecMainStatus") == EX_CONFIG, "its status is not 78")
        wait_until("an alert says so", lambda: _alerts(PROCESSOR, since))
        expect(PROCESSOR.starts(since) == 1, "it is started again")
    systemctl("restart", PROCESSOR.name)
    return "status 78, 1 start"


def _alerts(unit, since: float) -> list[dict]:
    words = f"{unit.name} has failed"
    return [line for line in journal(since, "SYSLOG_IDENTIFIER=payhook-alert") if words in line["MESSAGE"]]


@check("one alert says that a service stays down, however often requests had it started")
def alerts_are_sent(since: float):
    for unit in (RESPONDER, PROCESSOR):
        alerts = _alerts(unit, since)
        expect(len(alerts) == 1, f"{len(alerts)} alerts about {unit.name}")


@check("a reload with a wrong configuration is refused, says why, and changes nothing")
def reload_is_refused():
    for unit in (RESPONDER, PROCESSOR):
        pid = unit.pid
        since = time.time()
        with _wrong():
            refused = system.attempt("systemctl", "reload", unit.name)
            expect(refused.returncode != 0, f"systemctl reload {unit.name} succeeds")
            expect(unit.pid == pid and unit.state == "active", f"{unit.name} is {unit.state}")
            lines = [entry["MESSAGE"] for entry in journal(since, f"_SYSTEMD_UNIT={unit.name}")]
            expect(any(f"{DROP_IN}:2" in line for line in lines), f"the journal does not say where: {lines}")
            # Whoever sends the signal without a check gets it told all the same.
            systemctl("kill", "--kill-whom=main", "--signal=HUP", unit.name)
            wait_until("the journal says so", lambda: journal(since, f"MESSAGE_ID={RELOAD_REFUSED}"))
            expect(unit.pid == pid and unit.state == "active", f"{unit.name} is {unit.state}")
    expect(_is_accepted("txn_after_refused_reload"), "webhooks are not taken any more")


@check("systemctl reload makes a change take effect in the running process")
def reload_takes_effect():
    def conflicting() -> int:
        return site.post(client.webhook("txn_conflict", "7")).status

    pid = RESPONDER.pid
    expect(_is_accepted("txn_conflict"), "it is not accepted")
    before = conflicting()
    with configured('[responder]\nconflicting_duplicate = "reject"\n'):
        systemctl("reload", RESPONDER.name)
        # systemd 252 does not wait for the end of a reload.
        wait_until("a conflicting duplicate is refused", lambda: conflicting() == 409)
    systemctl("reload", RESPONDER.name)
    wait_until("it is accepted again", lambda: conflicting() == 202)
    expect(before == 202, f"before, it was answered {before}")
    expect(RESPONDER.pid == pid, "it is another process")
    return "202, 409, 202"


def run():
    since = time.time()
    return all([
        reload_takes_effect(), reload_is_refused(),
        responder_does_not_start(), processor_does_not_start(), alerts_are_sent(since),
    ])  # fmt: skip
