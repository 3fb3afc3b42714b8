"""payhook behind nginx, its database on a disk of its own, and a Prometheus that scrapes it by the rules of
docs/monitoring, in haste."""

import hashlib
import hmac
import json
import os
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
RULES = CHECKOUT / "docs/monitoring/alerts.yml"
PATIENCE = 60  # seconds for anything
MIB = 1 << 20
SECRETS = {"new": b"the-newer-one-of-two-secrets", "old": b"the-older-one-of-two-secrets"}
# What signs a source's webhooks.
SOURCES = {"default": None, "signed": "new", "changed": "new", "silent": None, "rare": None, "broken": None}
PAYMENT = {"source_account": "a", "destination_account": "b", "amount": 1, "currency": "INR"}

CONFIG = """
database = "{disk}/db.sqlite"
responder.listen = "{place}/socket"
processor.delay_seconds = 0

[[source]]
name = "default"
signature = "none"
[source.handler]
type = "exec"
command = ["{place}/handler"]
first_retry_seconds = 1
longest_retry_seconds = 1
max_attempts = 4

[[source]]
name = "signed"
preset = "generic"
secrets = ["{place}/new", "{place}/old"]

[[source]]
name = "changed"
preset = "generic"
secrets = ["{place}/new"]

[[source]]
name = "silent"
signature = "none"
answer_within_seconds = 1

[[source]]
name = "rare"
signature = "none"

[[source]]
name = "broken"
signature = "none"
"""

NGINX = """
daemon off;
user root;
pid "{place}/nginx.pid";
error_log "{place}/log";
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path "{place}/body";
    fastcgi_temp_path "{place}/fastcgi";
    proxy_temp_path "{place}/proxy";
    scgi_temp_path "{place}/scgi";
    uwsgi_temp_path "{place}/uwsgi";
    upstream payhook {{ server "unix:{place}/socket"; }}
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 64k;
        client_body_buffer_size 72k;
        include "{checkout}/nginx/payhook-server.conf";
    }}
}}
"""

PROMETHEUS = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: ["{place}/*.yml"]
scrape_configs:
  - job_name: payhook
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""

# As many times as fast: who scrapes each second cannot look at less than some.
HASTE = 120
SHORTEST, LONGEST = 4, 15  # seconds

# What is reckoned in the rules, and what that is here.
HASTY = {
    " 2 * 24 * 3600": " 20",
    " 24 * 3600": " 24",
    " 2 * 3600": " 2",
    " * 60": f" * {60 / HASTE}",
    "_webhooks > 50000": "_webhooks > 5",
}


def hasty(rules):
    units = {"m": 60, "h": 3600, "d": 86400, "w": 604800}

    def shortened(found):
        seconds = int(found[2]) * units[found[3]] / HASTE
        return f"{found[1]}{int(min(max(seconds, SHORTEST), LONGEST) * 1000)}ms"

    rules = re.sub(r"(for: |\[|offset )(\d+)([mhdw])\b", shortened, rules)
    for reckoned, here in HASTY.items():
        assert reckoned in rules, f"no rule has {reckoned}"
        rules = rules.replace(reckoned, here)
    return rules


