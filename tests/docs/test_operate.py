"""The commands that operators are told are commands that there are."""

import re
from pathlib import Path

import pytest

from dianmai.cli import cli

TOP = Path(__file__).parents[2]
PAGES = sorted((TOP / "docs" / "operate").glob("*.md"))
COMMANDS = [
    (page.name, line.removeprefix("dianmai "))
    for page in PAGES
    for block in re.findall(r"^```\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith("dianmai ")
]


def test_there_is_something_to_look_at() -> None:
    assert len(COMMANDS) >= 4


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_every_command_is_understood(page: str, command: str) -> None:
    cli.parse_args(command, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
