"""What scripts/bench runs: reads the arguments, then measures one scenario after the other."""

import argparse
import os
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.dont_write_bytecode = True

import machine
import processes
import report
from contenders import CHECKOUT
from results import Results
from scenarios import SCENARIOS
from suite import FULL, QUICK, Suite
from targets import targets

EX_USAGE, EX_UNAVAILABLE, EX_SOFTWARE = 64, 69, 70
BYTES_PER_ROW = 450  # on disk, with room to spare

DESCRIPTION = """\
Measures payhook against what people run instead and against responders that do
nothing, all behind the same nginx, on 127.0.0.1, and checks that whoever stores
webhooks has stored what it acknowledged. Installs with apt what is missing, and
builds.

Without an option it takes up to 50 minutes and 10 GB in $TMPDIR (/var/tmp if that
is not set; it must be on a disk), and writes docs/benchmarks.md and its plots.
"""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(EX_USAGE, f"{message} (see scripts/bench --help)")


def fail(status, message):
    print(f"bench: {message}", file=sys.stderr)
    sys.exit(status)


def number(text):
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"a number from 1 to 1000 is needed, not '{text}'")
    return int(text)


def build_directory(text):
    build = Path(text).resolve()
    if not all((build / name).is_file() for name in ("fcgi/payhook-fcgi", "daemon/payhookd")):
        raise argparse.ArgumentTypeError(f"no fcgi/payhook-fcgi and daemon/payhookd in {build}")
    return build


def parse_arguments():
    parser = Parser(
        prog="scripts/bench",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="smaller, in five minutes; only prints the tables")
    add(
        "--scenario",
        action="append",
        choices=SCENARIOS,
        metavar="NAME",
        help="only this one; may be given again; only prints the tables",
    )
    add("--rounds", type=number, metavar="N", help="rounds of each scenario")
    add("--seconds", type=number, metavar="N", help="length of a load")
    add(
        "--against",
        type=build_directory,
        metavar="DIR",
        help="compare with another build of payhook (the directory has fcgi/ and daemon/) instead "
        "of with others; only prints the tables",
    )
    add("--list", action="store_true", help="name the scenarios and end")
    return parser.parse_args()


def chosen_size(arguments):
    given = {name: getattr(arguments, name) for name in ("rounds", "seconds")}
    return replace(
        QUICK if arguments.quick else FULL, **{n: value for n, value in given.items() if value}
    )


def chosen_scenarios(arguments):
    if arguments.scenario:
        return [name for name in SCENARIOS if name in arguments.scenario]
    return list(SCENARIOS)


def new_workspace(size):
    """A directory on a disk."""
    parent = os.environ.get("TMPDIR", "/var/tmp")
    if machine.filesystem(parent) == "tmpfs":
        fail(EX_UNAVAILABLE, f"{parent} is not on a disk: set TMPDIR to a directory that is")
    needed = 2 * BYTES_PER_ROW * max(size.rows, *size.growth) + 2**30
    if shutil.disk_usage(parent).free < needed:
        fail(EX_UNAVAILABLE, f"{parent} has less than {needed / 1e9:.0f} GB free: set TMPDIR")
    return Path(tempfile.mkdtemp(prefix="payhook-bench.", dir=parent))


def allow_many_connections():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if most == resource.RLIM_INFINITY else min(65536, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def measure(size, names, against):
    results = Results()
    workspace = new_workspace(size)
    rows_about_machine = machine.describe(workspace)
    try:
        suite = Suite(size, workspace, results, report.show_round, against)
        for name in names:
            SCENARIOS[name](suite)
    finally:
        # Also after a Ctrl-C, and a second one would come too early.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        processes.stop_all()
        shutil.rmtree(workspace)
    return results, rows_about_machine


def stop(number, _):
    sys.exit(128 + number)


def main():
    arguments = parse_arguments()
    if arguments.list:
        for name, scenario in SCENARIOS.items():
            print(f"{name:14}{scenario.__doc__}")
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    subprocess.run([CHECKOUT / "scripts/lib/prepare-bench"], check=True)
    allow_many_connections()
    size = chosen_size(arguments)
    try:
        results, rows_about_machine = measure(
            size, chosen_scenarios(arguments), arguments.against
        )
    except (processes.ProgramFailed, subprocess.CalledProcessError) as e:
        fail(EX_SOFTWARE, e)
    measured_targets = targets(results, size)
    report.print_tables(results, measured_targets)
    if not arguments.quick and not arguments.scenario and not arguments.against:
        command = shlex.join(["scripts/bench", *sys.argv[1:]])
        report.write_document(results, measured_targets, size, rows_about_machine, command)
        print(f"\nwritten: {report.DOCUMENT.relative_to(CHECKOUT)}")
    if results.lost:
        fail(1, "acknowledged webhooks are missing: " + "; ".join(results.lost))


if __name__ == "__main__":
    main()
