"""A client of the site that the package enables: HTTPS on this host."""

import dataclasses
import functools
import hashlib
import hmac
import json
import pathlib
import socket
import ssl

READ_TOKEN = "/etc/payhook/secrets/read-token"
SECRET = "/etc/payhook/secrets/default"
TIMEOUT = 20  # seconds; nginx itself gives up after 15


@dataclasses.dataclass
class Answer:
    status: int
    headers: str
    body: str

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        for line in self.headers.splitlines():
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None


class Connections:
    """Sends each request on a new TLS connection, which may resume an earlier session.

    Any thread may use it.
    """

    def __init__(self):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE
        # A resumed session costs Python two thirds more under TLS 1.3.
        self._context.maximum_version = ssl.TLSVersion.TLSv1_2
        self._session = None

    def transaction(self, transaction_id: str) -> Answer:
        """What there is of it, for one who has the token."""
        bearer = f"Authorization: Bearer {read_token()}"
        return self.request("GET", f"/v1/transactions/{transaction_id}", headers=(bearer,))

    def request(
        self, method: str, path: str, body: bytes = b"", content_type: str = "", headers: tuple[str, ...] = ()
    ) -> Answer:
        """Throws OSError if there is no whole answer."""
        lines = [f"{method} {path} HTTP/1.1", "Host: payhook.example.com", "Connection: close", *headers]
        if content_type:
            lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
        with socket.create_connection(("127.0.0.1", 443), TIMEOUT) as tcp:
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._context.wrap_socket(tcp, session=self._session) as tls:
                tls.sendall("\r\n".join([*lines, "", ""]).encode() + body)
                with tls.makefile("rb") as stream:
                    answer = _read_answer(stream, method)
                self._session = tls.session
        return answer

    def post(self, body: bytes) -> Answer:
        """Signed with the secret that the package made."""
        signature = hmac.new(secret().encode(), body, hashlib.sha256).hexdigest()
        return self.post_with(body, (f"X-Signature: {signature}",))

    def post_with(self, body: bytes, headers: tuple[str, ...]) -> Answer:
        return self.request("POST", "/v1/webhooks/transactions", body, "application/json", headers)


def read_token() -> str:
    """The one that the package made when it was installed."""
    return pathlib.Path(READ_TOKEN).read_text(encoding="ascii").strip()


@functools.cache
def secret() -> str:
    """The one of the default source."""
    return pathlib.Path(SECRET).read_text(encoding="ascii").strip()


def _read_answer(stream, method: str) -> Answer:
    status_line = stream.readline()
    if not status_line.startswith(b"HTTP/1.1 "):
        raise ConnectionError("no answer")
    headers, length = "", 0
    while (line := stream.readline().decode()) not in ("\r\n", ""):
        headers += line
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
    body = stream.read(length) if method != "HEAD" else b""
    if method != "HEAD" and len(body) != length:
        raise ConnectionError("a part of an answer")
    return Answer(int(status_line.split()[1]), headers, body.decode())


def webhook(transaction_id: str, amount="500", source_account: str = "acc_user_001") -> bytes:
    return (
        f'{{"transaction_id": "{transaction_id}", "source_account": "{source_account}", '
        f'"destination_account": "acc_merchant_001", "amount": {amount}, "currency": "INR"}}'
    ).encode()
