"""How an upload becomes a file: whole or not at all, as what it is, readable while something holds it."""

import hashlib
from pathlib import Path

import asyncpg
import pytest

from dianmai.core.db import Queries
from dianmai.files import parts, resuming, store_uploads
from dianmai.files.store_uploads import UploadRow
from tests.edge.conftest import Edge, Person
from tests.edge.conftest import edge as edge
from tests.edge.conftest import settings as settings
from tests.files.parts import begin, finish, gathering, give_up, how_far, put, send
from tests.files.parts import people as people
from tests.files.test_files import get, hold, picture


async def test_what_was_damaged_on_its_way_is_refused(edge: Edge, people: list[Person]) -> None:
    ann, _ = people
    upload = (await begin(edge, ann, 6)).json["id"]
    broken = await put(edge, ann, upload, 0, b"abX", x_dianmai_sha256=hashlib.sha256(b"abc").hexdigest())
    assert (broken.status, broken.code) == (422, "checksum_mismatch")
    assert (await how_far(edge, ann, upload)).json["got"] == 0
    wrong = (await begin(edge, ann, 6, sha256=hashlib.sha256(b"other!").hexdigest())).json["id"]
    await put(edge, ann, wrong, 0, b"abcdef")
    refused = await finish(edge, ann, wrong)
    assert (refused.status, refused.code) == (422, "checksum_mismatch")
    assert (await how_far(edge, ann, wrong)).status == 404
    assert gathering(edge) == {upload}


async def test_finishing_that_was_cut_off_is_completed(edge: Edge, people: list[Person]) -> None:
    """The file is known and its bytes are not in their place yet: that is where a kill may leave it."""
    ann, _ = people
    files = edge.app.settings.data_dir / "files"
    for content, name in ((b"abcdef", "x.bin"), (picture(), "x.png")):
        upload = (await begin(edge, ann, len(content), name)).json["id"]
        await put(edge, ann, upload, 0, content)
        kept = (files / "gathering" / upload).read_bytes()
        ref = (await finish(edge, ann, upload)).json["file"]
        (files / "stored" / upload[:2] / upload).unlink()
        (files / "gathering" / upload).write_bytes(kept)
        assert (await finish(edge, ann, upload)).json["file"] == ref
        assert len((await get(edge, ann, upload)).body) == ref["size"]
    assert gathering(edge) == set()


WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82\x84webm" + bytes(64)


MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(64)


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(64)


async def test_films_voices_and_pictures_are_what_they_say(edge: Edge, people: list[Person]) -> None:
    ann, _ = people
    poster = (await send(edge, ann, picture(), "海报.png")).json["file"]["id"]
    shown = {"duration_ms": 4200, "width": 320, "height": 240, "poster": poster}
    film = (await send(edge, ann, MP4, "陈列.mp4", kind="video", **shown)).json["file"]
    assert {"kind": "video", "media_type": "video/mp4", **shown}.items() <= film.items()
    voice = (await send(edge, ann, WEBM, "语音", kind="voice", duration_ms=3000, wave="09az")).json["file"]
    assert (voice["kind"], voice["media_type"], voice["wave"]) == ("voice", "audio/webm", "09az")
    for content, kind in ((HEIC, "video"), (b"<html><script>", "video"), (MP4, "picture"), (picture(), "voice")):
        refused = await send(edge, ann, content, "x", kind=kind)
        assert (kind, refused.status, refused.code) == (kind, 422, "type_mismatch")
    for file, kind in ((film["id"], "video/mp4"), (voice["id"], "audio/webm")):
        answer = await get(edge, ann, file, range="bytes=4-7")
        assert (answer.status, len(answer.body), answer.headers["content-type"]) == (206, 4, kind)
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
    as_it_is = (await send(edge, ann, picture(), "原图.png", kind="file")).json["file"]
    assert (as_it_is["kind"], as_it_is["size"]) == ("file", len(picture()))
    answer = await get(edge, ann, as_it_is["id"])
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_what_belongs_to_a_file_is_read_with_it(edge: Edge, people: list[Person]) -> None:
    ann, bob = people
    await edge.stream("chat:1", [ann, bob])
    poster = (await send(edge, ann, picture(), "海报.png")).json["file"]["id"]
    film = (await send(edge, ann, MP4, "陈列.mp4", kind="video", poster=poster)).json["file"]["id"]
    assert (await get(edge, bob, poster)).status == 404
    await hold(edge, film, "chat:1")
    assert [(await get(edge, bob, f)).status for f in (film, poster)] == [200, 200]


async def test_a_file_is_readable_exactly_while_an_entry_holds_it(edge: Edge, people: list[Person]) -> None:
    from dianmai import files

    ann, bob = people
    await edge.stream("chat:1", [ann, bob])
    poster = (await send(edge, ann, picture(), "海报.png")).json["file"]["id"]
    film = (await send(edge, ann, MP4, "陈列.mp4", kind="video", poster=poster)).json["file"]["id"]
    for seq in (1, 2, 5):
        await hold(edge, film, "chat:1", seq)
    for seq in (5, 1, 2):
        assert [(await get(edge, p, f)).status for p in (ann, bob) for f in (film, poster)] == [200] * 4
        await edge.app.engine.write(lambda tx, seq=seq: files.let_go(tx.db, "chat:1", seq))
    assert [(await get(edge, p, f)).status for p in (ann, bob) for f in (film, poster)] == [404] * 4


async def test_announcing_that_the_database_asks_to_try_again_is_not_refused(
    edge: Edge, people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, _ = people
    really, tries = store_uploads.begin, [0]

    async def deadlocked_at_first(db: Queries, upload: UploadRow, nonce: str) -> None:
        tries[0] += 1
        if tries[0] == 1:
            raise asyncpg.DeadlockDetectedError
        await really(db, upload, nonce)

    monkeypatch.setattr(store_uploads, "begin", deadlocked_at_first)
    begun = await begin(edge, ann, 6)
    assert (begun.status, tries[0]) == (200, 2)


async def test_what_is_being_made_a_file_cannot_be_given_up(
    edge: Edge, people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, _ = people
    monkeypatch.setattr(resuming, "PATIENCE_S", 0.1)
    upload = (await begin(edge, ann, 6)).json["id"]
    await put(edge, ann, upload, 0, b"abcdef")
    async with parts.alone(edge.app.settings.data_dir / "files" / "gathering" / upload):
        busy = await give_up(edge, ann, upload)
    assert (busy.status, busy.code) == (503, "upload_busy")
    file = (await finish(edge, ann, upload)).json["file"]["id"]
    assert (await get(edge, ann, file)).body == b"abcdef"


async def test_a_file_whose_bytes_could_not_be_put_in_place_is_none_yet(edge: Edge, people: list[Person]) -> None:
    ann, _ = people
    stored: Path = edge.app.settings.data_dir / "files" / "stored"
    for content, name in ((b"abcdef", "x.bin"), (picture(), "x.png")):
        upload = (await begin(edge, ann, len(content), name)).json["id"]
        await put(edge, ann, upload, 0, content)
        stored.mkdir(exist_ok=True)
        place = stored / upload[:2]
        place.write_bytes(b"")  # no directory can be made here
        assert (await finish(edge, ann, upload)).status == 500
        assert (await get(edge, ann, upload)).status == 404
        assert await edge.app.engine.database.pool.fetchval("SELECT count(*) FROM file WHERE id = $1", upload) == 0
        place.unlink()
        assert (await finish(edge, ann, upload)).json["file"]["id"] == upload
        assert (await get(edge, ann, upload)).status == 200
