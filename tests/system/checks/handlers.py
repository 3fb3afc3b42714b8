"""Handlers in the units' sandbox: closed by default, opened by the drop-ins that the package has."""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import re
import shutil
import ssl
import threading
import time

from checks import configuration
from support import client, database, system
from support.report import check, expect
from support.system import PROCESSOR, RESPONDER, journal, systemctl, wait_until

ATTEMPT_FAILED = "0fc43f1d1756435fbad3f756619427b4"
EXEC, HTTP = "payhookd-exec.conf", "payhookd-http.conf"
SHARED = pathlib.Path("/usr/share/payhook")
DROP_INS = pathlib.Path("/etc/systemd/system/payhookd.service.d")

PROGRAM = pathlib.Path("/usr/local/lib/payhook/handler")
# What it finds around itself goes where its output is kept.
PROGRAM_TEXT = """#!/bin/sh
set -eu
transaction=$(cat)
[ "$PAYHOOK_TRANSACTION_ID" != handled:slow ] || sleep 2
printf '%s\\n' "$transaction"
id -un
ls /home >/dev/null 2>&1 && echo "homes"
python3 -c 'import socket; socket.create_connection(("127.0.0.1", 443))' 2>/dev/null && echo "network"
touch /etc/payhook/handler 2>/dev/null && echo "writes"
exit 0
"""
DOCUMENT = pathlib.Path("/usr/share/doc/payhook/processing.md")
BOOK = PROGRAM.parent / "book.py"
LEDGER = pathlib.Path("/var/lib/ledger/ledger.sqlite")
SECRET = pathlib.Path("/etc/payhook/secrets/handler")
KEY = bytes(range(32))
CERTIFICATE = pathlib.Path("/root/receiver/certificate")
KEY_FILE = CERTIFICATE.with_name("key")
AUTHORITY = pathlib.Path("/usr/local/share/ca-certificates/receiver.crt")

# A source of their own, so that what other checks have sent is not handed to anybody.
SOURCE = """[[source]]
name = "handled"
signature = "none"
delay_seconds = 0
[source.handler]
first_retry_seconds = 1
longest_retry_seconds = 1
max_attempts = 1000
"""

site = client.Connections()


@contextlib.contextmanager
def handler(toml: str):
    """A handler without a drop-in."""
    with configuration.configured(f"{SOURCE}{toml}\n"):
        # Ready once they have read it.
        systemctl("restart", RESPONDER.name, PROCESSOR.name)
        yield
    systemctl("restart", RESPONDER.name, PROCESSOR.name)
    waiting = "SELECT 1 FROM transactions WHERE status = 'PROCESSING' AND source = 'handled'"
    wait_until("what is left is PROCESSED, by nobody", lambda: not database.query(waiting))


@contextlib.contextmanager
def dropped_in(*names: str):
    """These of the package's drop-ins, as docs/processing.md says."""
    DROP_INS.mkdir(parents=True)
    for name in names:
        (DROP_INS / name).symlink_to(SHARED / name)
    systemctl("daemon-reload")
    systemctl("restart", PROCESSOR.name)
    try:
        yield
    finally:
        shutil.rmtree(DROP_INS)
        systemctl("daemon-reload")


def _exec(*command: str):
    return handler(f'type = "exec"\ncommand = {json.dumps(command)}')


def _post(transaction_id: str):
    answer = site.request("POST", "/v1/webhooks/handled", client.webhook(transaction_id), "application/json")
    expect(answer.status == 202, f"it is answered {answer.status}")


def _row(transaction_id: str) -> dict:
    return database.transaction(f"handled:{transaction_id}")


def _has_status(transaction_id: str, status: str):
    wait_until(f"{transaction_id} is {status}", lambda: _row(transaction_id)["status"] == status)


def _key_of(transaction_id: str) -> str:
    return "msg_" + hashlib.sha256(f"handled\nhandled:{transaction_id}".encode()).hexdigest()[:32]


def _attempts(transaction_id: str) -> list[dict]:
    return database.query(
        "SELECT outcome, reason, CAST(output AS TEXT) AS output FROM attempts JOIN transactions ON id = transaction_row"
        f" WHERE transaction_id = 'handled:{transaction_id}' ORDER BY number"
    )


