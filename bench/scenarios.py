"""What is measured. Each scenario is a function of the Suite; SCENARIOS has them in their order.

A function's docstring is what --list and the tables say of it.
"""

import os
import re
import resource
import shutil
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median

import bodies
from contenders import BUILD, NO_HANDLER, Handler, Payhook, Textbook, query
from load import THREADS, wrk
from processes import machine_cpu_seconds

CLIENTS = 64  # where a scenario does not say otherwise
MANY_CLIENTS = 1000
KNOWN_IDS = 1000
SYNCS = 2000
LAG_RATE = 5000
LAG_DELAY_SECONDS = 2
SETTLE_SECONDS = 3
SETTLE_SECONDS_AT_MOST = 30
FLOOD_CLIENTS = 8
FLOOD_BYTES = 8 << 20  # a second
STEADY_RATE = 500
QUIET = 0.05  # of the machine's CPU

# Cases that the targets name too.
UNDISTURBED, DISTURBED = "undisturbed", "beside the backlog"
ALONE, BESIDE = "alone", "beside webhooks"
CACHED, NOT_CACHED = "in memory", "on disk"
READERS = ("payhook", "jsoncpp")  # what is wanted of a body: the five fields, or all of it


# Loads ------------------------------------------------------------------------------------------


def measure_load(suite, contender, script, clients, *arguments, refusals=False):
    """Loads a running contender; returns what wrk says, and all that goes into a table."""
    os.sync()  # what others have left unwritten is not its business
    before = cpu_seconds(contender)
    load = wrk(contender.url, script, clients, suite.size.seconds, *arguments)
    after = cpu_seconds(contender)
    own, nginx, generator, busy, passed = (b - a for a, b in zip(before, after))
    per_request = 1e6 / max(load.requests, 1)
    unexpected = load.requests - load.refused if refusals else load.refused
    return load, {
        "rate": load.rate,
        **{f"p{p}": milliseconds for p, milliseconds in load.latency.items()},
        "errors": load.failed + unexpected,
        "cpu": own * per_request,
        "nginx_cpu": nginx * per_request,
        "elsewhere": max(0, busy - own - nginx - generator) / passed,
        "resident": contender.resident_bytes() / 1e6,
    }


def settle():
    """Waits until the machine is quiet: large files that were copied or removed leave the kernel
    with work. To be called before the programs start, which may have work too."""
    os.sync()
    begin = time.monotonic()
    quiet = False
    while not quiet and time.monotonic() < begin + SETTLE_SECONDS_AT_MOST:
        busy, passed = machine_cpu_seconds()
        time.sleep(0.2)
        busy_later, passed_later = machine_cpu_seconds()
        quiet = busy_later - busy < QUIET * (passed_later - passed)


def cpu_seconds(contender):
    """Of the contender, its nginx, wrk and the whole machine, with the time it had."""
    wrks = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        contender.cpu_seconds(),
        contender.nginx_cpu_seconds(),
        wrks.ru_utime + wrks.ru_stime,
        *machine_cpu_seconds(),
    )


def check_stored(suite, case, contender, load, rows_before=0):
    """What was acknowledged must be there. (wrk breaks off while requests are on their way: those
    may be stored without being counted.)"""
    acknowledged = load.requests - load.refused - load.reads
    stored = contender.stored() - rows_before
    if contender.stores and stored < acknowledged:
        suite.lost(f"{contender.name}, {case}: acknowledged {acknowledged}, stored {stored}")


def webhooks_round(suite, scenario, case, contender, rows_before=0):
    """One round of webhooks, each with an id of its own."""
    settle()
    with contender:
        load, figures = measure_load(suite, contender, "unique", contender.clients)
    suite.record(scenario, case, contender.name, figures)
    check_stored(suite, f"{scenario}, {case}", contender, load, rows_before)
    shutil.rmtree(contender.directory)


def clients_case(clients):
    return "1 client" if clients == 1 else f"{clients:,} clients"


def rows_case(rows):
    return f"{rows:,} rows"


# Scenarios --------------------------------------------------------------------------------------


def intake(suite):
    """webhooks, each with an id of its own, into an empty table"""
    for clients in suite.size.clients:
        contenders = [*suite.payhooks, *suite.do_nothing]
        if clients in suite.size.clients_of_all:
            contenders += suite.others
        for contender in suite.interleaved(contenders):
            directory = suite.new_directory()
            webhooks_round(suite, "intake", clients_case(clients), contender(directory, clients))
            if clients == 1 and contender is Payhook:
                measure_sync(suite)


