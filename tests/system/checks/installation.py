"""What is there once apt has installed the package, and nobody has done anything else."""

import grp
import pathlib
import re
import shutil
import stat

from support import client, database, system
from support.report import check, expect
from support.system import OURS, PROCESSOR, RESPONDER

SOCKET_PATH = "/run/payhook/fcgi.sock"
ACCESS_LOG = "/var/log/nginx/payhook.log"
DOCUMENTS = pathlib.Path("/usr/share/doc/payhook")


@check("apt installs the package, its dependencies and what it recommends")
def apt_installs_it():
    output = system.apt_get("install", system.package("earlier"))
    for program in ("nginx", "curl", "sqlite3", "make-ssl-cert"):
        expect(shutil.which(program), f"{program}, which docs/operations.md needs, was not installed with it: {output}")
    packages = re.search(r"(\d+) newly installed", output)[1]
    return f"{packages} packages, payhook {system.installed_version()}"


@check("the units run, and at the next boot too")
def units_run():
    for unit in OURS:
        expect(unit.state == "active", f"{unit.name} is {unit.state}")
        enabled = unit.show("UnitFileState")
        expect(enabled == "enabled", f"{unit.name} is {enabled}")
    failed = system.systemctl("list-units", "--failed", "--plain", "--no-legend")
    expect(not failed, f"failed: {failed}")


@check("the site answers once it is enabled as docs/operations.md says")
def site_answers():
    system.SITE.write_text(
        system.SITE.read_text(encoding="utf-8")
        .replace("payhook.example.com", "payhook.test")
        .replace("# allow 192.0.2.0/24;", "allow 192.0.2.0/24;"),
        encoding="utf-8",
    )
    pathlib.Path("/etc/nginx/sites-enabled/payhook").symlink_to("../sites-available/payhook")
    pathlib.Path("/etc/nginx/sites-enabled/default").unlink()
    # As the site asks for: when the machine stands still for a second, a thousand clients wait.
    configuration = pathlib.Path("/etc/nginx/nginx.conf")
    text = configuration.read_text(encoding="utf-8")
    for old, new in (
        ("worker_connections 768;", "worker_connections 4096;"),
        ("worker_processes auto;", "worker_processes auto;\nworker_rlimit_nofile 8192;"),
    ):
        expect(old in text, f"there is no '{old}' in nginx.conf")
        text = text.replace(old, new)
    configuration.write_text(text, encoding="utf-8")
    system.run("nginx", "-t")
    system.systemctl("reload", "nginx")
    # A reload goes on after the command has ended.
    system.wait_until("nginx listens", lambda: system.listens(443))
    answer = client.Connections().request("GET", "/")
    expect(answer.status == 200, f"GET / is answered {answer.status}")
    expect(answer.json["status"] == "HEALTHY", answer.body)


@check("nothing runs as root, has a capability or may gain one")
def nothing_runs_as_root():
    processes = 0
    for unit in (RESPONDER, PROCESSOR):
        for pid in _processes(unit):
            status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
            fields = dict(re.findall(r"^(\w+):\s*(.*)$", status, re.MULTILINE))
            expect("0" not in fields["Uid"].split(), f"{unit.name} has the uids {fields['Uid']}")
            expect("0" not in fields["Gid"].split(), f"{unit.name} has the gids {fields['Gid']}")
            for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                expect(int(fields[capabilities], 16) == 0, f"{unit.name}: {capabilities} is not empty")
            expect(fields["NoNewPrivs"] == "1", f"{unit.name} may gain privileges")
            expect(fields["Seccomp"] == "2", f"{unit.name} has no filter of system calls")
            processes += 1
    return f"{processes} processes"


def _processes(unit) -> list[int]:
    pids = [unit.pid]
    expect(pids[0] != 0, f"{unit.name} does not run")
    children = pathlib.Path(f"/proc/{pids[0]}/task/{pids[0]}/children").read_text(encoding="ascii")
    return pids + list(map(int, children.split()))