def _fails_twice(transaction_id: str) -> str:
    """Returns why."""

    def failures() -> int:
        return sum(each["outcome"] == "RETRY" for each in _attempts(transaction_id))

    wait_until("it has failed twice", lambda: failures() >= 2)
    row = _row(transaction_id)
    expect(row["status"] == "PROCESSING", f"it is {row['status']}")
    return row["last_error"]


@check("without a drop-in no program is started, the log says why, and the transaction waits for one")
def exec_drop_in():
    since = time.time()
    with _exec(str(PROGRAM)):
        _post("exec")
        why = _fails_twice("exec")
        expect(why == f"cannot start {PROGRAM}: Permission denied", f"the reason is '{why}'")
        lines = [entry["MESSAGE"] for entry in journal(since, f"MESSAGE_ID={ATTEMPT_FAILED}")]
        expect(any(why in line for line in lines), f"the journal does not say so: {lines}")
        with dropped_in(EXEC):
            _has_status("exec", "PROCESSED")
            systemctl("reload", PROCESSOR.name)
    *_, last = _attempts("exec")
    transaction, *rest = last["output"].splitlines()
    expect(json.loads(transaction)["transaction_id"] == "handled:exec", f"it reads {transaction}")
    expect(rest == ["_payhook"], f"of its surroundings it tells {rest}")
    return f"'{why}'; with {EXEC} it runs as _payhook, without network, homes, or writing to /etc"


@check("not even a shell")
def no_shell():
    with _exec("/bin/sh", "-c", "exit 0"):
        _post("shell")
        why = _fails_twice("shell")
    expect(why == "cannot start /bin/sh: Permission denied", f"the reason is '{why}'")


@check("systemctl stop lets a program that runs come to its end")
def stop_waits():
    with _exec(str(PROGRAM)), dropped_in(EXEC):
        _post("slow")
        wait_until("it runs", lambda: len(_attempts("slow")) == 1)
        systemctl("stop", PROCESSOR.name)
        (attempt,) = _attempts("slow")
        expect(attempt["outcome"] == "PROCESSED", f"it ended otherwise: {attempt}")


def _do_as_documented(beginning: str, **instead: str):
    """The commands of docs/processing.md that begin so."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (commands,) = [block for block in blocks if block.startswith(beginning)]
    for word, other in instead.items():
        commands = commands.replace(word, other)
    system.run("bash", "-ec", commands)


@check("docs/processing.md's ledger books a payment, also one that had FAILED and is put back as it says")
def documented_ledger():
    with _exec(str(BOOK), str(LEDGER)):
        try:
            _do_as_documented("mkdir -p /etc/systemd/system/payhookd.service.d")
            _do_as_documented("install -D -m 0755 /usr/share/doc/payhook/examples/handlers/book.py")
            text = BOOK.read_text(encoding="utf-8")
            BOOK.write_text(text.replace('"INR"', '"USD"'), encoding="utf-8")
            _post("ledger")
            _has_status("ledger", "FAILED")
            (failed,) = _attempts("ledger")
            expect(failed["reason"] == "exit status 65", f"the reason is {failed}")
            BOOK.write_text(text, encoding="utf-8")
            _do_as_documented("payhookctl requeue", stripe="handled")
            _has_status("ledger", "PROCESSED")
        finally:
            shutil.rmtree(DROP_INS)
            systemctl("daemon-reload")
    entries = system.run("sqlite3", "-readonly", str(LEDGER), "SELECT * FROM entries")
    expect(entries == f"{_key_of('ledger')}|acc_user_001|500.0|INR", f"the ledger has {entries}")
    return f"before, '{failed['output'].strip()}'"


class Receiver(http.server.ThreadingHTTPServer):
    """Takes what is signed with KEY as Standard Webhooks says, and forgets nothing."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receiving)
        self.taken: list[dict] = []
        self.refused: list[str] = []

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return super().__enter__()

    def __exit__(self, *exception):
        self.shutdown()
        super().__exit__(*exception)


