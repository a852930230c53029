"""Which groups there are to look after: found from the unit they were made from, by who need not be in them."""

from dianmai import org
from dianmai.chat import group_store, rules
from dianmai.core.operations import Act, reading
from dianmai.wire.groups import GetUnitGroups, UnitGroup, UnitGroups


@reading("chat.unit_groups")
async def unit_groups(act: Act, ask: GetUnitGroups) -> UnitGroups:
    """The managed groups made from a unit, closed ones last; with the top unit also those of the whole company.

    For whoever administers the unit; `chat.group` opens the card of each. Refuses `forbidden`.
    """
    rules.require_manager(manages=await org.administers(act.db, act.actor, ask.unit))
    units = await org.units_by_id(act.db, [ask.unit])
    top = ask.unit in units and len(units[ask.unit].line) == 1
    rows = await group_store.groups_of_unit(act.db, ask.unit, company_wide=top)
    chinese = act.language == "zh-CN"
    return UnitGroups(
        groups=[
            UnitGroup(
                stream=row.stream,
                title=row.title_zh if chinese else row.title_en,
                members=row.members,
                closed=row.closed,
            )
            for row in rows
        ]
    )
