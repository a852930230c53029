"""Bad input gets the code of what is wrong with it, never a 500."""

from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dianmai.core.decoding import decode
from dianmai.core.errors import Refusal
from dianmai.core.text import require_name, require_text
from dianmai.wire.base import Ask, Id, Limit
from dianmai.wire.frames import Do


class Part(Ask, frozen=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=5)]


class Trial(Ask, frozen=True):
    id: Id = 1
    text: Annotated[str, msgspec.Meta(max_length=10)] = ""
    limit: Limit = 1
    parts: Annotated[list[Part], msgspec.Meta(max_length=2)] = []
    ratio: float = 0.0


DECODER = msgspec.json.Decoder(Trial)

ROWS: list[tuple[int, bytes, int, str, str | None, int | None]] = [
    (1, b"", 400, "body_required", None, None),
    (1, b"  ", 400, "body_required", None, None),
    (2, b'{"text":', 400, "invalid_json", None, None),
    (3, b"[" * 200_000, 400, "json_too_deep", None, 20),
    (4, b'{"ratio":NaN}', 400, "invalid_number", None, None),
    (4, b'{"ratio":-Infinity}', 400, "invalid_number", None, None),
    (4, b'{"ratio":1e999}', 400, "invalid_number", None, None),
    (5, b'{"id":' + b"9" * 5000 + b"}", 400, "number_out_of_range", None, None),
    (5, b'{"id":9223372036854775808}', 400, "number_out_of_range", "id", None),
    (5, b'{"id":-1}', 400, "number_out_of_range", "id", 1),
    (5, b'{"id":1.5}', 422, "invalid_type", "id", None),
    (6, b'{"id":1,"id":2}', 400, "duplicate_key", "id", None),
    (7, b'{"text":"\\ud800"}', 400, "invalid_unicode", None, None),
    (8, b'{"text":"a\\u0000b"}', 400, "control_character", None, None),
    (8, b'{"text":"a\\u001bb"}', 400, "control_character", None, None),
    (9, b'{"text":"\xff\xfe"}', 400, "invalid_encoding", None, None),
    (9, '{"text":"x"}'.encode("utf-16"), 400, "invalid_encoding", None, None),
    (16, b'{"role":"admin"}', 422, "unknown_field", "role", None),
    (16, b'{"parts":[{"name":"a","x":1}]}', 422, "unknown_field", "parts[0].x", None),
    (17, b'{"text":{"$ne":null}}', 422, "invalid_type", "text", None),
    (17, b"[1]", 422, "invalid_type", "", None),
    (20, b'{"limit":1000000000}', 422, "invalid_limit", "limit", 200),
    (20, b'{"limit":-1}', 422, "invalid_limit", "limit", 1),
    (30, b'{"text":"12345678901"}', 422, "text_too_long", "text", 10),
    (30, b'{"text":"a' + "\u0301".encode() * 9 + b'"}', 422, "too_many_combining_marks", None, 8),
    (30, b'{"text":"a' + b"\\u0301" * 9 + b'"}', 422, "too_many_combining_marks", None, 8),
    (30, b'{"text":"a' + b"\\ud834\\udd67" * 9 + b'"}', 422, "too_many_combining_marks", None, 8),
    (30, ('{"text":"a%s"}' % ("\u1ab0\u1dc0\ufe20" * 3)).encode(), 422, "too_many_combining_marks", None, 8),
    (30, ('{"text":"a%s"}' % ("\u20dd" * 9)).encode(), 422, "too_many_combining_marks", None, 8),
    (30, ('{"text":"a%s"}' % ("\u0301\u200d" * 9)).encode(), 422, "too_many_combining_marks", None, 8),
    (30, ('{"text":"a%s"}' % ("\U0001d167" * 9)).encode(), 422, "too_many_combining_marks", None, 8),
    (17, b'{"parts":[{}]}', 422, "missing_field", "parts[0].name", None),
    (17, b'{"parts":[{"name":"a"},{"name":"a"},{"name":"a"}]}', 422, "too_many_items", "parts", 2),
]


@pytest.mark.parametrize(("row", "sent", "status", "code", "field", "limit"), ROWS)
def test_bad_input_gets_its_code(
    row: int, sent: bytes, status: int, code: str, field: str | None, limit: int | None
) -> None:
    with pytest.raises(Refusal) as caught:
        decode(DECODER, sent)
    refusal = caught.value
    assert (refusal.status, refusal.code) == (status, code), row
    assert field is None or refusal.field == field
    assert limit is None or refusal.limit == limit
    for language in ("zh-CN", "en"):
        assert refusal.body(language, "r").message


@pytest.mark.parametrize("nonce", ["abcdefgh\n", "abcdefgh\r", "abc\ndefgh", "abcdefgh ", 'abcdefgh"'])
def test_a_nonce_is_a_plain_word(nonce: str) -> None:
    sent = msgspec.json.encode({"t": "do", "ref": 1, "op": "chat.send", "nonce": nonce})
    with pytest.raises(Refusal):
        decode(msgspec.json.Decoder(Do), sent)


def test_what_is_good_passes_whatever_it_is_written_in() -> None:
    for text in ("👨‍👩‍👧‍👦", "𠮷𫠊", "A店8折\n", "ที่นี่ปิ๊", "קָמָץ", "❤️❤️", "😀" * 10, "\\u0000 is text", "é", "\t"):
        sent = msgspec.json.encode({"text": text[:10]})
        assert decode(DECODER, sent).text == text[:10]
    assert decode(DECODER, b"\xef\xbb\xbf" + b'{"id":3}').id == 3
    assert decode(DECODER, b'{"text":"\\\\u0000"}').text == "\\u0000"


@given(st.binary(max_size=200))
def test_no_bytes_at_all_raise_anything_but_a_refusal(sent: bytes) -> None:
    try:
        decode(DECODER, sent)
    except Refusal as refusal:
        assert refusal.body("en", "r").message


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200d", "\u3164", "\u2800"])
def test_text_with_nothing_to_see_is_blank(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        require_text(text, "text")
    assert (caught.value.code, caught.value.field) == ("blank_text", "text")


@pytest.mark.parametrize(("name", "code"), [("a\u202eb", "bidi_control"), ("a\r\nb", "control_character")])
def test_names_cannot_trick_the_reader(name: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        require_name(name, "name")
    assert caught.value.code == code
