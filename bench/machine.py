"""The machine and the versions of what runs on it."""

import os
import platform
import subprocess

from contenders import CHECKOUT

PACKAGES = [
    "nginx",
    "libfcgi0ldbl",
    "libsqlite3-0",
    "wrk",
    "golang-go",
    "php8.2-fpm",
    "gunicorn",
    "python3-flask",
    "webhook",
]


def describe(directory):
    """(what, value) for a table."""
    return [
        ("CPU", f"{_cpu_model()}, {os.cpu_count()} cores"),
        ("memory", f"{_memory_gigabytes():.0f} GB"),
        ("kernel", f"{platform.system()} {platform.release().partition('-')[0]}"),
        ("file system", filesystem(directory)),
        ("distribution", platform.freedesktop_os_release()["PRETTY_NAME"]),
        ("payhook", _payhook_version()),
        *((package, _package_version(package)) for package in PACKAGES),
    ]


def filesystem(directory):
    """Its type, such as ext4."""
    return _output(["findmnt", "--noheadings", "--output", "FSTYPE", "--target", directory])


def _cpu_model():
    with open("/proc/cpuinfo") as file:
        return next(
            line.partition(":")[2].strip() for line in file if line.startswith("model name")
        )


def _memory_gigabytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _payhook_version():
    return _output([CHECKOUT / "build/release/fcgi/payhook-fcgi", "--version"])


def _package_version(package):
    return _output(["dpkg-query", "-W", "-f", "${Version}", package])


def _output(command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
