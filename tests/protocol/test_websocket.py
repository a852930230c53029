"""Our socket is a WebSocket as the world knows it: every case that applies, and some in pieces."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dianmai.settings import Settings
from tests.edge.conftest import Edge
from tests.protocol import autobahn
from tests.protocol.websocket_cases import cases


@pytest.fixture
async def edge(dsn: str, tmp_path: Path) -> AsyncIterator[Edge]:
    async with autobahn.echoing(Settings(data_dir=tmp_path, port=0), dsn) as edge:
        yield edge


async def test_every_case_comes_out_as_it_must(edge: Edge) -> None:
    (person,) = await edge.people(1)
    wrong = [await autobahn.play(edge, person, case) for case in cases()]
    assert len(wrong) > 300
    assert [one for one in wrong if one] == []


@pytest.mark.parametrize("cut", [1, 997])
async def test_in_pieces_they_come_out_the_same(edge: Edge, cut: int) -> None:
    (person,) = await edge.people(1)
    short = [case for case in cases() if len(case.sent) < 2_000 and not case.number.startswith("6.")]
    wrong = [await autobahn.play(edge, person, case, cut=cut) for case in short]
    assert [one for one in wrong if one] == []
