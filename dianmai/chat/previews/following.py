"""Sees links go by, and keeps with the message what was found behind them."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import asyncpg
import msgspec

from dianmai import files, org
from dianmai.chat import later_rules, later_store
from dianmai.chat.previews import store
from dianmai.chat.previews.links import first_link
from dianmai.chat.previews.store import Waiting
from dianmai.chat.targets import everything
from dianmai.core.followers import Followed, Follower
from dianmai.core.jobs import schedule
from dianmai.core.journal import Draft, Fold, Placed
from dianmai.core.transactions import Transaction
from dianmai.wire.cards import LinkPreview, PreviewedBody
from dianmai.wire.chat import EditedBody, MessageBody

LOOK: Final = "chat.preview"
# Shorter than a file that nothing holds is kept: a picture found is still there for whoever sends the link next.
KEPT: Final = timedelta(hours=6)
NOTHING_KEPT: Final = timedelta(minutes=30)


async def _follow(tx: Transaction, followed: Sequence[Followed]) -> None:
    links = [(entry, link) for entry in followed if (link := _link(entry)) is not None]
    if not links or not (await org.policies_in(tx.db)).link_previews:
        return
    for entry, link in links:
        digest = hashlib.sha256(link.encode()).digest()
        waiting = Waiting(entry.stream, entry.target or entry.seq, entry.seq)
        known = await store.remembered(tx.db, digest, KEPT, NOTHING_KEPT)
        if known is None:
            await store.want(tx.db, digest, waiting)
            await schedule(tx, LOOK, digest.hex(), tx.now, link.encode())
        elif known.found is not None:
            await say(tx, waiting, msgspec.json.decode(known.found, type=LinkPreview))


async def say(tx: Transaction, waiting: Waiting, found: LinkPreview) -> None:
    """Tells everybody who has the message what stands behind its link, if that is its link still."""
    body = _BODY.decode((await later_store.said(tx.db, waiting.stream, waiting.seq)).body)
    if body.recalled_by or first_link(body.text) != found.url:
        return
    nonce = f"previews:{waiting.stream}:{waiting.cause}"
    tx.append(Draft(waiting.stream, "chat.previewed", PreviewedBody(preview=found), target=waiting.seq, nonce=nonce))


def _link(entry: Followed) -> str | None:
    if b"://" not in entry.body:
        return None
    if entry.kind == "chat.edited":
        return first_link(_EDITED.decode(entry.body).text)
    body = _BODY.decode(entry.body)
    # Somebody else's words may be about somebody else's link; a card says itself what it is about.
    return None if body.forwarded or body.merged or body.card is not None else first_link(body.text)


async def _write(connection: asyncpg.Connection, placed: Sequence[Placed]) -> None:
    """Refuses what has changed since it was decided: it is looked at once more then."""
    for entry in placed:
        stream, seq = entry.stream, entry.target or 0
        preview = _PREVIEWED.decode(entry.body).preview
        now = _BODY.decode((await later_store.said(connection, stream, seq)).body)
        later_rules.require_news(first_link(now.text) == preview.url)
        later_rules.require_unrecalled(await later_store.mark_changed(connection, stream, seq, entry.seq))
        await store.show(connection, stream, [seq], [msgspec.json.encode(preview).decode()])
        if preview.picture is not None:
            await files.hold_unlisted(connection, [preview.picture.id], stream, seq)


_BODY = msgspec.json.Decoder(MessageBody)
_EDITED = msgspec.json.Decoder(EditedBody)
_PREVIEWED = msgspec.json.Decoder(PreviewedBody)
follower = Follower("link_previews", frozenset({"chat.message", "chat.edited"}), _follow, patient=True)
folds = {"chat.previewed": Fold(concerns=everything, write=_write)}
