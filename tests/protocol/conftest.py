"""The installations that the protocol's tests run against."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.postgres import Databases
from tests.protocol import previous
from tests.protocol.rig import Layout, Rig, running

LAYOUTS = {
    "one": Layout(),
    "three": Layout(nodes=3),
    "bus": Layout(nodes=3, bus=True),
    "workers": Layout(workers=3, bus=True),
}
EVERY_TIME = ["one", "three", "bus"]
CHOSEN = list(LAYOUTS) if os.environ.get("DIANMAI_NIGHTLY") else EVERY_TIME


@pytest.fixture(scope="session", params=CHOSEN)
def installation(
    request: pytest.FixtureRequest,
    databases: Databases,
    world_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Rig]:
    """An installation of each layout, for all tests of this worker: they must not mind each other."""
    place = tmp_path_factory.mktemp("node")
    if request.param == "previous":
        layout, template = Layout(nodes=2, previous=previous.code(tmp_path_factory.mktemp("previous"))), "template1"
    else:
        layout, template = LAYOUTS[request.param], world_template
    with databases.copy(template) as dsn, running(layout, dsn, place) as rig:
        yield rig


@pytest.fixture
async def rig(installation: Rig) -> AsyncIterator[Rig]:
    """The installation, for one test."""
    yield installation
    await installation.hang_up()