def alerts_of(rules):
    """With their severities."""
    groups = yaml.safe_load(rules.read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    return {(rule["alert"], rule["labels"]["severity"]) for rule in rules}


def free_port():
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


class Disk:
    """A file system in memory that has as much left as it is told: it grows and shrinks. It takes root."""

    SIZE = 3000 * MIB

    def __init__(self, place):
        self.place = place

    def __enter__(self):
        self.place.mkdir()
        self._mount(f"size={self.SIZE}", "-t", "tmpfs", "tmpfs")
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", self.place], check=True)

    def left(self):
        status = os.statvfs(self.place)
        return status.f_bavail * status.f_frsize

    def leave(self, left):
        status = os.statvfs(self.place)
        used = (status.f_blocks - status.f_bfree) * status.f_frsize
        self._mount(f"remount,size={used + left}")

    def be_itself_again(self):
        self._mount(f"remount,size={self.SIZE}")

    def _mount(self, options, *arguments):
        subprocess.run(["mount", "-o", options, *arguments, self.place], check=True)


class Site:
    """All programs, from the beginning of a `with` block to its end. For several threads at once."""

    def __init__(self, place, disk, programs):
        self.place = place
        self.database = disk.place / "db.sqlite"
        self._programs = programs
        self._ports = {"nginx": free_port(), "prometheus": free_port()}
        self._running = {}
        self._log = (place / "log").open("ab")
        self._number = 0
        self._counting = threading.Lock()
        self.handler_ends_with(75)
        for name, secret in SECRETS.items():
            (place / name).write_bytes(secret)
            (place / name).chmod(0o600)
        fill = {"place": place, "disk": disk.place, "port": self._ports["nginx"], "checkout": CHECKOUT}
        for name, text in {"payhook.toml": CONFIG, "nginx.conf": NGINX, "prometheus.conf": PROMETHEUS}.items():
            (place / name).write_text(text.format(**fill), encoding="utf-8")
        (place / "alerts.yml").write_text(hasty(RULES.read_text(encoding="utf-8")), encoding="utf-8")
        limits = (CHECKOUT / "docs/monitoring/limits.yml").read_text(encoding="utf-8")
        (place / "limits.yml").write_text(limits.replace("3600", "5").replace("stripe", "silent"), encoding="utf-8")
        self._commands = {
            "payhook-fcgi": [programs.responder, "--config", place / "payhook.toml"],
            "payhookd": [programs.processor, "--config", place / "payhook.toml"],
            "nginx": [programs.nginx, "-e", place / "log", "-p", place, "-c", place / "nginx.conf"],
            "prometheus": [
                "prometheus", f"--config.file={place}/prometheus.conf", f"--storage.tsdb.path={place}/data",
                f"--web.listen-address=127.0.0.1:{self._ports['prometheus']}", "--log.level=warn",
            ],
        }  # fmt: skip

    def __enter__(self):
        self.ctl("create")
        for name in self._commands:
            self.start(name)
        return self

    def __exit__(self, *_):
        for name in list(self._running):
            self.stop(name)
        self._log.close()

    def start(self, name):
        self._running[name] = subprocess.Popen(self._commands[name], stdout=self._log, stderr=self._log)

    def stop(self, name):
        process = self._running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def ctl(self, *arguments):
        command = [self._programs.ctl, "--config", self.place / "payhook.toml", *arguments]
        subprocess.run(command, check=True, stdout=self._log, stderr=self._log)

    def back_up(self):
        self.ctl("backup", "--force", str(self.place / "backup.sqlite"))

    def ask_database(self, question):
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return [row[0] for row in connection.execute(question)]
        finally:
            connection.close()

    def handler_ends_with(self, status):
        new = self.place / "handler.new"
        new.write_text(f"#!/bin/sh\nexit {status}\n", encoding="utf-8")
        new.chmod(0o755)
        new.rename(self.place / "handler")

    def scrape_nothing(self):
        """Until somebody uses what it returns."""
        file = self.place / "prometheus.conf"
        as_it_was = file.read_text(encoding="utf-8")

        def take(text):
            file.write_text(text, encoding="utf-8")
            self._running["prometheus"].send_signal(signal.SIGHUP)

        take(re.sub(r"targets: \[.*?\]", "targets: []", as_it_was))
        return lambda: take(as_it_was)

    def post(self, source, body=None, key=None, **values):
        """What it is answered; 0 is nothing."""
        with self._counting:
            self._number += 1
            number = self._number
        if body is None:
            body = json.dumps({"transaction_id": f"{source}{number}", **PAYMENT, **values}).encode()
        headers = {"Content-Type": "application/json"}
        if key:
            headers["X-Signature"] = hmac.new(key, body, hashlib.sha256).hexdigest()
        path = "transactions" if source == "default" else source
        return self._ask(f"/v1/webhooks/{path}", body, headers or {})[0]

    def post_to_each(self):
        return {self.post(source, key=SECRETS.get(secret)) for source, secret in SOURCES.items()}

    def metrics(self):
        return self._ask("/metrics")[1]

    def until_ready(self):
        self.until(lambda: self._ask("/readyz") == (200, '{"status": "READY"}'), "it does not become ready")

    def until_not_ready(self, reason):
        def says_so():
            status, text = self._ask("/readyz")
            return status == 503 and reason in json.loads(text).get("reasons", [])

        self.until(says_so, f"/readyz does not say: {reason}")

    def _ask(self, path, body=None, headers=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self._ports['nginx']}{path}", body, headers or {})
        try:
            answer = urllib.request.urlopen(request, timeout=PATIENCE)
        except urllib.error.HTTPError as error:
            answer = error
        except urllib.error.URLError:
            return 0, ""
        return answer.status, answer.read().decode()

    def firing(self):
        """Alerts with their severities, as Prometheus has them."""
        alerts = self._prometheus("alerts").get("alerts", [])
        return {(a["labels"]["alertname"], a["labels"]["severity"]) for a in alerts if a["state"] == "firing"}

    def have_fired(self):
        """From the beginning."""
        question = 'group by (alertname, severity) (count_over_time(ALERTS{alertstate="firing"}[1h]))'
        found = self._prometheus("query?" + urllib.parse.urlencode({"query": question}))
        return {(each["metric"]["alertname"], each["metric"]["severity"]) for each in found["result"]}

    def _prometheus(self, question):
        url = f"http://127.0.0.1:{self._ports['prometheus']}/api/v1/{question}"
        try:
            return json.load(urllib.request.urlopen(url, timeout=PATIENCE))["data"]
        except urllib.error.URLError:
            return {}

    def until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what}; firing are {sorted(self.firing())}")
            time.sleep(0.2)

    def until_firing(self, *alerts):
        """All of them, though not at the same moment."""
        left = set(alerts)

        def all_did():
            left.difference_update(self.firing())
            return not left

        self.until(all_did, f"of {alerts} not all fire")
        print("fired:", *sorted({name for name, _ in alerts}), flush=True)

    def until_ended(self, *alerts):
        self.until(lambda: not self.firing() & set(alerts), f"of {alerts} not all end")
        print("ended:", *sorted({name for name, _ in alerts}), flush=True)