@check("neither the socket nor the database nor the access log is readable by others")
def others_read_nothing():
    others = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    paths = [SOCKET_PATH, ACCESS_LOG, database.DIRECTORY, *map(str, pathlib.Path(database.DIRECTORY).iterdir())]
    for path in paths:
        mode = pathlib.Path(path).stat().st_mode
        expect(mode & stat.S_IRWXO == 0, f"{path} has mode {stat.filemode(mode)}")
    connect = f"import socket; socket.socket(socket.AF_UNIX).connect('{SOCKET_PATH}')"
    denied = system.attempt(*others, "python3", "-c", connect)
    expect("PermissionError" in denied.output, f"connecting as nobody: {denied.output or 'works'}")
    denied = system.attempt(*others, "cat", database.FILE)
    expect("Permission denied" in denied.output, "nobody can read the database")
    denied = system.attempt(*others, "ls", "/etc/payhook/secrets")
    expect("Permission denied" in denied.output, "nobody can list the secrets")
    return f"{len(paths)} paths"


@check("who asks for a transaction needs the token that was made")
def readers_need_the_token():
    site = client.Connections()
    stranger = site.request("GET", "/v1/transactions/unknown")
    expect(stranger.status == 401, f"without it: {stranger.status}")
    expect(stranger.header("WWW-Authenticate") == "Bearer", f"it is not asked for: {stranger.headers}")
    expect(site.transaction("unknown").status == 404, "with it: not read")
    _expect_a_made_secret(client.READ_TOKEN)


@check("who posts a webhook signs it with the secret that was made")
def senders_need_the_secret():
    site = client.Connections()
    body = client.webhook("txn_signed")
    stranger = site.post_with(body, ())
    expect(stranger.status == 401, f"without a signature: {stranger.status}")
    forger = site.post_with(body, (f"X-Signature: {'0' * 64}",))
    expect(forger.status == 401, f"with a wrong one: {forger.status}")
    expect(site.post(body).status == 202, "with a right one: not taken")
    _expect_a_made_secret(client.SECRET)


def _expect_a_made_secret(path: str):
    file = pathlib.Path(path)
    group = grp.getgrgid(file.stat().st_gid).gr_name
    expect(stat.filemode(file.stat().st_mode) == "-rw-r-----" and group == "_payhook", f"{path}: its mode or group")
    expect(re.fullmatch("[0-9a-f]{64}\n", file.read_text(encoding="ascii")), f"{path}: it is no 32 random bytes")


@check("the services are sandboxed")
def security_scores():
    figures = []
    for unit, limit in ((RESPONDER, 0.5), (PROCESSOR, 1.5)):
        output = system.run("systemd-analyze", "security", "--no-pager", unit.name)
        score = float(re.search(r"Overall exposure level for .*: ([0-9.]+)", output)[1])
        expect(score <= limit, f"systemd-analyze security gives {unit.name} {score}, above {limit}: {output}")
        figures.append(f"{unit.name} {score} (at most {limit})")
    return ", ".join(figures)


@check("systemd-analyze verify is silent")
def units_are_valid():
    units = [unit.name for unit in OURS] + [
        "payhook-alert@payhook-fcgi.service.service", "payhook-alert@payhook-fcgi.service.path",
    ]
    # There is no man(1) here to look for the pages that the units name.
    output = system.run("systemd-analyze", "verify", "--man=no", *units)
    expect(not output, output)
    return f"{len(units)} units"


@check("the links in the documents lead to files of the package")
def links_lead_somewhere():
    links = 0
    for document in DOCUMENTS.glob("*.md"):
        for link in re.findall(r"\]\(([^):#]+)[^):]*\)", document.read_text(encoding="utf-8")):
            expect((DOCUMENTS / link).exists(), f"{document.name} has a link to {link}")
            links += 1
    expect(links > 0, "there are no links")
    return f"{links} links"


def run():
    return (
        apt_installs_it()
        and units_run()
        and site_answers()
        and all([nothing_runs_as_root(), others_read_nothing(), readers_need_the_token(), senders_need_the_secret(), security_scores(), units_are_valid(), links_lead_somewhere()])
    )
