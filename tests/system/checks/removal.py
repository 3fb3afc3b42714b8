"""What remains when the package goes, and what is found when it comes back."""

import pathlib
import pwd

from support import client, database, system
from support.report import check, expect
from support.system import OURS, apt_get, systemctl

SITE = pathlib.Path("/etc/nginx/sites-enabled/payhook")
CONFIGURATION = pathlib.Path("/etc/payhook")
DATA = pathlib.Path(database.DIRECTORY)
BACKUPS = pathlib.Path("/var/backups/payhook")
RUNTIME = pathlib.Path("/run/payhook")
LOGS = pathlib.Path("/var/log/nginx")

KEPT = "txn_before_removal"

site = client.Connections()


def _expect_nothing_runs():
    for unit in OURS:
        expect(unit.state in ("inactive", "failed"), f"{unit.name} is {unit.state}")
        expect(unit.show("LoadState") in ("not-found", "masked"), f"{unit.name} is still there")
    expect(not RUNTIME.exists(), f"{RUNTIME} is still there")
    failed = system.systemctl("list-units", "--failed", "--plain", "--no-legend")
    expect(not failed, f"failed: {failed}")


def _expect_nginx_starts():
    """Its other sites must not suffer."""
    system.run("nginx", "-t")
    systemctl("restart", "nginx")


@check("removed, it leaves the data and the configuration, and nginx works")
def removed():
    expect(site.post(client.webhook(KEPT)).status == 202, "webhooks are not taken")
    apt_get("remove", "payhook")
    _expect_nothing_runs()
    expect(CONFIGURATION.is_dir() and system.SITE.exists(), "the configuration is gone")
    expect((DATA / "db.sqlite").exists(), "the data is gone")
    _expect_nginx_starts()
    answer = site.request("GET", "/")
    expect(answer.status == 502, f"GET / is answered {answer.status}")


@check("installed again, it goes on with its data")
def installed_again():
    apt_get("install", system.package("earlier"))
    answer = site.transaction(KEPT)
    expect(answer.status == 200, f"the webhook from before is answered {answer.status}")
    expect(site.post(client.webhook("txn_after_removal")).status == 202, "webhooks are not taken")
    database.expect_intact()


@check("purged, it leaves the data and its owner, no configuration, and an nginx that starts")
def purged():
    apt_get("purge", "payhook")
    _expect_nothing_runs()
    expect(not CONFIGURATION.exists(), "the configuration is still there")
    expect(not system.SITE.exists(), "the site is still there")
    expect(not list(LOGS.glob("payhook.log*")), "the access log is still there")
    expect((DATA / "db.sqlite").exists(), "the data is gone")
    pwd.getpwnam("_payhook")
    _expect_nginx_starts()


@check("purged by somebody who says so, it leaves no data")
def purged_with_data():
    apt_get("install", system.package("earlier"))
    expect((DATA / "db.sqlite").exists(), "the data is gone")
    answer = "payhook payhook/purge-data boolean true\n"
    system.run("sh", "-c", 'printf "%s" "$1" | debconf-set-selections', "sh", answer)
    apt_get("purge", "payhook")
    for data in (DATA, BACKUPS):
        expect(not data.exists(), f"{data} is still there")
    _expect_nothing_runs()


def run():
    return all([removed(), installed_again(), purged(), purged_with_data()])
