"""The tour leads to files that are there."""

import re
from pathlib import Path

TOP = Path(__file__).parents[2]
NAMED = re.compile(r"`((?:[a-z_]+/)+[\w.]*)`")


def test_every_file_on_the_tour_exists() -> None:
    text = (TOP / "docs" / "tour.md").read_text("utf-8")
    missing = [
        name
        for name in NAMED.findall(text)
        if not any((TOP / base / name).exists() for base in ("", "dianmai", "web/src"))
    ]
    assert missing == []
