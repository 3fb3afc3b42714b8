"""Restarts, nginx's reloads and upgrades that no sender notices."""

from support import database, system
from support.load import Load
from support.report import Failure, check, expect
from support.system import PROCESSOR, RESPONDER, systemctl, wait_until

RATE = 620
LEAST_RATE = 500
TIMES = 20
# Requests between one and the next: at once they would be a load of their own.
BETWEEN = 250


def _unnoticed(name: str, replace) -> str:
    """Replaces something under load. Throws Failure if a request failed.

    A load that was too small, because the machine had other things to do, shows
    nothing, and is repeated.
    """
    for _ in range(3):
        with Load(name, RATE) as load:
            load.wait_for_more(RATE)
            replace(load)
            load.wait_for_more(RATE)
        figures = load.figures
        expect(figures.failed == 0, str(figures))
        database.expect_each_once(figures.acknowledged)
        if figures.rate >= LEAST_RATE:
            return str(figures)
    raise Failure(f"the load did not reach {LEAST_RATE} requests a second: {figures}")


@check(f"{TIMES} times systemctl restart payhook-fcgi fail no request")
def restarts():
    def replace(load):
        for _ in range(TIMES):
            before = RESPONDER.pid
            systemctl("restart", RESPONDER.name)
            expect(RESPONDER.pid not in (0, before), "it is the same process")
            load.wait_for_more(BETWEEN)

    return _unnoticed("restart", replace)


@check(f"{TIMES} times nginx -s reload fail no request")
def reloads():
    def replace(load):
        for _ in range(TIMES):
            before = system.nginx_workers()
            system.run("nginx", "-s", "reload")
            wait_until("nginx has other workers", lambda old=before: system.nginx_workers() - old)
            load.wait_for_more(BETWEEN)

    return _unnoticed("reload", replace)


@check("an upgrade of the package, and a downgrade, ask nothing, leave the site alone and fail no request")
def upgrade():
    versions = [system.installed_version()]
    site = system.SITE.read_text(encoding="utf-8")
    expect("payhook.example.com" not in site, "nobody has edited the site")

    def replace(_):
        for which in ("later", "earlier"):
            before = {unit: unit.pid for unit in (RESPONDER, PROCESSOR)}
            system.apt_get("install", "--allow-downgrades", system.package(which))
            versions.append(system.installed_version())
            expect(system.SITE.read_text(encoding="utf-8") == site, "the site is not what the administrator made it")
            system.run("nginx", "-t")
            for unit, pid in before.items():
                expect(unit.state == "active", f"{unit.name} is {unit.state}")
                expect(unit.pid != pid, f"{unit.name} is the process of the version before")
        expect(versions[-3] == versions[-1] != versions[-2], str(versions))

    figures = _unnoticed("upgrade", replace)
    return f"{' to '.join(versions)}; {figures}"

