"""Writes docs/api/limits.md: every limit of every request, and how often and how much, from where they are enforced."""

from collections.abc import Iterable
from pathlib import Path

from dianmai.core.limits import declared
from dianmai.core.operations import Operation
from dianmai.edge import openapi as openapi  # declares the limits of the doors
from tests.docs.limited import Part, parts

PAGE = Path(__file__).parents[2] / "docs" / "api" / "limits.md"
_HEAD = """# Limits

Made by `bin/generate` from the structs of `dianmai/wire` and from what is declared where it is enforced. A request that
reaches a limit is taken; one more is refused with the code given, its `field`, and `limit`.

## How often and how much

In the [OpenAPI document](openapi.json) as `x-dianmai-limits`: of the doors at its top, of operations with each of them.

| at most | of what | per | refused as | operations |
|---:|---|---|---|---|
"""
_FIELDS = """
## What a request may hold

In the OpenAPI document as `maxLength`, `maxItems`, `maximum` of the field. Characters are code points.

| operation | field | at least | at most | | refused as |
|---|---|---:|---:|---|---|
"""


def page(operations: Iterable[Operation]) -> str:
    """The whole page."""
    rates = [
        f"| {limit.most:,} | {limit.what} | {limit.per} | `{limit.code}` |"
        f" {', '.join(f'`{name}`' for name in limit.operations)} |\n"
        for limit in declared()
    ]
    fields = [_row(part) for operation in operations for part in parts(operation)]
    return _HEAD + "".join(rates) + _FIELDS + "".join(fields)


def _row(part: Part) -> str:
    most = "–" if part.most is None else f"{part.most:,}"
    return f"| `{part.operation}` | `{part.path}` | {part.least:,} | {most} | {part.kind} | `{part.code}` |\n"
