#!/usr/bin/python3
"""receiver.py PORT SECRET-FILE LEDGER: takes payments that payhook posts, and books each once.

Beside it is book.py. In production a web server is in front of it, or it is on the same host.
"""

import base64
import decimal
import hashlib
import hmac
import http.server
import json
import pathlib
import sys
import time

from book import book

TOLERANCE = 300  # seconds


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if not self.is_signed(body):
            return self.answer(401, "not signed by payhook")
        # Its body is signed, and so is its id.
        payment = json.loads(body, parse_float=decimal.Decimal)
        if payment["currency"] not in ("INR", "EUR"):
            return self.answer(422, f"nobody takes {payment['currency']}")
        book(LEDGER, payment)
        return self.answer(200, "booked")

    def is_signed(self, body):
        """As Standard Webhooks has it; one of several signatures is enough."""
        sent_at = self.headers.get("webhook-timestamp", "0")
        if not sent_at.isdigit() or abs(time.time() - int(sent_at)) > TOLERANCE:
            return False
        signed = f"{self.headers.get('webhook-id')}.{sent_at}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
        signatures = self.headers.get("webhook-signature", "").split(" ")
        return any(hmac.compare_digest(each.encode(), expected.encode()) for each in signatures)

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


# What throws breaks the connection off, so that payhook tries again.
if __name__ == "__main__":
    port, secret_file, LEDGER = sys.argv[1:]
    KEY = base64.b64decode(pathlib.Path(secret_file).read_text(encoding="ascii").strip().removeprefix("whsec_"))
    http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Receiver).serve_forever()
