"""A person with more streams than one list carries: getting level ends, with everything that the list names."""

from typing import Any

import pytest

from dianmai.core import syncing
from dianmai.wire.sync import StreamState
from tests.sim import journal
from tests.sim.journal import Journal

LISTED, KEPT, HEAD, PAGE = 20, 26, 60, 100


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_KNOWN", LISTED)


def test_streams_whose_cursors_were_not_told_are_told_once_they_are_listed() -> None:
    """The list names the streams that moved last, which a device may have kept the longest."""
    page = Journal({f"chat:{n:02}": HEAD - 1 for n in range(KEPT)})
    page.start_levelling()
    rounds, more = 0, True
    while more:
        rounds += 1
        assert rounds < 5, "the same is asked for ever"
        asked = page.known()
        assert len(asked) <= LISTED
        answer = _answer(asked)
        out = page.level(answer, asked)
        more = answer["more"]
    assert not out.relevel
    assert {f"chat:{n:02}": HEAD for n in range(LISTED)}.items() <= {**page.known(), **_filled(page, out.fill)}.items()


def test_what_is_heard_of_a_stream_that_no_list_names_is_its_beginning() -> None:
    page = Journal({f"chat:{n:02}": HEAD for n in range(LISTED)})
    page.start_levelling()
    page.level(_answer(page.known()), page.known())
    assert page.live("notice:7", [{"stream": "notice:7", "seq": 3}]).relevel
    asked = page.known()
    out = page.level(_answer(asked), asked)
    assert not out.relevel and [e["seq"] for e in out.entries] == [3]
    assert page.live("notice:7", [{"stream": "notice:7", "seq": 5}]).fill == [("notice:7", 3)]


def _answer(asked: dict[str, int]) -> dict[str, Any]:
    """As `sync.catch_up` answers it: `LISTED` of the streams, `PAGE` entries."""
    heard = [StreamState(stream=f"chat:{n:02}", head=HEAD, head_no=0, read_no=0) for n in range(LISTED)]
    wanted = syncing.plan(asked, heard)
    entries = [{"stream": w.stream, "seq": seq} for w in wanted for seq in range(w.after + 1, HEAD + 1)]
    given = {e["stream"] for e in entries[:PAGE]}
    return {
        "streams": [{"stream": s.stream, "head": s.head} for s in heard],
        "whole": False,
        "entries": entries[:PAGE],
        "start_over": [w.stream for w in wanted if w.start_over and w.stream in given],
        "more": len(entries) > PAGE,
    }


def _filled(page: Journal, fill: list[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for stream, after in fill:
        entries = [{"stream": stream, "seq": seq} for seq in range(after + 1, HEAD + 1)]
        found |= page.filled(stream, after, {"entries": entries, "head": HEAD}).cursors
    return found
