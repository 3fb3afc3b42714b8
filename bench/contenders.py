"""What is compared: payhook, what people run instead, and responders that do nothing.

Each is an object that owns a directory with its data. Its programs run while it is used as a
context manager, behind an nginx that is the same for all.
"""

import os
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

from processes import Program, accepts, free_port

CHECKOUT = Path(__file__).resolve().parent.parent
BUILD = CHECKOUT / "build" / "release"
FILES = CHECKOUT / "bench" / "contenders"
AS_ROOT = os.geteuid() == 0
SECRET = "secret-of-the-benchmark"  # bench/lua/signed.lua has it too
SIGNING_SECRET = "whsec_c2VjcmV0LW9mLXRoZS1iZW5jaG1hcms="  # of http handlers


class Contender:
    name: str
    what: str  # for the legend
    stores = True

    def __init__(self, directory, clients=64, body_bytes=65536):
        self.directory = directory
        self.clients = clients
        self.body_bytes = body_bytes  # that a webhook may have
        self.database = directory / "db.sqlite"
        self.socket = directory / "fcgi.sock"
        self.programs = {}
        self.nginx = None
        self.port = free_port()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self.start()
        self.start_nginx()
        return self

    def __exit__(self, *exception):
        self.stop()

    def stop(self):
        if self.nginx:
            self.nginx.stop()
        for program in self.programs.values():
            program.stop()

    def start(self):
        """Starts the programs, and waits until they can serve."""
        raise NotImplementedError

    def start_program(self, name, command, ready, **popen_arguments):
        """Returns how many seconds it took until ready(program) was true."""
        self.programs[name] = Program(command, self.directory / f"{name}.log", **popen_arguments)
        return self.programs[name].wait_until(lambda: ready(self.programs[name]))

    # nginx

    def upstream(self):
        return f"unix:{self.socket}"

    def server(self):
        buffer = self.body_bytes * 9 // 8
        limits = f"client_max_body_size {self.body_bytes}; client_body_buffer_size {buffer};"
        return f"{limits} include {CHECKOUT}/nginx/payhook-server.conf;"

    def start_nginx(self):
        home = self.directory / "nginx"
        self.nginx = nginx(home, self.port, self.server(), self.upstream())

    # What it costs, and what it kept

    def cpu_seconds(self):
        return sum(program.cpu_seconds() for program in self.programs.values())

    def nginx_cpu_seconds(self):
        return self.nginx.cpu_seconds()

    def resident_bytes(self):
        return sum(program.resident_bytes() for program in self.programs.values())

    def stored(self):
        """How many webhooks are in its table."""
        if not self.database.exists():
            return 0
        return query(self.database, "SELECT count(*) FROM transactions")[0][0]


class Textbook(Contender):
    name = "textbook"
    what = "libfcgi's textbook loop, a thread for each connection; stores nothing"
    stores = False

    def start(self):
        # Each of nginx's workers keeps connections of its own, and each holds a thread. Where a
        # client comes back (nginx has it reconnect after 1000 requests) to another worker and no
        # thread is left, it waits in vain.
        threads = self.clients * os.cpu_count()
        command = [BUILD / "bench/textbook_responder", self.socket, threads]
        self.start_program("textbook", command, lambda _: accepts(self.socket))


class Events(Contender):
    name = "events"
    what = "libfcgi in two event loops; stores nothing"
    stores = False

    def start(self):
        command = [BUILD / "bench/event_responder", self.socket]
        self.start_program("events", command, lambda _: accepts(self.socket))


@dataclass(frozen=True)
class Handler:
    """What is done with a transaction that is due."""

    name: str
    toml: str = ""  # of [handler]; "@url@" is the receiver
    at_once: int = 1

    def __str__(self):
        return f"{self.name}, {self.at_once} at once" if self.toml else self.name


NO_HANDLER = Handler("none")


class Payhook(Contender):
    name = "payhook"
    what = "responder and processor, as scripts/run starts them"
    build = BUILD

    def __init__(
        self,
        directory,
        clients=64,
        delay_seconds=30,
        source="",
        handler=NO_HANDLER,
        **contender_arguments,
    ):
        """`source` is a [[source]] in TOML; its secret is SECRET, in a file."""
        super().__init__(directory, clients, **contender_arguments)
        self.receiver = Receiver(directory / "receiver") if "@url@" in handler.toml else None
        self.configuration = directory / "payhook.toml"
        self.configuration.write_text(
            f'database = "{self.database}"\n'
            f'[responder]\nlisten = "{self.socket}"\nmax_body_bytes = {self.body_bytes}\n'
            f"[processor]\ndelay_seconds = {delay_seconds}\n"
            f"{self._handler_toml(handler)}{source}"
        )
        for name, text in [("secret", SECRET), ("signing-secret", SIGNING_SECRET)]:
            secret = directory / name
            secret.write_text(text)
            secret.chmod(0o600)

    def _handler_toml(self, handler):
        if not handler.toml:
            return ""
        toml = handler.toml.replace("@url@", self.receiver.url) if self.receiver else handler.toml
        at_once = handler.at_once
        return f"handlers_at_once = {at_once}\n[handler]\nat_once = {at_once}\n{toml}"

    def nginx_cpu_seconds(self):
        receiver = self.receiver.cpu_seconds() if self.receiver else 0
        return super().nginx_cpu_seconds() + receiver

    def start(self):
        self.create_database()
        self.start_responder()
        self.start_daemon()

    def create_database(self):
        """Where there is none yet."""
        self.control("create")

    def control(self, *command, check=True):
        """Runs a command of payhookctl's, and waits for its end."""
        payhookctl = [self.build / "ctl/payhookctl", "--config", self.configuration]
        subprocess.run([*payhookctl, *command], check=check, stdout=subprocess.DEVNULL)

    def start_responder(self, *under):
        """`under` another program that runs it, for example valgrind."""
        return self._start("fcgi/payhook-fcgi", *under)

    def start_daemon(self):
        if self.receiver:
            self.receiver.start()
        return self._start("daemon/payhookd")

    def stop(self):
        super().stop()
        if self.receiver:
            self.receiver.stop()

    def _start(self, path, *under):
        command = [*under, self.build / path, "--config", self.configuration]
        return self.start_program(Path(path).name, command, lambda p: p.says("ready, database"))


