"""Clients that post distinct webhooks until each is answered 202, by FastCGI, as a web server."""

import itertools
import json
import socket
import struct
import threading
import time

THREADS = 16
TIMEOUT = 20  # seconds, for an answer
PATIENCE = 60  # seconds, for all that is waited for


def record(kind: int, content: bytes) -> bytes:
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def name_value(name: str, value: str) -> bytes:
    return bytes([len(name), len(value)]) + name.encode() + value.encode()


def webhook_request(transaction_id: str, body_bytes: int) -> bytes:
    body = json.dumps(
        {
            "transaction_id": transaction_id,
            "source_account": "acc_user_001",
            "destination_account": "acc_merchant_001",
            "amount": 500,
            "currency": "INR",
            "more": "x" * body_bytes,
        }
    ).encode()
    parameters = b"".join(
        name_value(name, value)
        for name, value in {
            "REQUEST_METHOD": "POST",
            "REQUEST_URI": "/v1/webhooks/transactions",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "192.0.2.1",
        }.items()
    )
    return (
        record(1, struct.pack(">HB5x", 1, 1))
        + record(4, parameters)
        + record(4, b"")
        + record(5, body)
        + record(5, b"")
    )


def status_of(stream) -> int:
    """Reads one answer. Throws OSError if there is no whole one."""
    output = b""
    while True:
        header = stream.read(8)
        if len(header) < 8:
            raise ConnectionError("the answer ends early")
        _, kind, _, length, padding, _ = struct.unpack(">BBHHBB", header)
        content = stream.read(length + padding)[:length]
        if kind == 6:
            output += content
        elif kind == 3:
            break
    for line in output.split(b"\r\n"):
        if line.startswith(b"Status: "):
            return int(line[8:11])
    return 200


class Load:
    """Posts from the beginning of a `with` block until its end."""

    def __init__(self, path: str, body_bytes: int):
        self._path = path
        self._body_bytes = body_bytes
        self.acknowledged = []
        self.refused = 0
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._stop = False
        self._counting = True

    def __enter__(self):
        self._threads = [threading.Thread(target=self._post_all) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop = True
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, count: int):
        """Until so many more are acknowledged."""
        with self._changed:
            enough = len(self.acknowledged) + count
            if not self._changed.wait_for(lambda: len(self.acknowledged) >= enough, PATIENCE):
                raise TimeoutError(f"{len(self.acknowledged)} acknowledged instead of {enough}")

    def count_no_more(self):
        """From here on an acknowledgement may be a lie: the machine would be off, but its kernel
        runs on, and answers syncs whose journal it has given up."""
        with self._changed:
            self._counting = False

    def _post_all(self):
        connection = None
        transaction_id = None
        while not self._stop:
            transaction_id = transaction_id or f"txn_{next(self._numbers)}"
            try:
                if connection is None:
                    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                    connection.settimeout(TIMEOUT)
                    connection.connect(self._path)
                    stream = connection.makefile("rb")
                connection.sendall(webhook_request(transaction_id, self._body_bytes))
                accepted = status_of(stream) == 202
            except OSError:
                accepted = False
            if not accepted:
                connection.close()
                connection = None
                time.sleep(0.02)  # as a client that was refused: not to take the processor from others
            with self._changed:
                if accepted:
                    if self._counting:
                        self.acknowledged.append(transaction_id)
                    transaction_id = None
                else:
                    self.refused += 1
                self._changed.notify_all()
