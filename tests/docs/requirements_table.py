"""Fills the last column of docs/requirements.md from the names of story files and tests: `test_r40_r44_…` is both."""

import re
from collections import defaultdict
from pathlib import Path

TOP = Path(__file__).parents[2]
PAGE = TOP / "docs" / "requirements.md"
ROW = re.compile(r"^\| R(\d+) \| (.*) \| [^|]* \|$", re.MULTILINE)
STORY = re.compile(r"(?:def |^)(test_((?:r\d+_)+)\w+)")


def shown_by() -> dict[int, list[str]]:
    """The story tests of each requirement, as links."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted((TOP / "tests").rglob("test_*.py")):
        for name, numbers in [*STORY.findall(path.stem), *STORY.findall(path.read_text("utf-8"))]:
            words = name.removeprefix("test_").removeprefix(numbers).replace("_", " ")
            for number in re.findall(r"r(\d+)_", numbers):
                found[int(number)].append(f"[{words}](../{path.relative_to(TOP)})")
    return found


def filled(page: str) -> str:
    """The page with its last column as the tests are now."""
    found = shown_by()
    return ROW.sub(lambda m: f"| R{m[1]} | {m[2]} | {'; '.join(found.get(int(m[1]), [])) or '*not yet*'} |", page)
