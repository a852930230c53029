"""Short ways for tests to search."""

from typing import Any

import msgspec

from dianmai import chat, notices, org, search
from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.core.followers import Followers
from dianmai.wire.search import Hit, Hits

FINDABLES = [*chat.findables, *notices.findables]
AROUND = search.Surroundings(org.briefs, org.people_below)


async def follow(engine: Engine) -> None:
    """Lets search follow until nothing is behind."""
    follower = search.follower(FINDABLES)
    followers = Followers(engine, [follower])
    await followers.start()
    await followers.stop()
    while await followers.step(follower):
        pass


async def find(engine: Engine, actor: Actor, text: str, **more: Any) -> Hits:
    body = msgspec.json.encode({"text": text, **more})
    return msgspec.json.decode((await engine.answer(actor, Asked("search.find", body))).body, type=Hits)


async def texts(engine: Engine, actor: Actor, text: str, **more: Any) -> list[str]:
    """What is found, as the excerpts say it."""
    return [hit.text for hit in (await find(engine, actor, text, **more)).hits]


def highlighted(hit: Hit) -> list[str]:
    """The marked parts of an excerpt."""
    return [hit.text[mark.start : mark.start + mark.length] for mark in hit.marks]
