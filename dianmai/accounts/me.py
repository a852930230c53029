"""Who is signed in, and what they may do."""

from typing import Final

from msgspec.structs import replace

from dianmai import org
from dianmai.accounts import store_devices
from dianmai.core.access import Actor
from dianmai.core.errors import NotFound
from dianmai.core.operations import Act, reading
from dianmai.wire.accounts import GetMe, Me, SharedDevice

MODULES: Final = ["chat", "notices", "people"]


@reading("accounts.me", by_itself=True)
async def me(act: Act, ask: GetMe) -> Me:
    """Who is signed in: their card, their session, their rights with the units below which these hold, the modules.

    Refusals: `not_found` for an actor that is not a person.
    """
    return await me_of(act, act.actor.id, act.actor.credential or 0)


async def me_of(act: Act, person: int, credential: int) -> Me:
    """The same for a person who is about to be signed in."""
    row = await org.person_row(act.db, person)
    if row is None or row.state == "left":
        raise NotFound("not_found", field="person")
    themselves = replace(act, actor=Actor(person, "person", credential or None, act.language))
    shared = await store_devices.device_of(act.db, credential) if credential else None
    return Me(
        person=await org.card(themselves, row),
        credential=credential,
        rights=await org.rights_of(act.db, person),
        modules=MODULES,
        language=act.language,
        device=SharedDevice(**shared._asdict()) if shared is not None else None,
    )
