"""What every bench stands on: the generator, a server with a durable database, what the machine can do bare."""

import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from bench import calibrating, generating, serving
from bench.environment import durable_settings, environment
from bench.serving import Server
from dianmai.engines import Engine, attach


class Ground(NamedTuple):
    """A server of the bench's own that is ready, its database, and where this is."""

    server: Server
    engine: Engine
    environment: dict[str, Any]


@asynccontextmanager
async def ground(settings: Mapping[str, str] | None = None) -> AsyncGenerator[Ground]:
    """Starts the server on an empty directory, with default settings but for these, and ends it afterwards."""
    generating.build()
    where = environment()
    with serving.place() as place, serving.running(place / "data", settings) as server:
        engine = attach(server.data_dir)
        where["database"] = await durable_settings(engine.dsn)
        yield Ground(server, engine, where)


async def calibrate(engine: Engine) -> dict[str, float]:
    """What the machine reaches without the product, just before it is measured with it."""
    found = {**calibrating.bare_fanout(), **await calibrating.bare_commits(engine.admin_dsn)}
    say(str(found))
    return found


def say(text: str) -> None:
    """Progress goes to stderr: the last line of stdout is the result."""
    print(text, file=sys.stderr, flush=True)