def measure_sync(suite):
    directory = suite.new_directory()
    command = [BUILD / "bench/sync_latency", directory / "file", str(SYNCS)]
    microseconds = float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    suite.record("intake", clients_case(1), "fdatasync", {"p50": microseconds / 1000})
    shutil.rmtree(directory)


_SIGNED = 'secrets = ["./secret"]\n'
# case: the source that takes what bench/lua/signed.lua sends
SOURCES = {
    "unsigned": '[[source]]\nname = "default"\nsignature = "none"\n',
    "signed": '[[source]]\nname = "default"\npreset = "generic"\n' + _SIGNED,
    "unsigned, as large as mapped": '[[source]]\nname = "default"\nsignature = "none"\n',
    "mapped": '[[source]]\nname = "razorpay"\npreset = "razorpay"\n' + _SIGNED,
}


def sources(suite):
    """signed webhooks, where nobody looks at the signature, where it is checked, and where the body
    is a provider's own too"""
    for case in suite.interleaved(list(SOURCES)):
        contender = Payhook(suite.new_directory(), CLIENTS, source=SOURCES[case])
        settle()
        with contender:
            load, figures = measure_load(suite, contender, "signed", CLIENTS, case)
        suite.record("sources", case, contender.name, figures)
        check_stored(suite, f"sources, {case}", contender, load)
        shutil.rmtree(contender.directory)


def duplicates(suite):
    """webhooks that are all known"""
    beside_textbook(suite, "duplicates", "duplicates", KNOWN_IDS)


def bad_requests(suite):
    """requests that are all refused"""
    beside_textbook(suite, "bad-requests", "bad", 0, refusals=True)


def hot_read(suite):
    """the status of one transaction"""
    beside_textbook(suite, "hot-read", "reads", 1)


def random_reads(suite):
    """the status of random transactions"""
    beside_textbook(suite, "random-reads", "reads", suite.size.rows)


def mixed(suite):
    """nine new webhooks, then a status request"""
    beside_textbook(suite, "mixed", "mixed", suite.size.rows)


def beside_textbook(suite, scenario, script, rows, refusals=False):
    """payhook with so many rows in its table, and the textbook, to which requests are all one."""
    for kind in suite.interleaved([*suite.payhooks, Textbook]):
        rows_before = rows if kind.stores else 0
        contender = kind(suite.filled(kind, rows_before, "PROCESSED"), CLIENTS)
        settle()
        with contender:
            load, figures = measure_load(
                suite, contender, script, CLIENTS, rows, refusals=refusals and contender.stores
            )
        suite.record(scenario, rows_case(rows), contender.name, figures)
        if script == "mixed":
            check_stored(suite, scenario, contender, load, rows_before)
        shutil.rmtree(contender.directory)


def backlog(suite):
    """webhooks while the processor works off a backlog"""
    cases = [("PROCESSED", UNDISTURBED), ("PROCESSING", DISTURBED)]
    for kind, (status, case) in suite.interleaved(list(product(suite.payhooks, cases))):
        payhook = kind(suite.filled(kind, suite.size.rows, status), CLIENTS)
        settle()
        with payhook:
            load, figures = measure_load(suite, payhook, "unique", CLIENTS)
            if case == DISTURBED:
                figures["left"] = share_unfinished(payhook, suite.size.rows)
        suite.record("backlog", case, payhook.name, figures)
        check_stored(suite, f"backlog, {case}", payhook, load, suite.size.rows)
        shutil.rmtree(payhook.directory)


def share_unfinished(payhook, rows):
    """Of the backlog: when nothing is left of it, it did not last as long as the load."""
    an_hour_ago = (datetime.now(timezone.utc) - timedelta(hours=1)).isoformat()
    unfinished = query(
        payhook.database,
        "SELECT count(*) FROM transactions WHERE status = 'PROCESSING' AND created_at < ?",
        an_hour_ago,
    )
    return unfinished[0][0] / rows


def drain(suite):
    """the processor alone, working off a backlog"""
    for kind in suite.interleaved(suite.payhooks):
        payhook = kind(suite.filled(kind, suite.size.rows, "PROCESSING"))
        os.sync()
        try:
            payhook.start_daemon()
            wait_until_processed(payhook)
        finally:
            payhook.stop()
        figures = {"marked": marked_per_second(payhook)}
        suite.record("drain", rows_case(suite.size.rows), payhook.name, figures)
        shutil.rmtree(payhook.directory)


