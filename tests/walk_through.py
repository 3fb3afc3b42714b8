#!/usr/bin/env python3
"""README.md's walk through it, for any payhook that answers at a URL and has its default settings."""

import argparse
import datetime
import hashlib
import hmac
import json
import pathlib
import ssl
import subprocess
import time
import urllib.error
import urllib.request

ID = "txn_demo_1"
DELAY = datetime.timedelta(seconds=30)
PATIENCE = 60  # seconds, for what comes by itself
RECEIVED = (202, {"message": "Webhook received"})


class WrongAnswer(Exception):
    pass


class WalkThrough:
    def __init__(self, url, token=None, secret=None):
        self._url = url.rstrip("/")
        self._secret = secret
        self._authorization = {"Authorization": f"Bearer {token}"} if token else {}
        # The package's certificate is one that nobody trusts.
        self._tls = ssl.create_default_context()
        self._tls.check_hostname = False
        self._tls.verify_mode = ssl.CERT_NONE

    def begin(self):
        """All but the thirty seconds."""
        health = _eventually("answers", lambda: self._get("/"))
        _expect("GET /", health["status"], "HEALTHY")
        _expect("the webhook", self._post(ID, "500", "INR"), RECEIVED)
        self._look_up("PROCESSING", processed_at=None)
        _expect("the same again, written another way", self._post(ID, '"500.00"', "inr"), RECEIVED)
        self._look_up("PROCESSING", processed_at=None)
        refused = (400, {"message": "Invalid amount: INR has 2 decimal places"})
        _expect("what cannot be right", self._post("txn_demo_2", "0.001", "INR"), refused)
        nothing = (404, {"message": "Transaction not found"})
        _expect("what was refused", self._request("/v1/transactions/txn_demo_2"), nothing)

    def end(self):
        """Returns how long after its arrival the transaction was processed, in whole seconds."""
        row = _eventually("is processed", self._processed)
        created_at, processed_at = map(_time, (row["created_at"], row["processed_at"]))
        self._look_up("PROCESSED", processed_at=row["processed_at"])
        # Both are cut off to whole seconds, so that it is not less for one that has waited.
        if processed_at - created_at < DELAY:
            raise WrongAnswer(f"processed {processed_at - created_at} after its arrival")
        return (processed_at - created_at).seconds

    def _look_up(self, status, processed_at):
        row = self._get(f"/v1/transactions/{ID}")
        created_at = _time(row["created_at"]).strftime("%Y-%m-%dT%H:%M:%SZ")
        expected = {
            "transaction_id": ID,
            "source_account": "acc_user_001",
            "destination_account": "acc_merchant_001",
            "amount": 500.0,
            "currency": "INR",
            "status": status,
            "created_at": created_at,
            "processed_at": processed_at,
        }
        # As texts, since the order of the keys is a part of the contract.
        _expect("the transaction", json.dumps(row), json.dumps(expected))

    def _processed(self):
        row = self._get(f"/v1/transactions/{ID}")
        return row if row["status"] == "PROCESSED" else None

    def _post(self, transaction_id, amount, currency):
        body = (
            f'{{"transaction_id": "{transaction_id}", "source_account": "acc_user_001",\n'
            f' "destination_account": "acc_merchant_001", "amount": {amount}, "currency": "{currency}"}}'
        )
        return self._request("/v1/webhooks/transactions", body.encode())

    def _get(self, path):
        """What is answered with 200."""
        status, body = self._request(path)
        _expect(f"GET {path}", status, 200)
        return body

    def _request(self, path, body=None):
        """The status and the JSON of an answer. Throws OSError if there is none."""
        headers = self._headers_of(body) if body else self._authorization
        request = urllib.request.Request(self._url + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=20, context=self._tls) as answer:
                return answer.status, _json(answer)
        except urllib.error.HTTPError as answer:
            return answer.code, _json(answer)

    def _headers_of(self, body):
        headers = {"Content-Type": "application/json"}
        if self._secret:
            headers["X-Signature"] = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
        return headers


def _expect(what, actual, expected):
    if actual != expected:
        raise WrongAnswer(f"{what}: {actual}, not {expected}")


def _json(answer):
    text = answer.read().decode()
    try:
        return json.loads(text)
    except ValueError as error:
        raise WrongAnswer(f"no JSON: {text}") from error


def _eventually(what, ask):
    """Asks until there is something, also while nobody listens or nothing good is answered."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if found := ask():
                return found
            why = "it does not"
        except (OSError, WrongAnswer) as error:
            why = error
        if time.monotonic() > end:
            raise WrongAnswer(f"waited {PATIENCE} s until it {what}: {why}")
        time.sleep(0.2)


def _text_of(file):
    return file and file.read_text(encoding="ascii").strip()


def _time(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", metavar="URL")
    parser.add_argument("--token-file", type=pathlib.Path, help="has the token for reading transactions")
    parser.add_argument("--secret-file", type=pathlib.Path, help="has the secret that webhooks are signed with")
    parser.add_argument("--meanwhile", help="a command to run while the transaction is PROCESSING")
    arguments = parser.parse_args()
    walk_through = WalkThrough(arguments.url, _text_of(arguments.token_file), _text_of(arguments.secret_file))
    try:
        walk_through.begin()
        if arguments.meanwhile:
            subprocess.run(arguments.meanwhile, shell=True, check=True)
        seconds = walk_through.end()
    except (WrongAnswer, OSError, subprocess.CalledProcessError) as error:
        parser.exit(1, f"walk_through: {error}\n")
    print(f"a webhook was accepted, and processed {seconds} s later")


if __name__ == "__main__":
    main()
