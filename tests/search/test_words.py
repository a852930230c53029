"""Words and places, as pure functions: whatever is in a text is asked for by words that the text has."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dianmai.search import words
from dianmai.search.excerpts import excerpt, marks
from dianmai.search.folding import fold, fold_with_places

ALPHABET = "店长今天冷柜温度，。 ＡａＢb12３é\u0301ﾞｶ👨\u200d👩🇨🇳钱𠮷\n'\\&|!:*()%"
said = st.one_of(
    st.text(ALPHABET, max_size=60), st.text(max_size=40).filter(lambda t: not any("\ud800" <= c <= "\udfff" for c in t))
)


@given(said, st.data())
def test_every_part_of_a_text_is_asked_for_by_words_of_it(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    start = data.draw(st.integers(0, max(0, len(folded) - 1)))
    part = folded[start : start + data.draw(st.integers(1, 12))].strip()
    has = words.words(folded)
    for term in part.split():
        if not words.places(term, folded):
            continue  # it begins inside a word of letters or digits
        query = words.query([term])
        for word in query.split(" & ") if query else []:
            asked = word.removesuffix(":*").strip("'")
            assert any(one.startswith(asked) for one in has) if word.endswith(":*") else asked in has


@given(said)
def test_folding_with_places_says_the_same_and_covers_the_text(text: str) -> None:
    folded = fold_with_places(text)
    assert len(folded.text) == len(folded.begins) == len(folded.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(folded.begins, folded.ends, strict=True))
    if unicodedata.is_normalized("NFC", text):
        assert folded.text == fold(text) or any(unicodedata.category(c) == "Mn" for c in text) or not text.isprintable()


@given(said, said)
def test_marks_lie_in_order_inside_the_text_and_show_the_term(text: str, typed: str) -> None:
    terms = words.terms(typed)
    last = 0
    for mark in marks(text, terms):
        assert last <= mark.start < mark.start + mark.length <= len(text)
        last = mark.start + mark.length
        assert any(term in fold(text[mark.start : last]) for term in terms)


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("冷柜", "三号冷柜报警", True),
        ("柜", "三号冷柜", True),
        ("ｓｋｕ", "SKU2024", True),
        ("2024", "sku2024", True),
        ("ku", "sku2024", False),
        ("24", "sku2024", False),
        ("500ml", "５００ＭＬ装", True),
        ("500ml", "1500ml装", False),
        ("caf\u00e9", "Cafe\u0301 开门", True),
        ("👨\u200d👩", "全家👨\u200d👩", True),
        ("冷柜温度", "冷柜的温度", False),
    ],
)
def test_where_a_term_stands(term: str, text: str, found: bool) -> None:
    assert words.has_all(words.terms(term), fold(text)) is found


def test_an_excerpt_shows_the_first_place_of_a_long_text_and_says_that_it_goes_on() -> None:
    shown = excerpt("早" * 500 + "冷柜报警" + "晚" * 500, ["冷柜"])
    assert (shown.before, shown.behind, len(shown.text)) == (True, True, 160)
    [mark] = shown.marks
    assert shown.text[mark.start : mark.start + mark.length] == "冷柜"


def test_an_excerpt_finds_its_place_where_folding_changes_the_length() -> None:
    shown = excerpt("㍿" * 300 + "冷柜" + "ﬀ" * 300, ["冷柜"])
    [mark] = shown.marks
    assert shown.text[mark.start : mark.start + mark.length] == "冷柜"


def test_terms_that_touch_are_marked_as_one() -> None:
    assert [(m.start, m.length) for m in marks("冷柜温度高", ["冷柜温", "温度"])] == [(0, 4)]
