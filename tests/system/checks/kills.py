"""kill -9 under load."""

import contextlib
import os
import pathlib
import random
import signal
import time

from support import database
from support.load import Load
from support.report import check, expect
from support.system import PROCESSOR, RESPONDER, systemctl, wait_until

RATE = 200


@contextlib.contextmanager
def _restarted_soon(unit):
    """Nobody waits for the processor, so systemd takes its time; here there is less of it."""
    drop_in = pathlib.Path(f"/run/systemd/system/{unit.name}.d/soon.conf")
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text("[Service]\nRestartSec=1s\n", encoding="ascii")
    systemctl("daemon-reload")
    try:
        yield
    finally:
        drop_in.unlink()
        drop_in.parent.rmdir()
        systemctl("daemon-reload")


@check("what was acknowledged outlives kill -9 of both programs under load, and is stored once")
def outlives_kills(times: int):
    with _restarted_soon(PROCESSOR), Load("kill", RATE) as load:
        for _ in range(times):
            acknowledged = load.acknowledged_so_far
            wait_until("webhooks are taken", lambda least=acknowledged: load.acknowledged_so_far > least)
            # At any point of what the programs do.
            time.sleep(random.uniform(0, 0.2))
            victims = {unit: unit.pid for unit in (RESPONDER, PROCESSOR)}
            for pid in victims.values():
                os.kill(pid, signal.SIGKILL)
            for unit, pid in victims.items():
                unit.wait_for_another_process(pid)
    expect(load.figures.acknowledged, "no webhook was acknowledged")
    database.expect_intact()
    return f"{times} times both; {database.expect_each_once(load.figures.acknowledged)}; {load.figures}"
