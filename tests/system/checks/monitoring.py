"""What docs/monitoring.md tells administrators to set up, beside the scrapes."""

import pathlib
import re

from support import system
from support.report import check, expect

DOCUMENT = pathlib.Path("/usr/share/doc/payhook/monitoring.md")
RIGHTS = pathlib.Path("/etc/sudoers.d/payhook-nagios")


@check("Nagios' user may ask for the status as docs/monitoring.md has it, and nothing else")
def nagios_asks():
    text = DOCUMENT.read_text(encoding="utf-8")
    rights = re.search(rf"^# {RIGHTS}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[1]
    command = re.search(r"command_line +(.*)", text)[1]
    system.run("useradd", "--system", "nagios")
    RIGHTS.write_text(rights, encoding="utf-8")
    RIGHTS.chmod(0o440)
    system.run("visudo", "--check")
    asked = _as_nagios(*command.split())
    # 3 is that it cannot tell.
    expect(asked.returncode in (0, 1, 2), f"status {asked.returncode}: {asked.output}")
    told = re.search(r"^PAYHOOK \w+ - .*(?= \| processing=)", asked.output, re.MULTILINE)
    expect(told, asked.output)
    for other in ("status", "pause --why no"):
        refused = _as_nagios("sudo", "-n", "-u", "_payhook", "/usr/sbin/payhookctl", *other.split())
        expect(refused.returncode != 0, f"it may {other}: {refused.output}")
    return told[0]


def _as_nagios(*command: str):
    return system.attempt("runuser", "-u", "nagios", "--", *command)


def run():
    return nagios_asks()
