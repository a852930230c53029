"""Quiet hours: when somebody wants to be left alone. Kept here, for all their devices; what makes a sound asks first.

Must-read notices are heard all the same, and who is called by name: `web/src/core/quiet.ts` says what may make a sound.
"""

from msgspec.structs import replace

from dianmai import org
from dianmai.accounts import store_quiet
from dianmai.core.errors import Invalid, NotAllowed, describe
from dianmai.core.ids import person_stream
from dianmai.core.journal import Draft
from dianmai.core.operations import Act, reading, writing
from dianmai.wire.accounts import GetQuietHours, QuietHours, SetQuietHours

describe(
    {
        "quiet_all_day": (
            "开始和结束不能是同一个时间",
            "Quiet hours can't begin and end at the same time",
        ),
    }
)


@reading("accounts.quiet_hours")
async def quiet_hours(act: Act, ask: GetQuietHours) -> QuietHours:
    """The person's quiet hours, in the time zone of the unit they belong to. Never set: off.

    Refuses `forbidden` for an actor that is not a person.
    """
    _require_person(act)
    kept = await store_quiet.quiet_hours(act.db, act.actor.id) or QuietHours()
    return replace(kept, time_zone=await _time_zone(act))


@writing("accounts.set_quiet_hours")
async def set_quiet_hours(act: Act, ask: SetQuietHours) -> QuietHours:
    """Sets the person's quiet hours: from a minute of the day (0–1439) to another, perhaps past midnight.

    `days` are those on which they begin (1 is Monday; none named: every day). The person's other devices hear of it.
    Refuses `quiet_all_day` (begin and end are the same), `forbidden` for an actor that is not a person.
    """
    _require_person(act)
    if ask.from_minute == ask.until_minute:
        raise Invalid("quiet_all_day", field="until_minute")
    body = QuietHours(
        on=ask.on,
        from_minute=ask.from_minute,
        until_minute=ask.until_minute,
        days=sorted(set(ask.days)),
        time_zone=await _time_zone(act),
    )
    await store_quiet.set_quiet_hours(act.db, act.actor.id, body)
    act.tx.append(Draft(person_stream(act.actor.id), "quiet.set", body))
    return body


def _require_person(act: Act) -> None:
    if act.actor.kind != "person":
        raise NotAllowed("forbidden")


async def _time_zone(act: Act) -> str:
    seat = (await org.seats(act.db, [act.actor.id])).get(act.actor.id)
    units = await org.units_by_id(act.db, [seat.unit]) if seat is not None else {}
    return units[seat.unit].time_zone if seat is not None and seat.unit in units else QuietHours().time_zone
