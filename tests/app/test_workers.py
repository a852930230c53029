"""`dianmai serve --workers 2`: one address, whoever of the workers is killed; nobody left when the parent is gone."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from bench.serving import Server, place
from dianmai.app.workers import Assignment
from dianmai.settings import Settings

PATIENCE_S = 30.0


@pytest.fixture
def server() -> Iterator[Server]:
    with place() as directory:
        server = Server(directory / "data", environment={"DIANMAI_WORKERS": "2"})
        server.start()
        try:
            server.wait_ready()
            yield server
        finally:
            server.stop()


def below(server: Server, *words: str) -> dict[int, psutil.Process]:
    """The processes below the parent with these words on their command line."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.Process(server.pid).children():
        try:
            line = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if all(word in line for word in words):
            found[process.pid] = process
    return found


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)  # what is waited for is announced by nobody


def answers(server: Server) -> bool:
    with urlopen(f"http://127.0.0.1:{server.port}/health/ready", timeout=10) as answer:
        return answer.status == 200


@pytest.mark.fault
def test_a_killed_worker_is_replaced_while_the_other_answers(server: Server) -> None:
    workers = below(server, "dianmai.app.working")
    assert len(workers) == 2
    killed = next(iter(workers))
    os.kill(killed, signal.SIGKILL)
    assert all(answers(server) for _ in range(20))
    until(lambda: len(now := below(server, "dianmai.app.working")) == 2 and killed not in now)
    assert all(answers(server) for _ in range(20))


def test_whoever_is_asked_for_numbers_tells_those_of_all(server: Server) -> None:
    workers = below(server, "dianmai.app.working")

    def asked() -> set[str]:
        with urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
            return set(re.findall(r'^dianmai_connections\{process="(\d+)"\}', answer.read().decode(), re.MULTILINE))

    until(lambda: asked() == {str(pid) for pid in workers})


@pytest.mark.fault
def test_nobody_outlives_a_killed_parent_and_no_command_line_shows_a_secret(server: Server) -> None:
    children = psutil.Process(server.pid).children(recursive=True)
    lines = [" ".join(child.cmdline()) for child in children]
    assert sum("dianmai.app.working" in line for line in lines) == 2
    assert sum("nats-server" in line for line in lines) == 1
    assert not any("://" in line for line in lines)
    server.kill()
    _, left = psutil.wait_procs(children, timeout=PATIENCE_S)
    assert left == []


def test_an_assignment_comes_through_as_it_was_given(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, tls_cert=tmp_path / "a.pem", origins=("https://a.example",), workers=2)
    given = Assignment(1, settings, "postgresql://a:b@c/d", "nats://a:b@c:1", 3, 4)
    assert Assignment.decoded(given.encoded()) == given
