"""All SQL of cards in messages. Table and indexes: `migrations/0180`."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from dianmai.core.db import Queries


class PressedSo(NamedTuple):
    """How a card stands: the button that decided it, who pressed that; whether the asker has pressed the one asked."""

    settled_by: str | None
    person: int | None
    mine: bool


async def pressed_so(db: Queries, stream: str, seq: int, actor: int, button: str) -> PressedSo:
    row = await db.fetchrow(_PRESSED_SO, stream, seq, actor, button)
    assert row is not None, "one row, whatever there is"
    return PressedSo(*row)


async def press(db: Queries, stream: str, seq: int, actor: int, button: str, at: datetime, *, settles: bool) -> bool:
    """False: this person has pressed it before, or the card is decided."""
    return await db.fetchval(_PRESS, stream, seq, actor, button, at, settles) is not None


async def settle(db: Queries, stream: str, seq: int, button: str, person: int, at_ms: int) -> None:
    """Notes for pages who has decided the card."""
    await db.execute(_SETTLE, stream, seq, button, person, at_ms)


async def count(db: Queries, stream: str, seq: int, button: str) -> None:
    """Counts one more for pages: however many have pressed, only the first ten are looked up."""
    await db.execute(_COUNT, stream, seq, button)


async def own_presses(db: Queries, stream: str, seqs: Sequence[int], actor: int) -> set[tuple[int, str]]:
    """What somebody has pressed on the cards of these messages."""
    return {(row[0], row[1]) for row in await db.fetch(_OWN_PRESSES, stream, list(seqs), actor)}


_PRESSED_SO = """
SELECT (SELECT button FROM card_press WHERE stream = $1 AND seq = $2 AND settles),
  (SELECT actor FROM card_press WHERE stream = $1 AND seq = $2 AND settles),
  EXISTS (SELECT FROM card_press WHERE stream = $1 AND seq = $2 AND actor = $3 AND button = $4)"""
# Either of the two unique keys stands in the way of what was pressed before.
_PRESS = """
INSERT INTO card_press (stream, seq, actor, button, at, settles) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING RETURNING 1"""
_SETTLE = """
UPDATE message_now SET card = jsonb_set(coalesce(card, '{"counts": {}}'), '{settled}',
  jsonb_build_object('button', $3::text, 'person', $4::bigint, 'at', $5::bigint))
WHERE stream = $1 AND seq = $2"""
_COUNT = """
UPDATE message_now SET card = jsonb_set(coalesce(card, '{"counts": {}}'), ARRAY['counts', $3], jsonb_build_object(
  'count', coalesce((card #>> ARRAY['counts', $3, 'count'])::bigint, 0) + 1,
  'people', (SELECT jsonb_agg(f.actor ORDER BY f.at, f.actor) FROM (
    SELECT actor, at FROM card_press WHERE stream = $1 AND seq = $2 AND button = $3 ORDER BY at, actor LIMIT 10) AS f)))
WHERE stream = $1 AND seq = $2"""
_OWN_PRESSES = "SELECT seq, button FROM card_press WHERE stream = $1 AND seq = ANY($2::bigint[]) AND actor = $3"
