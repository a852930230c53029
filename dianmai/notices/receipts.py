"""Receipts of many people, written together. The only place where a recipient's state changes.

One transaction takes the notices' count rows (states of a notice move one flush at a time), looks where everyone
stands, moves who goes forward, adds the counts, and appends what moved to the ledger.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dianmai.core.access import Actor
from dianmai.core.clock import millis
from dianmai.core.errors import NotFound, Refusal
from dianmai.core.gathering import Gatherer
from dianmai.core.ids import random_id
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.notices import rules, store_receipts
from dianmai.notices.rules import STATES, Receipt
from dianmai.notices.store_receipts import Move, Standing
from dianmai.notices.streams import receipts_stream
from dianmai.wire.notices import MyState, ReceiptLine, ReceiptsBody, Received

RECEIPTS_AN_ENTRY = 500
Key = tuple[int, int]
"""Notice and person."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one session says: it has reached `state` with these notices. `listed`: it asked for a list of answers."""

    notices: Sequence[int]
    state: int
    device_at: int | None
    listed: bool = False


async def write_receipts(tx: Transaction, claims: Sequence[tuple[Actor, Claim]]) -> list[Received | MyState | Refusal]:
    """Writes what many sessions claim and answers each, in order. Doubled and late claims change nothing."""
    said = _by_recipient(claims)
    await store_receipts.lock_counts(tx.db, sorted({notice for notice, _ in said}))
    standings = await store_receipts.standings(tx.db, list(said))
    moves = [move for s in standings if (move := _move(s, said[s.notice, s.person])) is not None]
    if moves:
        await store_receipts.move(tx.db, moves)
        await _record(tx, moves)
    states = {(s.notice, s.person): _state(s) for s in standings}
    states |= {(m.standing.notice, m.standing.person): _moved(m) for m in moves}
    return [_answer(actor.id, claim, states) for actor, claim in claims]


receipts: Gatherer[Claim, Received | MyState] = Gatherer("receipts", write_receipts)


def _by_recipient(claims: Iterable[tuple[Actor, Claim]]) -> dict[Key, dict[int, Receipt]]:
    heard: defaultdict[Key, list[Receipt]] = defaultdict(list)
    for actor, claim in claims:
        receipt = Receipt(claim.state, actor.credential, claim.device_at)
        for notice in claim.notices:
            heard[notice, actor.id].append(receipt)
    return {key: rules.merged(by_one) for key, by_one in heard.items()}


def _move(standing: Standing, said: Mapping[int, Receipt]) -> Move | None:
    state = rules.advanced(standing.state, max(said), standing.owes)
    return Move(standing, state, said) if state > standing.state else None


async def _record(tx: Transaction, moves: Sequence[Move]) -> None:
    lines: defaultdict[int, list[ReceiptLine]] = defaultdict(list)
    for move in moves:
        receipt = move.said[move.state]
        lines[move.standing.notice].append(
            ReceiptLine(
                person=move.standing.person,
                state=STATES[move.state],
                credential=receipt.credential,
                device_at=receipt.device_at,
            )
        )
    await store_receipts.add_unit_counts(tx.db, moves)
    for counts in await store_receipts.add_counts(tx.db, moves):
        for start in range(0, len(lines[counts.notice]), RECEIPTS_AN_ENTRY):
            body = ReceiptsBody(
                receipts=lines[counts.notice][start : start + RECEIPTS_AN_ENTRY], counts=counts.cumulative()
            )
            # A flush has no nonce of its own: whoever repeats a receipt finds that nothing moves any more.
            tx.append(Draft(receipts_stream(counts.notice), "notice.receipts", body, nonce=f"receipts:{random_id()}"))


def _state(standing: Standing) -> MyState:
    at = standing.reached_at or standing.published_at
    return MyState(notice=standing.notice, state=STATES[standing.state], at=millis(at))


def _moved(move: Move) -> MyState:
    return MyState(notice=move.standing.notice, state=STATES[move.state], at=millis(move.standing.now))


def _answer(person: int, claim: Claim, states: Mapping[Key, MyState]) -> Received | MyState | Refusal:
    mine = [states[notice, person] for notice in dict.fromkeys(claim.notices) if (notice, person) in states]
    if not mine:
        return NotFound("not_found", field="notices" if claim.listed else "notice")
    return Received(states=mine) if claim.listed else mine[0]
