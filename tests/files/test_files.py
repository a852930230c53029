"""Uploading and downloading through the real doors: who may read, what is refused, what is taken out."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from dianmai import files
from dianmai.core.transactions import Transaction
from tests.edge.client import Answer
from tests.edge.conftest import Edge, Person
from tests.edge.conftest import edge as edge
from tests.edge.conftest import settings as settings


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **more)
    return out.getvalue()


async def upload(edge: Edge, person: Person, name: str, content: bytes, **more: str) -> Answer:
    headers = {"authorization": f"Bearer {person.token}", "content_type": "application/octet-stream", **more}
    return await edge.http("POST", f"/files?name={name}", body=content, **headers)


async def get(edge: Edge, person: Person, file: str, **more: str) -> Answer:
    return await edge.http("GET", f"/files/{file}", authorization=f"Bearer {person.token}", **more)


async def hold(edge: Edge, file: str, stream: str, seq: int = 1) -> None:
    async def work(tx: Transaction) -> None:
        await files.hold(tx.db, [file], stream, seq)

    await edge.app.engine.write(work)


@pytest.fixture
async def people(edge: Edge) -> AsyncIterator[list[Person]]:
    yield await edge.people(3)


async def test_a_file_is_its_uploader_s_until_a_stream_holds_it(edge: Edge, people: list[Person]) -> None:
    ann, bob, eve = people
    await edge.stream("chat:1", [ann, bob])
    up = await upload(edge, ann, "%E6%97%A5%E6%8A%A5.txt", "今天开门正常".encode())
    ref = up.json["file"]
    assert (up.status, ref["name"], ref["kind"], ref["size"]) == (200, "日报.txt", "file", 18)
    assert (await get(edge, ann, ref["id"])).body.decode() == "今天开门正常"
    assert (await get(edge, bob, ref["id"])).status == 404
    await hold(edge, ref["id"], "chat:1")
    assert [(await get(edge, p, ref["id"])).status for p in (ann, bob, eve)] == [200, 200, 404]
    await edge.app.engine.write(lambda tx: _leave(tx, bob.id))
    assert (await get(edge, bob, ref["id"])).status == 404
    assert (await get(edge, ann, "A" * 24)).json["error"]["code"] == "not_found"
    assert (await edge.http("GET", f"/files/{ref['id']}")).status == 401


async def test_who_came_later_reads_what_is_held_since(edge: Edge, people: list[Person]) -> None:
    ann, bob, late = people
    await edge.stream("chat:1", [ann, bob])
    before, after = [(await upload(edge, ann, f"{n}.png", picture())).json["file"]["id"] for n in (1, 2)]
    await hold(edge, before, "chat:1", 1)
    async with edge.app.engine.database.reading() as db:
        await db.execute("UPDATE stream SET seq = 1 WHERE stream = 'chat:1'")
    await edge.app.engine.write(lambda tx: _join(tx, late.id))
    await hold(edge, after, "chat:1", 2)
    assert [(await get(edge, late, f)).status for f in (before, after)] == [404, 200]
    assert [(await get(edge, bob, f)).status for f in (before, after)] == [200, 200]
    # Said again, it is there for everybody who sees it now, and as before for who saw it then.
    await hold(edge, before, "chat:1", 3)
    assert [(await get(edge, p, before)).status for p in (bob, late)] == [200, 200]


async def _join(tx: Transaction, actor: int) -> None:
    tx.join("chat:1", [actor])


async def _leave(tx: Transaction, actor: int) -> None:
    tx.leave("chat:1", [actor])


async def test_downloads_can_do_nothing_in_our_name(edge: Edge, people: list[Person]) -> None:
    ann = people[0]
    page = (await upload(edge, ann, "x.html", b"<script>alert(1)</script>")).json["file"]["id"]
    shown = (await upload(edge, ann, "x.png", picture())).json["file"]["id"]
    for file, kind, where in ((page, "application/octet-stream", "attachment"), (shown, "image/png", "inline")):
        answer = await get(edge, ann, file)
        assert answer.headers["content-type"] == kind
        assert answer.headers["content-disposition"].startswith(where)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


async def test_a_download_can_be_asked_for_in_parts_and_again(edge: Edge, people: list[Person]) -> None:
    ann = people[0]
    file = (await upload(edge, ann, "x.bin", bytes(range(256)) * 4)).json["file"]["id"]
    whole = await get(edge, ann, file)
    assert (await get(edge, ann, file, if_none_match=whole.headers["etag"])).status == 304
    part = await get(edge, ann, file, range="bytes=10-13")
    assert (part.status, part.body, part.headers["content-range"]) == (206, b"\x0a\x0b\x0c\x0d", "bytes 10-13/1024")
    assert (await get(edge, ann, file, range="bytes=-2")).body == b"\xfe\xff"
    assert (await get(edge, ann, file, range="bytes=1020-")).body == b"\xfc\xfd\xfe\xff"
    assert (await get(edge, ann, file, range="bytes=2000-")).status == 416


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_pictures_are_measured_and_lose_what_is_hidden_in_them(
    edge: Edge, people: list[Person], kind: str
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    more = {} if kind == "GIF" else {"exif": exif}
    content = picture(kind, **more)
    assert kind == "GIF" or b"SECRETMAKER" in content
    ref = (await upload(edge, people[0], f"x.{kind.lower()}", content)).json["file"]
    assert (ref["kind"], ref["width"], ref["height"]) == ("picture", 40, 30)
    stored = (await get(edge, people[0], ref["id"])).body
    assert b"SECRETMAKER" not in stored
    assert len(stored) == ref["size"]
    Image.open(io.BytesIO(stored)).load()


async def test_a_photo_taken_sideways_is_stored_upright(edge: Edge, people: list[Person]) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    ref = (await upload(edge, people[0], "x.jpg", picture("JPEG", exif=exif))).json["file"]
    assert (ref["width"], ref["height"]) == (30, 40)


async def test_bad_uploads_are_refused_by_name(edge: Edge, people: list[Person], tmp_path: Path) -> None:
    ann = people[0]
    bomb = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(bomb, "PNG")
    frames = io.BytesIO()
    many = [Image.new("RGB", (2, 2), (n % 256, n // 256, 0)) for n in range(300)]
    many[0].save(frames, "GIF", save_all=True, append_images=many[1:], duration=1)
    table = [
        ("x.txt", b"", 422, "empty_file"),
        ("a%00.png", picture(), 422, "invalid_file_name"),
        ("x.png", b"<html><script>alert(1)</script>", 422, "type_mismatch"),
        ("x.png", bomb.getvalue(), 422, "image_too_large"),
        ("x.gif", frames.getvalue(), 422, "image_too_large"),
        ("x.jpg", picture("JPEG", (400, 300))[:900], 422, "corrupt_image"),
        ("x.png", picture()[:60], 422, "corrupt_image"),
    ]
    for name, content, status, code in table:
        answer = await upload(edge, ann, name, content)
        assert (name, answer.status, answer.code) == (name, status, code)
    answer = await upload(edge, ann, "x.txt", b"abc", x_dianmai_sha256="00" * 32)
    assert (answer.status, answer.code) == (422, "checksum_mismatch")
    answer = await upload(edge, ann, "x.txt", b"abc", content_length=str(30 * 2**20))
    assert (answer.status, answer.code) == (413, "body_too_large")
    assert not list((edge.app.settings.data_dir / "files" / "arriving").iterdir())
    assert not (edge.app.settings.data_dir / "files" / "stored").exists() or not [
        f for f in (edge.app.settings.data_dir / "files" / "stored").rglob("*") if f.is_file()
    ]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\x", "x"),
        ("C:\\x", "x"),
        ("con.txt", "_con.txt"),
        ("....", "file"),
        ("", "file"),
        ("a\nb\x1b]0;x\x07.txt", "ab]0;x.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("店" * 300 + ".pdf", "店" * 103 + ".pdf"),
    ],
)
def test_names_are_shown_without_what_could_mislead(given: str, kept: str) -> None:
    from dianmai.files.naming import cleaned

    assert cleaned(given) == kept


async def test_an_hour_has_room_for_two_hundred_uploads(edge: Edge, people: list[Person]) -> None:
    ann = people[0]
    async with edge.app.engine.database.reading() as db:
        await db.execute(
            "INSERT INTO file SELECT 'f' || n, $1, 'x', 'file', 'text/plain', 1, NULL, NULL, '' "
            "FROM generate_series(1, 200) n",
            ann.id,
        )
    answer = await upload(edge, ann, "x.txt", b"abc")
    assert (answer.status, answer.code) == (429, "too_many_uploads")
    assert answer.headers["retry-after"] == "600"