class Receiver:
    """What http handlers post to: an nginx that answers and does nothing else."""

    def __init__(self, directory):
        self._directory = directory
        self._port = free_port()
        self._nginx = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    def start(self):
        server = f"include {FILES}/receiver.conf;"
        self._nginx = nginx(self._directory, self._port, server)

    def stop(self):
        if self._nginx:
            self._nginx.stop()

    def cpu_seconds(self):
        return self._nginx.cpu_seconds()


def payhook_before(build):
    """payhook as another build has it, to see what a change has brought or cost."""
    return type("PayhookBefore", (Payhook,), {"name": "before", "build": build})


class HttpContender(Contender):
    """One that serves HTTP itself, on a port behind nginx."""

    def __init__(self, directory, clients=64):
        super().__init__(directory, clients)
        self.backend_port = free_port()

    def upstream(self):
        return f"127.0.0.1:{self.backend_port}"

    def server(self):
        return f"include {FILES}/http-server.conf;"

    def serves(self, _):
        return accepts(("127.0.0.1", self.backend_port))


class Flask(HttpContender):
    name = "Flask"
    what = (
        "the app that payhook replaces: Flask-SQLAlchemy, gunicorn, a sleeping thread per webhook"
    )

    def start(self):
        command = [
            *["/usr/bin/gunicorn", "--chdir", FILES / "flask", "--preload"],
            *["--bind", f"127.0.0.1:{self.backend_port}", "--backlog", 4096],
            *["--workers", 2 * os.cpu_count() + 1, "app:app"],  # as gunicorn's manual advises
        ]
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": f"sqlite:///{self.database}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.start_program("gunicorn", command, self.serves, env=environment)


class Php(Contender):
    name = "PHP-FPM"
    what = "PDO with SQLite (WAL, FULL) on a persistent connection, 16 children"

    def start(self):
        create_table(self.database)
        configuration = fill_in(
            FILES / "php/php-fpm.conf.in",
            self.directory / "php-fpm.conf",
            user="user = root" if AS_ROOT else "",
            socket=self.socket,
            database=self.database,
        )
        command = ["php-fpm8.2", "-R", "--nodaemonize", "--fpm-config", configuration]
        self.start_program("php-fpm", command, lambda _: accepts(self.socket))

    def server(self):
        return f"set $script {FILES}/php/index.php; include {FILES}/php/server.conf;"


class Go(HttpContender):
    name = "Go"
    what = "net/http and mattn/go-sqlite3 (WAL, FULL), one connection"

    def start(self):
        create_table(self.database)
        command = [BUILD / "bench/go_webhooks", self.upstream(), self.database]
        self.start_program("go", command, self.serves)


class Webhook(HttpContender):
    name = "webhook"
    what = "adnanh/webhook running sqlite3 (WAL, FULL) for each request"

    def start(self):
        create_table(self.database)
        hooks = fill_in(
            FILES / "webhook/hooks.json.in",
            self.directory / "hooks.json",
            command=FILES / "webhook/store",
        )
        command = [
            *["webhook", "-hooks", hooks, "-ip", "127.0.0.1", "-port", self.backend_port],
            *["-urlprefix", "v1/webhooks"],
        ]
        environment = {"PATH": os.environ["PATH"], "DATABASE": str(self.database)}
        self.start_program("webhook", command, self.serves, env=environment)


DO_NOTHING = [Textbook, Events]
OTHERS = [Go, Php, Flask, Webhook]
CONTENDERS = [Payhook, *DO_NOTHING, *OTHERS]


def nginx(home, port, server, upstream="127.0.0.1"):
    """Starts one, in a new directory."""
    home.mkdir()
    configuration = fill_in(
        FILES / "nginx.conf.in",
        home / "nginx.conf",
        # As root the workers stay root: the sockets are open to their owner only.
        user="user root;" if AS_ROOT else "",
        directory=home,
        upstream=upstream,
        port=port,
        server=server,
    )
    command = ["nginx", "-e", "stderr", "-p", home, "-c", configuration]
    program = Program(command, home.with_suffix(".log"))
    program.wait_until(lambda: accepts(("127.0.0.1", port)))
    return program


def fill_in(template, target, **values):
    """Writes the template with each @name@ replaced by its value."""
    text = template.read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    target.write_text(text)
    return target


def query(database, statement, *values):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def create_table(database):
    connection = sqlite3.connect(database)
    connection.executescript((FILES / "schema.sql").read_text())
    connection.close()
