"""Company policies: what a chain decides for itself. Typed, each with a default, changed by its administrators.

Whoever decides by one asks `policies(act)`: it is kept in the process and dropped when one is set anywhere.
"""

from typing import Final

import msgspec
from msgspec.structs import fields, replace

from dianmai.core.db import Queries
from dianmai.core.journal import Draft
from dianmai.core.kept import Keepable
from dianmai.core.operations import Act, reading, writing
from dianmai.org import policy_store, rules, store
from dianmai.org.hr_sync.store import lock_organisation
from dianmai.org.rights import administers, require_right, rights_of
from dianmai.wire.org import GetPolicies, GroupsMadeBy, Policies, PoliciesTold, PolicySet, SetPolicies


async def policies(act: Act) -> Policies:
    """What the company has decided."""
    if act.transaction is not None:
        return await _read(act.db)
    return await act.streams.kept.value(_KEPT)


async def policies_in(db: Queries) -> Policies:
    """The same for followers and timers, as their transaction sees it."""
    return await _read(db)


async def is_one_of(act: Act, whom: GroupsMadeBy) -> bool:
    """Whether the actor is one of those a policy names."""
    if whom == "everyone" or act.actor.kind == "system":
        return True
    if whom == "managers":
        return bool((await rights_of(act.db, act.actor.id)).get("administer"))
    return await administers(act.db, act.actor, None)


@reading("org.policies", by_itself=True)
async def get_policies(act: Act, ask: GetPolicies) -> PoliciesTold:
    """The company's policies, and whether the asker may set them. Everybody signed in may see them."""
    rules.require_colleague(act.actor)
    return PoliciesTold(policies=await policies(act), may_set=await is_one_of(act, "administrators"))


@writing("org.set_policies")
async def set_policies(act: Act, ask: SetPolicies) -> PoliciesTold:
    """Sets the policies given, leaves the others, and answers all. Each change is noted for the audit.

    Minutes from 0 (never) to 10,080. Needs the right `administer` over the whole company. Refuses `forbidden`.
    """
    await lock_organisation(act.db)  # one after the other, so that each notes what it changed
    await require_right(act, "administer", await store.top_unit(act.db))
    before = await _read(act.db)
    wanted = {f.name: value for f in fields(ask) if (value := getattr(ask, f.name)) is not None}
    after = replace(before, **wanted)
    for name in wanted:
        old, new = (msgspec.json.encode(getattr(known, name)).decode() for known in (before, after))
        if old != new:
            await policy_store.set_policy(act.db, name, new, act.actor.id)
            act.tx.append(Draft("org", "org.policy_set", PolicySet(name=name, before=old, after=new)))
    return PoliciesTold(policies=after, may_set=True)


async def _read(db: Queries) -> Policies:
    """What is set, where this version understands it; a newer one may know more names and values."""
    found: dict[str, object] = {}
    stored = await policy_store.policies(db)
    for field in fields(Policies):
        if field.name in stored:
            try:
                found[field.name] = msgspec.json.decode(stored[field.name], type=field.type)
            except msgspec.DecodeError:
                continue
    return msgspec.convert(found, Policies)


_KEPT: Final = Keepable("org", _read)