def wait_until_processed(payhook, which="TRUE"):
    unfinished = f"SELECT 1 FROM transactions WHERE status = 'PROCESSING' AND {which} LIMIT 1"
    while query(payhook.database, unfinished):
        time.sleep(0.2)


def marked_per_second(payhook):
    """processed_at is when a step began: those of the last are not finished at its time."""
    steps = query(
        payhook.database,
        "SELECT processed_at, count(*) FROM transactions WHERE processed_at IS NOT NULL"
        " GROUP BY processed_at ORDER BY 1",
    )
    seconds = (moment(steps[-1][0]) - moment(steps[0][0])).total_seconds()
    return sum(rows for _, rows in steps[:-1]) / seconds


def lag(suite):
    """how late webhooks are processed that come at a steady rate"""
    for kind in suite.interleaved(suite.payhooks):
        payhook = kind(suite.new_directory(), CLIENTS, delay_seconds=LAG_DELAY_SECONDS)
        with payhook:
            load = wrk(payhook.url, "paced", CLIENTS, suite.size.lag_seconds, LAG_RATE // THREADS)
            wait_until_processed(payhook)
        late = sorted(lateness(payhook))
        figures = {
            "rate": load.rate,
            "errors": load.refused + load.failed,
            "p50": late[len(late) * 50 // 100],
            "p99": late[len(late) * 99 // 100],
            "max": late[-1],
        }
        suite.record("lag", f"{LAG_RATE:,}/s", payhook.name, figures)
        check_stored(suite, "lag", payhook, load)
        shutil.rmtree(payhook.directory)


def lateness(payhook):
    """processed_at − created_at − delay of each row, in milliseconds."""
    delay = timedelta(seconds=LAG_DELAY_SECONDS)
    for created_at, processed_at in query(
        payhook.database,
        "SELECT created_at, processed_at FROM transactions WHERE status = 'PROCESSED'",
    ):
        yield (moment(processed_at) - moment(created_at) - delay) / timedelta(milliseconds=1)


def moment(text):
    return datetime.fromisoformat(text)


_EXEC = 'type = "exec"\n'
_HTTP = 'type = "http"\nsecrets = ["./signing-secret"]\n'
_PERSISTENT = "first_retry_seconds = 1\nlongest_retry_seconds = 1\nmax_attempts = 1000\n"
# As many at once as somebody sets who wants many handled: requests wait for another server, programs
# for a core of this one.
_REQUESTS, _PROGRAMS = 64, 8
HANDLERS = [
    NO_HANDLER,
    Handler("exec", _EXEC + 'command = ["/bin/true"]\n', _PROGRAMS),
    Handler("http", _HTTP + 'url = "@url@/handled"\n', _REQUESTS),
]
# (handler, webhooks a second). One in a hundred always fails, by the same rule as in receiver.conf,
# and is tried again each second.
FAILING = [
    (NO_HANDLER, 1000),
    (
        Handler(
            "exec",
            f"{_EXEC}{_PERSISTENT}command = ['/bin/sh', '-c', '"
            "case $PAYHOOK_IDEMPOTENCY_KEY in msg_0[01]*|msg_02[0-8]*) exit 75;; esac']\n",
            _PROGRAMS,
        ),
        200,
    ),
    (
        Handler("http", f'{_HTTP}{_PERSISTENT}url = "@url@/one-in-a-hundred-fails"\n', _REQUESTS),
        1000,
    ),
]


def handlers(suite):
    """a backlog handed to nobody, /bin/true and a local server; one of a hundred failing"""
    measures = [
        (handled_beside_webhooks, (None,)),
        *((handled_beside_webhooks, (handler,)) for handler in HANDLERS),
        *((handled_alone, (handler,)) for handler in HANDLERS),
        *((lag_beside_failing, case) for case in FAILING),
    ]
    for kind, (measure, case) in suite.interleaved(list(product(suite.payhooks, measures))):
        measure(suite, kind, *case)


def handled_alone(suite, kind, handler):
    payhook = kind(suite.filled(kind, suite.size.rows, "PROCESSING"), handler=handler)
    settle()
    try:
        payhook.start_daemon()
        time.sleep(suite.size.seconds)
    finally:
        payhook.stop()
    figures = {"handled": marked_per_second(payhook)}
    suite.record("handlers", handlers_case(handler, ALONE), payhook.name, figures)
    shutil.rmtree(payhook.directory)


def handled_beside_webhooks(suite, kind, handler):
    """Where the handler is None, nothing is due."""
    status = "PROCESSING" if handler else "PROCESSED"
    directory = suite.filled(kind, suite.size.rows, status)
    payhook = kind(directory, CLIENTS, handler=handler or NO_HANDLER)
    settle()
    with payhook:
        begin = datetime.now(timezone.utc)
        load, figures = measure_load(suite, payhook, "unique", CLIENTS)
        end = datetime.now(timezone.utc)
    if handler:
        figures["handled"] = processed_between(payhook, begin, end) / (end - begin).total_seconds()
    case = handlers_case(handler, BESIDE) if handler else UNDISTURBED
    suite.record("handlers", case, payhook.name, figures)
    check_stored(suite, f"handlers, {case}", payhook, load, suite.size.rows)
    shutil.rmtree(payhook.directory)


def processed_between(payhook, begin, end):
    """How many became PROCESSED."""
    return query(
        payhook.database,
        "SELECT count(*) FROM transactions"
        " WHERE status = 'PROCESSED' AND processed_at BETWEEN ? AND ?",
        *(time.isoformat(timespec="milliseconds").replace("+00:00", "Z") for time in (begin, end)),
    )[0][0]


def lag_beside_failing(suite, kind, handler, rate):
    payhook = kind(
        suite.new_directory(), CLIENTS, delay_seconds=LAG_DELAY_SECONDS, handler=handler
    )
    with payhook:
        load = wrk(payhook.url, "paced", CLIENTS, suite.size.lag_seconds, rate // THREADS)
        wait_until_processed(payhook, "last_error IS NULL")
    late = sorted(lateness(payhook))
    figures = {
        "rate": load.rate,
        "errors": load.refused + load.failed,
        "lag_p50": late[len(late) * 50 // 100],
        "lag_p99": late[len(late) * 99 // 100],
        "lag_max": late[-1],
    }
    suite.record("handlers", failing_case(handler, rate), payhook.name, figures)
    check_stored(suite, "handlers", payhook, load)
    shutil.rmtree(payhook.directory)


def handlers_case(handler, how):
    return f"{handler}, {how}"


def failing_case(handler, rate):
    return f"{handler}, {rate:,}/s{', 1% fail' if handler.toml else ''}"


ASKED = (
    "--version",
    "status",
    "list",
    "list --status FAILED",
    "list --since 2h",
    "show {old}",
    "show {newest}",
)
ASKED_BY_HTTP = (
    "/metrics",
    "/readyz",
    "/v1/transactions",
    "/v1/transactions?status=FAILED",
    "/v1/transactions?status=FAILED&account=nobody",
    "/v1/transactions?account=nobody",
    "/v1/transactions?before=2000-01-01T00:00:00Z",
    "/v1/transactions/{old}",
    "/v1/transactions/{old}/attempts",
    "/v1/stats",
)
TIMES_ASKED = 20


def asked(suite):
    """how long payhookctl and HTTP take to answer beside the programs, with large tables; --version
    is to start payhookctl, and the newest transaction is not yet in the index of ids"""
    for kind, rows in product(suite.payhooks, suite.size.growth):
        payhook = kind(suite.filled(kind, rows, "PROCESSED"))
        payhook.create_database()
        ids = {"old": id_of(payhook, rows // 2), "newest": id_of(payhook, rows)}
        times = defaultdict(list)
        with payhook:
            settle()
            for _ in range(TIMES_ASKED):
                for command in ASKED:
                    words = command.format(**ids).split()
                    times[command].append(milliseconds_of(payhook.control, *words, check=False))
                for path in ASKED_BY_HTTP:
                    url = payhook.url + path.format(**ids)
                    times[path].append(milliseconds_of(answer_of, url))
        for question, each in times.items():
            suite.record("asked", asked_case(question, rows), kind.name, {"p50": median(each)})
        shutil.rmtree(payhook.directory)


def asked_case(question, rows):
    return f"{question}, {rows_case(rows)}"


def id_of(payhook, row):
    """Where there is no such row, one that no transaction has."""
    found = query(payhook.database, "SELECT transaction_id FROM transactions WHERE id = ?", row)
    return found[0][0] if found else "none"


def answer_of(url):
    with suppress(urllib.error.HTTPError), urllib.request.urlopen(url) as answer:
        answer.read()


def milliseconds_of(action, *arguments, **settings):
    begin = time.monotonic()
    action(*arguments, **settings)
    return (time.monotonic() - begin) * 1000


def beside_upkeep(suite):
    """webhooks beside what is asked and kept in order meanwhile: payhookctl status and list, or a
    scrape and a list by HTTP, once a second, a backup, and bodies of old transactions emptied"""
    for kind, case in suite.interleaved(list(product(suite.payhooks, UPKEEP))):
        payhook = kind(suite.filled(kind, suite.size.rows, "PROCESSED"), CLIENTS)
        if case == RETENTION:
            make_old(payhook)
        settle()
        with payhook, repeated(partial(UPKEEP[case], payhook)):
            load, figures = measure_load(suite, payhook, "unique", CLIENTS)
        suite.record("beside-upkeep", case, payhook.name, figures)
        check_stored(suite, f"beside-upkeep, {case}", payhook, load, suite.size.rows)
        shutil.rmtree(payhook.directory)


def ask(payhook):
    payhook.control("status", check=False)
    payhook.control("list")
    time.sleep(1)


def watch(payhook):
    answer_of(payhook.url + "/metrics")
    answer_of(payhook.url + "/v1/transactions?status=FAILED")
    time.sleep(1)


def back_up(payhook):
    payhook.control("backup", "--force", payhook.directory / "backup.sqlite")


def make_old(payhook):
    """So that payhookd empties them."""
    with sqlite3.connect(payhook.database) as database:
        database.execute("UPDATE transactions SET created_at = '2020' || substr(created_at, 5)")


ASKING, WATCHING = "beside status and list", "beside a scrape and a list by HTTP"
BACKUP, RETENTION = "beside a backup", "beside retention"
UPKEEP = {
    UNDISTURBED: lambda _: time.sleep(1),
    ASKING: ask,
    WATCHING: watch,
    BACKUP: back_up,
    RETENTION: lambda _: time.sleep(1),
}


@contextmanager
def repeated(work):
    """Again and again, until the block ends."""
    end = threading.Event()

    def run():
        while not end.is_set():
            work()

    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(run)
        try:
            yield
        finally:
            end.set()
            done.result()


def growth(suite):
    """webhooks into tables of several sizes, processed a second later"""
    for kind, rows in suite.interleaved(list(product(suite.payhooks, suite.size.growth))):
        payhook = kind(suite.filled(kind, rows, "PROCESSED"), CLIENTS, delay_seconds=1)
        webhooks_round(suite, "growth", rows_case(rows), payhook, rows)


def start(suite):
    """from start to ready, with the database in memory and not"""
    directories = {
        kind: suite.filled(kind, suite.size.growth[-1], "PROCESSED") for kind in suite.payhooks
    }
    for kind, case in suite.interleaved(list(product(suite.payhooks, [CACHED, NOT_CACHED]))):
        directory = directories[kind]
        payhook = kind(directory)
        try:
            figures = {}
            for name, start_program in [
                ("responder_start", payhook.start_responder),
                ("daemon_start", payhook.start_daemon),
            ]:
                if case == NOT_CACHED:
                    forget_files(directory)
                figures[name] = start_program()
        finally:
            payhook.stop()
        suite.record("start", case, payhook.name, figures)
    for directory in directories.values():
        shutil.rmtree(directory)


def forget_files(directory):
    """Sees to it that the files have to be read from the disk."""
    os.sync()
    for path in filter(Path.is_file, directory.iterdir()):
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def memory(suite):
    """peak resident memory with many connections"""
    for kind in suite.interleaved(suite.payhooks):
        with kind(suite.new_directory(), MANY_CLIENTS) as payhook:
            measure_load(suite, payhook, "unique", MANY_CLIENTS)
            resident = {n: p.peak_resident_bytes() / 1e6 for n, p in payhook.programs.items()}
        figures = {
            "responder_resident": resident["payhook-fcgi"],
            "daemon_resident": resident["payhookd"],
        }
        suite.record("memory", clients_case(MANY_CLIENTS), payhook.name, figures)
        shutil.rmtree(payhook.directory)


def idle(suite):
    """wake-ups of the programs when nothing happens"""
    for kind in suite.payhooks:
        with kind(suite.new_directory()) as payhook:
            time.sleep(SETTLE_SECONDS)
            before = {name: program.wake_ups() for name, program in payhook.programs.items()}
            time.sleep(suite.size.idle_seconds)
            woken = {
                name: (program.wake_ups() - before[name]) * 60 / suite.size.idle_seconds
                for name, program in payhook.programs.items()
            }
        figures = {"responder_wakes": woken["payhook-fcgi"], "daemon_wakes": woken["payhookd"]}
        suite.record("idle", f"{suite.size.idle_seconds} s", payhook.name, figures)


def flood(suite):
    """webhooks at a steady rate beside a flood of large bodies that are refused"""
    for size in suite.size.floods:
        for kind, name in suite.interleaved(list(product(suite.payhooks, bodies.FLOODS))):
            payhook = kind(suite.new_directory(), CLIENTS, body_bytes=size)
            file = payhook.directory / "body"
            file.write_bytes(bodies.body(name, size))
            settle()
            with payhook, flooded(payhook, file, suite.size.seconds):
                load, figures = measure_load(
                    suite, payhook, "paced", CLIENTS, STEADY_RATE // THREADS
                )
            suite.record("flood", flood_case(size, name), kind.name, figures)
            check_stored(suite, "flood", payhook, load)
            shutil.rmtree(payhook.directory)


@contextmanager
def flooded(payhook, file, seconds):
    """The flood begins before the block, and goes on until after its load of so many seconds."""
    rate = FLOOD_BYTES / file.stat().st_size / THREADS
    with ThreadPoolExecutor(1) as thread:
        sent = thread.submit(wrk, payhook.url, "flood", FLOOD_CLIENTS, seconds + 2, rate, file)
        time.sleep(1)
        yield
        sent.result()


def flood_case(size, name):
    return f"{size >> 10} KiB, {name}"


def body_costs(suite):
    """instructions to read a body that is as costly as can be, for each of its bytes"""
    for size, name in product(suite.size.costed_bodies, bodies.NAMES):
        file = suite.new_directory() / "body"
        text = bodies.body(name, size)
        file.write_bytes(text)
        for reader in READERS:
            figures = {"per_byte": count_reading(file, reader) / len(text)}
            suite.record("body-costs", flood_case(size, name), reader, figures)


def count_reading(file, reader):
    command = [
        *["valgrind", "--tool=callgrind", f"--callgrind-out-file={file}.callgrind"],
        *["--toggle-collect=read_body", BUILD / "bench/read_body", file],
        *(["jsoncpp"] if reader == "jsoncpp" else []),
    ]
    log = subprocess.run(command, stderr=subprocess.PIPE, check=True, text=True).stderr
    return int(re.search(r"Collected : (\d+)", log).group(1))


def instructions(suite):
    """instructions of the responder for a webhook, counted by callgrind"""
    for kind in suite.payhooks:
        _, without_load = count_instructions(kind(suite.new_directory(), CLIENTS), 0)
        requests, with_load = count_instructions(
            kind(suite.new_directory(), CLIENTS), suite.size.callgrind_seconds
        )
        figures = {"instructions": (with_load - without_load) / requests}
        suite.record("instructions", clients_case(CLIENTS), kind.name, figures)


def count_instructions(payhook, seconds):
    """Loads it for so many seconds. Returns the number of requests answered, and that of the
    instructions from the responder's start to its end."""
    requests = 0
    try:
        payhook.create_database()
        payhook.start_responder(
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={payhook.directory}/callgrind"
        )
        payhook.start_nginx()
        if seconds > 0:
            load = wrk(payhook.url, "unique", CLIENTS, seconds)
            requests = load.requests
    finally:
        payhook.stop()
    log = payhook.programs["payhook-fcgi"].log.read_text()
    shutil.rmtree(payhook.directory)
    return requests, int(re.search(r"Collected : (\d+)", log).group(1))


SCENARIOS = {
    scenario.__name__.replace("_", "-"): scenario
    for scenario in [
        intake,
        sources,
        duplicates,
        bad_requests,
        hot_read,
        random_reads,
        mixed,
        backlog,
        drain,
        lag,
        handlers,
        asked,
        beside_upkeep,
        growth,
        start,
        memory,
        idle,
        flood,
        body_costs,
        instructions,
    ]
}