class Receiving(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        signature = "v1," + base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
        if self.headers["webhook-signature"] == signature:
            self.server.taken.append({"key": self.headers["webhook-id"], **json.loads(body)})
            self.send_response(204)
        else:
            self.server.refused.append(f"{self.headers} {body}")
            self.send_response(401)
        self.end_headers()

    def log_message(self, *_):
        pass


@check("without a drop-in nothing is posted; with payhookd-http.conf a receiver gets it, signed")
def http_drop_in():
    with Receiver() as receiver:
        url = f"http://localhost:{receiver.server_port}/"  # a name, to be looked up
        with handler(f'type = "http"\nurl = "{url}"\nsecrets = ["{SECRET}"]'):
            _post("http")
            why = _fails_twice("http")
            expect(not receiver.taken and not receiver.refused, "it is posted")
            with dropped_in(HTTP):
                _has_status("http", "PROCESSED")
    expect(not receiver.refused, f"it is not signed: {receiver.refused}")
    (taken,) = receiver.taken
    key = _key_of("http")
    expect(taken["key"] == key == taken["idempotency_key"], f"its key is not {key}: {taken}")
    return f"before, '{why}'"


@contextlib.contextmanager
def certificate():
    """For localhost, with its key. The system trusts it once it is AUTHORITY too."""
    CERTIFICATE.parent.mkdir()
    system.run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(KEY_FILE), "-out", str(CERTIFICATE)),
    )
    try:
        yield
    finally:
        shutil.rmtree(CERTIFICATE.parent)
        AUTHORITY.unlink(missing_ok=True)
        system.run("update-ca-certificates", "--fresh")


@check("an https receiver gets nothing before the system trusts its certificate, and everything then")
def https_receiver():
    with certificate(), Receiver() as receiver:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(CERTIFICATE, KEY_FILE)
        receiver.socket = tls.wrap_socket(receiver.socket, server_side=True)
        url = f"https://localhost:{receiver.server_port}/"
        with handler(f'type = "http"\nurl = "{url}"\nsecrets = ["{SECRET}"]'), dropped_in(HTTP):
            _post("https")
            why = _fails_twice("https")
            expect("certificate" in why, f"the reason is '{why}'")
            expect(not receiver.taken and not receiver.refused, "it is posted")
            shutil.copy(CERTIFICATE, AUTHORITY)
            system.run("update-ca-certificates")
            systemctl("restart", PROCESSOR.name)
            _has_status("https", "PROCESSED")
    (taken,) = receiver.taken
    expect(taken["key"] == _key_of("https"), f"its key is another one: {taken}")
    return f"before, '{why}'"


@check("what the drop-ins cost, by systemd-analyze security")
def security_scores():
    figures = []
    for name, drop_ins, limit in (
        ("as installed", (), 0.5),
        (f"with {EXEC}", (EXEC,), 0.5),
        (f"with {HTTP}", (HTTP,), 1.5),
        ("with both", (EXEC, HTTP), 1.5),
    ):
        with dropped_in(*drop_ins):
            output = system.run("systemd-analyze", "security", "--no-pager", PROCESSOR.name)
            score = float(re.search(r"Overall exposure level for .*: ([0-9.]+)", output)[1])
            expect(score <= limit, f"{name}: {score}, above {limit}: {output}")
            valid = system.run("systemd-analyze", "verify", "--man=no", PROCESSOR.name)
            expect(not valid, f"{name}: {valid}")
            figures.append(f"{name} {score} (at most {limit})")
    return ", ".join(figures)


def run():
    PROGRAM.parent.mkdir(parents=True)
    PROGRAM.write_text(PROGRAM_TEXT, encoding="ascii")
    PROGRAM.chmod(0o755)
    SECRET.write_text("whsec_" + base64.b64encode(KEY).decode() + "\n", encoding="ascii")
    SECRET.chmod(0o640)
    try:
        return all([
            exec_drop_in(), no_shell(), stop_waits(), documented_ledger(), http_drop_in(), https_receiver(),
            security_scores(),
        ])  # fmt: skip
    finally:
        shutil.rmtree(PROGRAM.parent)
        shutil.rmtree(LEDGER.parent, ignore_errors=True)
        os.unlink(SECRET)
