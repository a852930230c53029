"""The page of requirements is whole and up to date."""

import re

from tests.docs.requirements_table import PAGE, ROW, filled


def test_every_requirement_has_its_row_once() -> None:
    assert [int(m[1]) for m in ROW.finditer(PAGE.read_text("utf-8"))] == list(range(1, 175))


def test_the_page_names_the_tests_as_they_are() -> None:
    page = PAGE.read_text("utf-8")
    assert page == filled(page), "run bin/generate"
    for target in re.findall(r"\]\(\.\./([^)]+)\)", page):
        assert (PAGE.parents[1] / target).exists(), target
