"""The timer that looks behind a link for all who wait for it."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

import msgspec

from dianmai import org
from dianmai.chat.previews import store
from dianmai.chat.previews.fetching import Looking
from dianmai.chat.previews.following import LOOK, say
from dianmai.core.jobs import Job
from dianmai.core.transactions import Transaction
from dianmai.wire.cards import LinkPreview

FORGOTTEN: Final = timedelta(days=1)


def jobs(looking: Looking) -> list[Job]:
    """The timer, looking so."""
    return [Job(LOOK, _show, prepare=partial(_look, looking))]


async def _look(looking: Looking, _digest: str, link: bytes) -> bytes:
    return msgspec.json.encode(await looking.at(link.decode()))


async def _show(tx: Transaction, digest: str, _due: datetime, looked: bytes) -> None:
    """That nothing was found is kept as well, so that nobody asks for it again at once."""
    found = _FOUND.decode(looked)
    key = bytes.fromhex(digest)
    await store.forget_older(tx.db, FORGOTTEN)
    await store.remember(tx.db, key, looked if found is not None else None)
    waiting = await store.take_waiting(tx.db, key)
    if found is not None and (await org.policies_in(tx.db)).link_previews:
        for one in waiting:
            await say(tx, one, found)


_FOUND = msgspec.json.Decoder(LinkPreview | None)
