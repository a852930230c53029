"""The page on the protocol shows what is played, and leaves out no code that a client will meet."""

import re
from pathlib import Path
from typing import get_args

from dianmai.core.errors import described
from dianmai.edge import asking, connection, patience
from dianmai.wire.frames import PROTOCOL_VERSION, ClientFrame, ServerFrame
from tests.wire import transcripts

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs" / "protocol.md").read_text("utf-8")
GOLDEN = transcripts.read(Path(__file__).with_name(f"version_{PROTOCOL_VERSION}.txt"))
EXAMPLES = [transcripts.lines(block) for block in re.findall(r"```transcript\n(.*?)```", PAGE, re.DOTALL)]
CLOSE_CODES = set(re.findall(r"^\| (\d{4}) \|", PAGE, re.MULTILINE))


def test_every_example_is_an_excerpt_of_the_golden_transcript() -> None:
    assert len(EXAMPLES) > 15
    for example in EXAMPLES:
        places = [at for at, line in enumerate(GOLDEN) if line == example[0]]
        assert any(GOLDEN[at : at + len(example)] == example for at in places), f"not played: {example[0]}"


def test_every_frame_is_explained() -> None:
    for frame in (*get_args(ClientFrame), *get_args(ServerFrame)):
        assert f"`{frame.__struct_config__.tag}`" in PAGE


def test_every_close_code_is_explained() -> None:
    sources = "".join(path.read_text("utf-8") for path in (TOP / "dianmai" / "edge").glob("*.py"))
    closed_by_us = set(re.findall(r"close(?:_all)?\((?:socket, )?(\d{4}), ?", sources)) | {"1012", "1013"}
    assert closed_by_us <= CLOSE_CODES
    assert {line.text.partition(" ")[0] for line in GOLDEN if line.what == "!"} <= CLOSE_CODES


def test_every_code_the_page_names_exists() -> None:
    rows = re.findall(
        r"^\| (?:\d{3} \| )?((?:`[a-z_]+` ?)+)\|", PAGE[PAGE.index("## 8.") :].partition("### Close")[0], re.M
    )
    named = {code for row in rows for code in re.findall(r"`([a-z_]+)`", row)}
    assert len(named) > 30
    assert named <= set(described())


def test_the_page_gives_the_limits_as_they_are() -> None:
    assert f"{connection.LONGEST_MESSAGE // 1024} KiB, whole or in fragments" in PAGE
    assert f"{patience.RATE:.0f} a second, {patience.BURST:.0f} at once" in PAGE
    assert f"{patience.TROUBLES} a minute; then 1008" in PAGE
    assert f"| {asking.IN_FLIGHT}; the next {asking.QUEUED} wait" in PAGE


def test_every_link_of_the_page_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert links
    assert [link for link in links if not (TOP / "docs" / link).exists()] == []
