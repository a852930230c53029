"""Plays golden transcripts against the server as it is: a protocol version, once spoken, stays as it was."""

from pathlib import Path
from typing import get_args

import pytest

from dianmai.app import Running
from dianmai.wire.frames import ClientFrame, ServerFrame
from tests.stories.conftest import server as server
from tests.stories.conftest import world as world
from tests.wire import transcripts
from tests.world import World

TRANSCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_the_server_speaks_as_written(server: Running, world: World, transcript: Path) -> None:
    await transcripts.followed(server)
    await transcripts.Player(server, world).play(transcripts.read(transcript))


def test_every_kind_of_frame_is_in_a_transcript() -> None:
    said = [line for path in TRANSCRIPTS for line in transcripts.read(path)]
    for sign, frames in ((">", ClientFrame), ("<", ServerFrame)):
        tags = {frame.__struct_config__.tag for frame in get_args(frames)}
        assert tags <= {line.said["t"] for line in said if line.what == sign}
