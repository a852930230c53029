"""What was uploaded and never sent: how much of it there may be, and that it goes after a day."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from dianmai import files
from dianmai.core.jobs import Jobs
from tests.edge.conftest import Edge, Person
from tests.edge.conftest import edge as edge
from tests.edge.conftest import settings as settings
from tests.files.test_files import get, hold, upload

MIB = 1024 * 1024


@pytest.fixture
async def ann(edge: Edge) -> AsyncIterator[Person]:
    await edge.app.jobs.stop()  # the server's own timers would tidy while these tests look
    [ann] = await edge.people(1)
    await edge.stream("chat:1", [ann])
    yield ann


def bytes_kept(edge: Edge) -> set[str]:
    stored: Path = edge.app.settings.data_dir / "files" / "stored"
    return {f.name for f in stored.rglob("*") if f.is_file()}


async def hours_pass(edge: Edge, hours: int, *ids: str) -> None:
    await edge.app.engine.database.pool.execute(
        "UPDATE file SET uploaded_at = uploaded_at - $1::interval WHERE id = ANY($2::text[])",
        timedelta(hours=hours),
        list(ids),
    )


async def tidied(edge: Edge) -> None:
    storage = files.Storage(edge.app.settings.data_dir / "files")
    timers = Jobs(edge.app.engine, files.jobs(storage), ahead=timedelta(minutes=59))
    await edge.app.engine.database.pool.execute("UPDATE job SET due = now() WHERE kind = 'files.tidy'")
    while await timers.step():
        pass


async def test_after_a_day_it_is_gone_with_its_bytes(edge: Edge, ann: Person) -> None:
    sent, old, fresh = [(await upload(edge, ann, f"{n}.txt", b"abc")).json["file"]["id"] for n in range(3)]
    await hold(edge, sent, "chat:1")
    await hours_pass(edge, 25, sent, old)
    await tidied(edge)
    assert [(await get(edge, ann, f)).status for f in (sent, old, fresh)] == [200, 404, 200]
    assert bytes_kept(edge) == {sent, fresh}
    assert await edge.app.engine.database.pool.fetchval("SELECT count(*) FROM file") == 2
    due = await edge.app.engine.database.pool.fetchval("SELECT due - now() FROM job WHERE kind = 'files.tidy'")
    assert timedelta(minutes=59) < due <= timedelta(hours=1)


async def test_bytes_that_are_already_gone_hold_nothing_up(edge: Edge, ann: Person) -> None:
    ids = [(await upload(edge, ann, f"{n}.txt", b"abc")).json["file"]["id"] for n in range(2)]
    await hours_pass(edge, 25, *ids)
    for place in (edge.app.settings.data_dir / "files" / "stored").rglob(ids[0]):
        place.unlink()
    await tidied(edge)
    assert bytes_kept(edge) == set()
    assert await edge.app.engine.database.pool.fetchval("SELECT count(*) FROM file") == 0


async def test_nothing_is_taken_up_that_is_about_to_be_removed(edge: Edge, ann: Person) -> None:
    file = (await upload(edge, ann, "x.txt", b"abc")).json["file"]["id"]
    await hours_pass(edge, 22, file)
    assert (await get(edge, ann, file)).status == 200
    await hours_pass(edge, 2, file)
    assert (await get(edge, ann, file)).status == 404


async def test_unsent_uploads_have_a_quota(edge: Edge, ann: Person) -> None:
    async with edge.app.engine.database.reading() as db:
        await db.execute(
            "INSERT INTO file SELECT 'f' || n, $1, 'x', 'file', 'text/plain', $2, NULL, NULL, '' "
            "FROM generate_series(1, 4) n",
            ann.id,
            1024 * MIB,
        )
    answer = await upload(edge, ann, "x.txt", b"abc")
    assert (answer.status, answer.code) == (413, "quota_exceeded")
    await hold(edge, "f1", "chat:1")
    assert (await upload(edge, ann, "x.txt", b"abc")).status == 200


async def test_what_is_arriving_counts_for_the_quota(edge: Edge, ann: Person, tmp_path: Path) -> None:
    storage = files.Storage(tmp_path)
    with storage.expecting(ann.id, 3), storage.expecting(ann.id, 4) as both, storage.expecting(ann.id + 1, 5) as other:
        assert (both, other) == (7, 5)
    with storage.expecting(ann.id, 1) as later:
        assert later == 1
