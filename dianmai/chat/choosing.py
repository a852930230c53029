"""Which managed groups a notice can be addressed to: to the people in them, whoever they are when it is published."""

import msgspec

from dianmai import org
from dianmai.chat import group_store
from dianmai.core.operations import Act, reading
from dianmai.wire.groups import GetGroups, GroupChoice, Groups
from dianmai.wire.org import Audience


@reading("chat.groups")
async def groups_to_address(act: Act, ask: GetGroups) -> Groups:
    """The managed groups that lie wholly where the asker may publish, each with the audience it follows.

    `audience` addresses exactly the group's people: give it to `notices.publish`. Groups of the whole company come
    first; the groups of single stores are left out, since a store is found faster by its name. `people` counts the
    group's members now. Refusals: `forbidden` (403) without the right to publish.
    """
    await org.require_right(act, "publish")
    granted = (await org.rights_of(act.db, act.actor.id)).get("publish", [])
    units = await org.units_by_id(act.db, await org.units_below(act.db, granted))
    company_wide = any(len(units[unit].line) == 1 for unit in granted if unit in units)
    rows = await group_store.groups_to_address(act.db, units, company_wide=company_wide)
    return Groups(
        groups=[
            GroupChoice(
                stream=row.stream,
                title=row.title_zh if act.language == "zh-CN" else row.title_en,
                people=row.members,
                audience=_RULE.decode(row.rule),
                unit_name="" if row.unit is None else units[row.unit].name,
            )
            for row in rows
        ]
    )


_RULE = msgspec.json.Decoder(Audience)
