"""kill -9 under load."""

import os
import random
import signal
import time

from support import database, system
from support.load import Load
from support.report import check, expect
from support.system import PROCESSOR, RESPONDER

RATE = 200


@check("what was acknowledged outlives kill -9 of both programs under load, and is stored once")
def outlives_kills(times: int):
    # Nobody waits for the processor, so systemd takes its time; here there is less of it.
    with system.configured(PROCESSOR, "RestartSec=1s"), Load("kill", RATE) as load:
        for _ in range(times):
            load.wait_for_more()
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
