"""What an audience can be built from: the positions and store attributes that exist."""

from dianmai.core.operations import Act, reading
from dianmai.org import rules, store
from dianmai.wire.org import AttributeChoice, GetPositions, PositionChoice, Positions

MOST_VALUES = 100


@reading("org.positions")
async def positions(act: Act, ask: GetPositions) -> Positions:
    """All positions with how many people hold them today, and all store attributes with their values.

    At most 100 attributes and 100 values of each. Everybody signed in may see it.
    """
    rules.require_colleague(act.actor)
    chinese = act.language == "zh-CN"
    return Positions(
        positions=[
            PositionChoice(code=code, title=zh if chinese else en, people=people)
            for code, zh, en, people in await store.positions(act.db)
        ],
        attributes=[
            AttributeChoice(key=key, values=values) for key, values in await store.attribute_values(act.db, MOST_VALUES)
        ],
    )
