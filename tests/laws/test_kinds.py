"""Whatever is appended is of a known kind with the body that the kind has."""

import re
from pathlib import Path

from dianmai.wire.kinds import HEARD, KINDS

PACKAGE = Path(__file__).parents[2] / "dianmai"
APPENDED = re.compile(r"""Draft\([^"']*?(?:f?"[^"]*",\s*)?"([a-z]+\.[a-z_]+)",\s*(?:body|(\w+)\()""")


def test_every_kind_that_is_appended_is_on_the_list_with_its_body() -> None:
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for kind, body in APPENDED.findall(path.read_text("utf-8")):
            found.add(kind)
            assert not body or KINDS[kind].__name__ == body, f"{path}: {kind} has body {body}"
    assert found == KINDS.keys()


def test_what_people_hear_is_on_the_list() -> None:
    assert set(HEARD) <= KINDS.keys()
