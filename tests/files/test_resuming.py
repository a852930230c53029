"""Files that come in parts: what is acknowledged stays, what is wrong is refused, what is given up goes."""

import asyncio
import hashlib
import os
import shutil
from types import SimpleNamespace
from typing import Any

import pytest

from dianmai.files import parts
from tests.edge.conftest import Edge, Person, serving
from tests.edge.conftest import edge as edge
from tests.edge.conftest import settings as settings
from tests.files.parts import KIB, MIB, begin, finish, gathering, give_up, how_far, put, send
from tests.files.parts import people as people
from tests.files.test_files import get, hold, picture
from tests.files.test_tidying import bytes_kept, tidied


async def test_a_file_comes_in_parts_and_is_whole(edge: Edge, people: list[Person]) -> None:
    ann, bob = people
    content = os.urandom(700 * KIB)
    begun = (await begin(edge, ann, len(content), sha256=hashlib.sha256(content).hexdigest())).json
    assert (begun["got"], begun["size"]) == (0, len(content))
    for at in range(0, len(content), 256 * KIB):
        part = content[at : at + 256 * KIB]
        assert (await put(edge, ann, begun["id"], at, part)).json["got"] == at + len(part)
    ref = (await finish(edge, ann, begun["id"])).json["file"]
    assert (ref["name"], ref["kind"], ref["size"]) == ("盘点.csv", "file", len(content))
    assert (await get(edge, ann, ref["id"])).body == content
    assert (await get(edge, bob, ref["id"])).status == 404
    await edge.stream("chat:1", [ann, bob])
    await hold(edge, ref["id"], "chat:1")
    assert (await get(edge, bob, ref["id"])).body == content
    assert gathering(edge) == set()
    assert (await finish(edge, ann, begun["id"])).json["file"] == ref  # the answer was lost, and asked for again


async def test_an_upload_is_nobody_else_s(edge: Edge, people: list[Person]) -> None:
    ann, bob = people
    upload = (await begin(edge, ann, 6)).json["id"]
    for answer in (
        await put(edge, bob, upload, 0, b"abc"),
        await how_far(edge, bob, upload),
        await finish(edge, bob, upload),
        await give_up(edge, bob, upload),
        await how_far(edge, ann, "A" * 24),
    ):
        assert (answer.status, answer.code) == (404, "not_found")
    assert (await edge.http("GET", f"/uploads/{upload}")).status == 401
    assert (await how_far(edge, ann, upload)).json["got"] == 0


async def test_parts_twice_out_of_order_and_missing(edge: Edge, people: list[Person]) -> None:
    ann, _ = people
    upload = (await begin(edge, ann, 9)).json["id"]
    assert (await put(edge, ann, upload, 0, b"abc")).json["got"] == 3
    assert (await put(edge, ann, upload, 0, b"abc")).json["got"] == 3
    ahead = await put(edge, ann, upload, 6, b"ghi")
    assert (ahead.status, ahead.code, ahead.json["error"]["limit"]) == (409, "wrong_offset", 3)
    across = await put(edge, ann, upload, 2, b"cdef")
    assert (across.status, across.code) == (409, "wrong_offset")
    missing = await finish(edge, ann, upload)
    assert (missing.status, missing.code, missing.json["error"]["limit"]) == (422, "size_mismatch", 3)
    beyond = await put(edge, ann, upload, 3, b"defghij")
    assert (beyond.status, beyond.code) == (422, "size_mismatch")
    assert (await put(edge, ann, upload, 3, b"defghi")).json["got"] == 9
    file = (await finish(edge, ann, upload)).json["file"]["id"]
    assert (await put(edge, ann, upload, 0, b"abc")).json["got"] == 9  # finished already
    assert (await get(edge, ann, file)).body == b"abcdefghi"


