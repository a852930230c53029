"""The doctor: what is well is said to be, what is not comes with what to do."""

import asyncio
import http.server
import os
import resource
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from dianmai.doctor import Finding, examine, machine, report
from dianmai.engines import EmbeddedNats, EmbeddedPostgres
from dianmai.settings import Settings


def found(settings: Settings) -> dict[str, Finding]:
    """The findings by name."""
    return {finding.name: finding for finding in asyncio.run(examine(settings))}


@pytest.fixture
def answering() -> Iterator[http.server.HTTPServer]:
    """A web server that says whatever its `words` are."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(getattr(self.server, "words", b""))

        def log_message(self, format: str, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_machine_before_its_first_start(tmp_path: Path) -> None:
    place = Path("/var/lib/dianmai-tests/none") if os.geteuid() == 0 else tmp_path / "none"
    findings = found(Settings(data_dir=place, port=0))
    assert {name for name, finding in findings.items() if finding.level == "bad"} == set()
    assert "first start" in findings["database"].meaning
    assert not place.exists()


def test_a_running_and_a_stopped_database_are_looked_at(tmp_path: Path) -> None:
    place = Path(f"/var/lib/dianmai-tests/doctor-{os.getpid()}") if os.geteuid() == 0 else tmp_path / "data"
    settings = Settings(data_dir=place, port=0)

    async def while_it_runs() -> list[Finding]:
        postgres = EmbeddedPostgres(place)
        await postgres.start(lambda _: None)
        findings = await examine(settings)
        await postgres.stop()
        return findings

    try:
        for findings in (asyncio.run(while_it_runs()), asyncio.run(examine(settings))):
            levels = {finding.name: finding.level for finding in findings}
            assert (levels["database"], levels["database safety"], levels["clock"]) == ("ok", "ok", "ok")
    finally:
        shutil.rmtree(place)


def test_a_database_that_cannot_be_reached(tmp_path: Path) -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        port = nobody_listens.getsockname()[1]
        finding = found(Settings(data_dir=tmp_path, port=0, database_url=f"postgresql://a@127.0.0.1:{port}/a"))[
            "database"
        ]
    assert finding.level == "bad"
    assert "DATABASE_URL" in finding.action


def test_timers_that_were_given_up_are_named(tmp_path: Path, dsn: str) -> None:
    settings = Settings(data_dir=tmp_path, port=0, database_url=dsn)
    assert found(settings)["timers"].level == "ok"

    async def give_up() -> None:
        connection = await asyncpg.connect(dsn)
        given_up = (
            "INSERT INTO job (kind, key, due, attempts, trouble) VALUES ('notice.deadline', '9', now(), 20, 'x y')"
        )
        await connection.execute(given_up)
        await connection.close()

    asyncio.run(give_up())
    finding = found(settings)["timers"]
    assert finding.level == "bad"
    assert "notice.deadline 9 (x y)" in finding.meaning and "restart" in finding.action


def test_more_workers_than_the_database_has_room_for(tmp_path: Path, dsn: str) -> None:
    few = found(Settings(data_dir=tmp_path, database_url=dsn, workers=2))["database connections"]
    assert (few.level, "24 of 60" in few.meaning) == ("ok", True)
    many = found(Settings(data_dir=tmp_path, database_url=dsn, workers=5))["database connections"]
    assert many.level == "warn"
    assert "5 workers want up to 60 connections, the database allows 60" in many.meaning
    assert many.action


def test_a_bus_that_answers_and_one_that_does_not(tmp_path: Path) -> None:
    async def both() -> list[Finding]:
        nats = EmbeddedNats(tmp_path)
        url = await nats.start(lambda _: None)
        answers = [f for f in await examine(Settings(data_dir=tmp_path, nats_url=url)) if f.name == "bus"]
        await nats.stop()
        return answers + [f for f in await examine(Settings(data_dir=tmp_path, nats_url=url)) if f.name == "bus"]

    assert [finding.level for finding in asyncio.run(both())] == ["ok", "warn"]


def test_the_port_of_others_and_our_own(tmp_path: Path, answering: http.server.HTTPServer) -> None:
    settings = Settings(data_dir=tmp_path, port=answering.server_address[1], database_url="postgresql://127.0.0.1:1/a")
    assert found(settings)["port"].level == "bad"
    answering.words = b"<title>Dianmai</title>"
    assert found(settings)["port"].level == "ok"


def test_little_room_few_files_and_a_slow_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100 * 1024 * 1024))
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 1024))
    monkeypatch.setattr(machine, "_timed_sync", lambda _: 12.0)
    findings = found(Settings(data_dir=tmp_path, port=0, database_url="postgresql://127.0.0.1:1/a"))
    assert (findings["free disk"].level, findings["open files"].level) == ("bad", "warn")
    assert (findings["disk speed"].level, "12.0 ms" in findings["disk speed"].meaning) == ("warn", True)


def test_the_report_ends_with_what_is_grave() -> None:
    text = report(
        [Finding("a", "bad", "is broken", "Mend it."), Finding("b", "ok", "is well"), Finding("c", "warn", "x")]
    )
    assert text == "ok    b: is well\nWARN  c: x\nBAD   a: is broken\n      -> Mend it.\n"
