"""Logs: one line an event, without secrets and without what could drive a terminal."""

import json
import subprocess
import sys

SCRIPT = r"""
import logging, structlog
from dianmai.core import telemetry
telemetry.configure("info")
log = structlog.get_logger()
log.info("named", name="张三\n\x1b]0;pwned\x07\u202e")
log.info("secrets", token="dm_abcdefghijklmnopqrstuvwxyz", note="Bearer dm_abcdefghijklmnopqrstuvwxyz",
         address="postgresql://dianmai:hunter2@db/x", password="hunter2", cookie="a=hunter2", code="not_found")
log.debug("unseen")
try:
    raise ValueError("a bug with dm_abcdefghijklmnopqrstuvwxyz\n\x1b[31m")
except ValueError:
    log.exception("failed")
logging.getLogger("asyncpg").error("from a library\nwith dm_abcdefghijklmnopqrstuvwxyz")
"""


def test_every_event_is_one_line_of_json_without_secrets() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True, text=True)
    lines = done.stderr.splitlines()
    events = [json.loads(line) for line in lines]
    assert [e["event"].split("\n")[0] for e in events] == ["named", "secrets", "failed", "from a library"]
    assert "hunter2" not in done.stderr and "dm_abc" not in done.stderr
    assert "\x1b" not in done.stderr and "\u202e" not in done.stderr
    assert events[1]["code"] == "not_found"
    assert "Traceback" in events[2]["exception"]
    assert events[0]["level"] == "info" and events[0]["timestamp"].endswith("Z")