async def test_what_cannot_be_begun(edge: Edge, people: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob = people
    foreign = (await send(edge, bob, picture(), "海报.png")).json["file"]["id"]
    table: list[tuple[tuple[int, str], dict[str, Any], int, str]] = [
        ((0, "x.bin"), {}, 422, "empty_file"),
        ((2 * 1024 * MIB + 1, "x.bin"), {}, 413, "body_too_large"),
        ((3, "a\0.png"), {}, 400, "control_character"),
        ((3, "x.mp4"), {"kind": "film"}, 422, "invalid_value"),
        ((3, "x.mp4"), {"poster": foreign}, 404, "file_gone"),
        ((3, "x.mp4"), {"sha256": "zz"}, 422, "text_too_short"),
        ((3, "x.mp4"), {"uploader": 1}, 422, "unknown_field"),
    ]
    for (size, name), more, status, code in table:
        answer = await begin(edge, ann, size, name, **more)
        assert (name, more, answer.status, answer.code) == (name, more, status, code)
    assert gathering(edge) == set()
    almost_full = SimpleNamespace(free=100 * MIB)

    def disk_usage(_: object) -> SimpleNamespace:
        return almost_full

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    assert (await begin(edge, ann, 30 * MIB)).status == 200
    full = await begin(edge, ann, 30 * MIB)  # what others have been promised is not free any more
    assert (full.status, full.code) == (507, "storage_full")


async def test_begun_again_under_the_same_nonce_it_is_the_same_upload(edge: Edge, people: list[Person]) -> None:
    ann, bob = people
    first = (await begin(edge, ann, 6, nonce="the-same-one")).json
    await put(edge, ann, first["id"], 0, b"abc")
    assert (await begin(edge, ann, 6, nonce="the-same-one")).json == {**first, "got": 3}
    other = await begin(edge, ann, 7, nonce="the-same-one")
    assert (other.status, other.code) == (409, "idempotency_conflict")
    assert (await begin(edge, bob, 6, nonce="the-same-one")).json["id"] != first["id"]


async def test_a_hundred_at_once_and_more_than_there_is_room_for(edge: Edge, people: list[Person]) -> None:
    ann, bob = people
    answers = await asyncio.gather(*(begin(edge, ann, 3) for _ in range(100)))
    assert sorted(a.status for a in answers) == [200] * 20 + [429] * 80
    assert {a.code for a in answers if a.status == 429} == {"too_many_unfinished"}
    sizes = [2 * 1024 * MIB, 2 * 1024 * MIB - 1, 2]
    said = [await begin(edge, bob, size) for size in sizes]
    assert [a.status for a in said] == [200, 200, 413]
    assert said[-1].code == "quota_exceeded"
    await give_up(edge, bob, said[0].json["id"])
    assert (await begin(edge, bob, 2)).status == 200


async def test_the_same_part_from_two_tabs_at_once(edge: Edge, people: list[Person]) -> None:
    ann, _ = people
    content = os.urandom(3 * MIB)
    upload = (await begin(edge, ann, len(content))).json["id"]
    for at in range(0, len(content), MIB):
        part = content[at : at + MIB]
        answers = await asyncio.gather(*(put(edge, ann, upload, at, part) for _ in range(4)))
        assert {a.status for a in answers} <= {200, 503}
        assert all(a.code == "upload_busy" for a in answers if a.status == 503)
        assert (await how_far(edge, ann, upload)).json["got"] == at + len(part)
    finished = await asyncio.gather(*(finish(edge, ann, upload) for _ in range(4)))
    assert {a.status for a in finished} <= {200, 503}
    file = (await finish(edge, ann, upload)).json["file"]["id"]
    assert (await get(edge, ann, file)).body == content


async def test_it_goes_on_after_the_server_was_started_anew(edge: Edge, people: list[Person]) -> None:
    ann, _ = people
    upload = (await begin(edge, ann, 6)).json["id"]
    await put(edge, ann, upload, 0, b"abc")
    async with serving(edge.app.settings, edge.dsn) as again:
        assert (await how_far(again, ann, upload)).json["got"] == 3
        await put(again, ann, upload, 3, b"def")
        file = (await finish(again, ann, upload)).json["file"]["id"]
    assert (await get(edge, ann, file)).body == b"abcdef"


async def test_bytes_that_were_lost_with_a_disk_are_never_made_up(edge: Edge, people: list[Person]) -> None:
    ann, _ = people
    folder = edge.app.settings.data_dir / "files" / "gathering"
    for loss in ("short", "gone"):
        upload = (await begin(edge, ann, 6)).json["id"]
        await put(edge, ann, upload, 0, b"abcd")
        (folder / upload).write_bytes(b"ab")
        if loss == "gone":
            (folder / upload).unlink()
        assert (await put(edge, ann, upload, 4, b"ef")).code == "not_found"
        assert (await how_far(edge, ann, upload)).status == 404


async def test_what_is_given_up_or_forgotten_goes(edge: Edge, people: list[Person]) -> None:
    ann, _ = people
    ended, old, fresh = [(await begin(edge, ann, 6)).json["id"] for _ in range(3)]
    await give_up(edge, ann, ended)
    assert gathering(edge) == {old, fresh}
    await edge.app.engine.database.pool.execute(
        "UPDATE upload SET touched_at = touched_at - interval '73 hours' WHERE id = $1", old
    )
    await tidied(edge)
    assert gathering(edge) == {fresh}
    assert [(await how_far(edge, ann, u)).status for u in (ended, old, fresh)] == [404, 404, 200]
    finished = (await send(edge, ann, b"abc")).json["file"]["id"]
    await give_up(edge, ann, finished)
    assert (await get(edge, ann, finished)).body == b"abc"
    assert finished in bytes_kept(edge)


async def test_who_gives_up_waits_for_a_part_on_its_way(edge: Edge, people: list[Person]) -> None:
    ann, _ = people
    upload = (await begin(edge, ann, 6)).json["id"]
    async with parts.alone(edge.app.settings.data_dir / "files" / "gathering" / upload):
        giving_up = asyncio.create_task(give_up(edge, ann, upload))
        await asyncio.sleep(0.2)
    assert (await giving_up).status == 200
    assert gathering(edge) == set()
