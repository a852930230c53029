"""Opening a session: what signing in and activating have in common, written together for a rush of people.

The password is checked before, on no database connection and outside any transaction: it takes long, and tries must
stay counted when it is wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import msgspec

from dianmai import org
from dianmai.accounts import store
from dianmai.accounts.holding import IDLE, require_still_shared, take_over
from dianmai.accounts.trying import WINDOW
from dianmai.core.access import Actor, end_access, issue_credential
from dianmai.core.errors import Conflict, NotAllowed, Refusal, describe
from dianmai.core.gathering import Gatherer
from dianmai.core.transactions import Transaction
from dianmai.wire.accounts import Device, Me, SharedDevice, SignedIn

LIFETIME: Final = timedelta(days=90)
WAIT_S: Final = 0.02  # nobody notices, and a rush shares transactions


@dataclass(frozen=True, slots=True)
class Redeeming:
    """An activation code to be used up, and the password it sets."""

    code_hash: bytes
    password_hash: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A session to be opened for somebody who has proved who they are. `keys` are those of the tries to forget.

    `epoch` is the access epoch in which the password was the right one: a reset moves it, and who knew only the old
    password gets no session after it. Without it a code proves them, which is used up here. `shared` is the shared
    device it is opened on.
    """

    me: Me
    device: Device
    bearer: bool
    keys: tuple[str, str]
    set_session: Callable[[str], None]
    redeeming: Redeeming | None = None
    epoch: int | None = None
    shared: SharedDevice | None = None


async def _open(tx: Transaction, items: Sequence[tuple[Actor, Opening]]) -> list[SignedIn | Refusal]:
    answers: list[SignedIn | Refusal] = []
    for _, opening in items:
        try:
            answers.append(await _open_one(tx, opening))
        except Refusal as refusal:
            answers.append(refusal)
    await store.tidy_tries(tx.db, WINDOW)
    return answers


async def _open_one(tx: Transaction, opening: Opening) -> SignedIn:
    person = opening.me.person.id
    shared, own = opening.shared, opening.device
    # Others' sessions are opened in the same transaction: whoever is refused must not have changed anything by then.
    if shared is not None:
        await require_still_shared(tx, shared.id)
    if opening.redeeming is not None:
        await _redeem(tx, person, opening.redeeming)
    try:
        credential, token = await issue_credential(
            tx,
            person,
            "session",
            device_name=shared.name if shared else own.name,
            device_kind="till" if shared else own.kind,
            lifetime=IDLE if shared else LIFETIME,
            epoch=opening.epoch,
            device=shared.id if shared else None,
        )
    except NotAllowed:
        # Left the company or set a new password between the proof and here: no different from a wrong password.
        raise NotAllowed("wrong_credentials", status=401) from None
    if shared is not None:
        await take_over(tx, shared.id, person, credential)
    await store.forget_tries(tx.db, *opening.keys)
    opening.set_session(token)
    me = msgspec.structs.replace(opening.me, credential=credential, device=shared)
    return SignedIn(me=me, token=token if opening.bearer else None)


async def _redeem(tx: Transaction, person: int, redeeming: Redeeming) -> None:
    if not await store.redeem(tx.db, person, redeeming.code_hash):
        raise Conflict("code_used", field="code")
    if await store.set_password(tx.db, person, redeeming.password_hash):
        await end_access(tx, [person], active=True)  # a new password: whoever was signed in with the old one is out
    await org.activate(tx, person)


openings: Gatherer[Opening, SignedIn] = Gatherer("sessions", _open, wait_s=WAIT_S, crowd_wait_s=WAIT_S, limit=100)

describe(
    {
        "wrong_credentials": ("工号或密码不对", "Wrong employee number or password"),
        "code_used": ("这个激活码刚刚被用过", "This activation code has just been used"),
    }
)
