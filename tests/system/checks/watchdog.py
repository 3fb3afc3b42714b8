"""A program that hangs."""

import os
import signal
import time

from support import client
from support.report import check, expect
from support.system import PROCESSOR, RESPONDER, wait_until


def _is_replaced(unit) -> str:
    stopped, restarts = unit.pid, unit.restarts
    os.kill(stopped, signal.SIGSTOP)
    began = time.monotonic()
    # Its time, and what it takes to end the process and to start another.
    seconds = int(unit.show("WatchdogUSec").removesuffix("s"))
    unit.wait_for_another_process(stopped, seconds + 30)
    expect(unit.restarts > restarts, "it was not systemd that restarted it")
    return f"after {time.monotonic() - began:.1f} s, WatchdogSec being {seconds} s"


@check("the watchdog replaces a responder that hangs")
def responder_hangs():
    figures = _is_replaced(RESPONDER)
    site = client.Connections()
    wait_until("webhooks are taken", lambda: site.post(client.webhook("txn_hung")).status == 202)
    return figures


@check("the watchdog replaces a processor that hangs")
def processor_hangs():
    return _is_replaced(PROCESSOR)
