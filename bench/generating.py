"""Builds and runs the load generator (`bench/load`), which speaks the public protocol from a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

LOAD = Path(__file__).parent / "load"
PROGRAM = LOAD / "loadgen"
LONGEST_S = 240


class GeneratorFailed(Exception):
    """The generator saw something wrong: a lost, doubled or disordered delivery, a refusal, a closed connection."""


def build() -> None:
    """Compiles the generator unless it is newer than its sources."""
    sources = sorted(LOAD.glob("*.[ch]"))
    if PROGRAM.exists() and PROGRAM.stat().st_mtime > max(s.stat().st_mtime for s in sources):
        return
    # Whoever builds it at the same time must not run half of it.
    unfinished = PROGRAM.with_name(f"{PROGRAM.name}.{os.getpid()}")
    command = ["gcc", "-O2", "-Wall", "-Wextra", "-o", str(unfinished), *(str(s) for s in sources if s.suffix == ".c")]
    subprocess.run(command, check=True)
    unfinished.replace(PROGRAM)


def run(
    mode: str,
    port: int,
    tokens: Sequence[str],
    wishes: Mapping[str, object],
    on_event: Callable[[str, int], None] = lambda event, pid: None,
    lines: Sequence[str] = (),
) -> dict[str, Any]:
    """Runs one load and returns its result. `on_event` hears of each step, with the generator's process id.

    `lines` go with the tokens: one for each client, or for each pair of them.
    """
    with tempfile.TemporaryDirectory(prefix="dianmai-load-") as place:
        token_file = Path(place) / "tokens"
        token_file.touch(mode=0o600)
        token_file.write_text("".join(f"{token}\n" for token in tokens))
        if lines:
            line_file = Path(place) / "lines"
            line_file.write_text("".join(f"{line}\n" for line in lines))
            wishes = {**wishes, "lines": line_file}
        if "body" in wishes:
            body_file = Path(place) / "body.json"
            body_file.write_text(json.dumps(wishes["body"], ensure_ascii=False) + "\n")
            wishes = {**wishes, "body": body_file}
        words = [f"{key}={value}" for key, value in wishes.items()]
        command = [str(PROGRAM), mode, f"port={port}", f"tokens={token_file}", *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            return _listen(process, on_event)
        finally:
            process.kill()
            process.wait()


def _listen(process: "subprocess.Popen[str]", on_event: Callable[[str, int], None]) -> dict[str, Any]:
    assert process.stdout is not None
    assert process.stderr is not None
    result: dict[str, Any] = {}
    for line in process.stdout:
        said = json.loads(line)
        if said["event"] == "result":
            result = said
        on_event(said["event"], process.pid)
    status = process.wait(LONGEST_S)
    complaint = process.stderr.read().strip()
    if status != 0:
        raise GeneratorFailed(f"{complaint or 'it ended'} (status {status}): {result}")
    if complaint:
        print(complaint, file=sys.stderr)
    return result
