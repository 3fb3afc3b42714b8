"""Load from wrk."""

import itertools
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent / "lua"
THREADS = 2

_run_numbers = itertools.count(1)


@dataclass
class Load:
    rate: float  # answers a second
    latency: dict  # milliseconds by percentile: {"50": 1.2, …}
    requests: int  # that were answered
    refused: int  # answers that were not 2xx
    failed: int  # without an answer
    reads: int  # status requests among those sent


def wrk(url, script, clients, seconds, *arguments):
    threads = min(THREADS, clients)
    command = [
        *["setpriv", "--pdeathsig", "KILL", "wrk", "--timeout", "15s", "--threads", threads],
        *["--connections", clients, "--duration", f"{seconds}s", "--script", f"{script}.lua", url],
        *["--", next(_run_numbers), *arguments],
    ]
    output = subprocess.run(
        list(map(str, command)), cwd=SCRIPTS, stdout=subprocess.PIPE, check=True, text=True
    ).stdout
    result = json.loads(output.splitlines()[-1])
    return Load(
        rate=result["requests"] / result["microseconds"] * 1e6,
        latency={p: microseconds / 1000 for p, microseconds in result["latency"].items()},
        requests=result["requests"],
        refused=result["refused"],
        failed=result["failed"],
        reads=result["reads"],
    )
