"""The demonstration: a chain in an empty installation, a few people one may sign in as, and a day that has begun."""

import asyncio
import itertools
import tempfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from dianmai import accounts, org
from dianmai.core.access import Actor, issue_credential
from dianmai.core.engine import Asked, Engine
from dianmai.core.ids import random_id
from dianmai.core.transactions import Transaction
from dianmai.org.demo_chain import write_chain
from dianmai.wire.chat import OpenDirect, Opened, Send
from dianmai.wire.duties import SetDutyHolder
from dianmai.wire.notices import Confirm, Publish, Published, Read, Receive
from dianmai.wire.org import Audience, AudiencePart

STORES: Final = 300
PASSWORD: Final = "dianmai-demo"  # noqa: S105 - printed at every start, and good from this machine only
SIGN_INS: Final = (
    ("A00002", "王敏", "总部运营：发布必达通知"),
    ("A00007", "周婷", "总部人事：导入花名册、发激活码"),
    ("A00011", "刘建华", "华东大区经理：看板"),
    ("A00012", "吴芳", "区域经理：三家店"),
    ("A00101", "李明", "南京路店店长"),
    ("A00103", "许诺", "南京路店店员"),
)

STORE_MANAGERS: Final = Audience(parts=[AudiencePart(positions=["store_manager"])])
FIRST_NOTICE: Final = Publish(
    title="冷链食品到店温度检查",
    text="各店店长：\n\n1. 今天起，冷链商品到店时**必须**测温并登记。\n2. 高于 8°C 的商品一律拒收，"
    "并立即报区域经理。\n\n请在今天闭店前确认。",
    audience=STORE_MANAGERS,
    urgency="urgent",
)
MOMENT: Final = timedelta(minutes=1)

Progress = Callable[[str], None]


async def fill_with_demo(engine: Engine, progress: Progress) -> None:
    """Imports the demonstration chain as any chain's HR file would be. Never touches an installation with people.

    Says at every start as whom one may sign in, as long as the installation is a demonstration.
    """
    async with engine.database.reading() as connection:
        empty = not await org.anybody(connection)
    if empty:
        progress(f"Filling the empty installation with a demonstration chain of {STORES} stores")
        with tempfile.TemporaryDirectory() as directory:
            roster = Path(directory) / "花名册.csv"
            people = await asyncio.to_thread(write_chain, roster, STORES)
            await org.import_hr(engine, roster, confirm=lambda _: True, confirm_mass_change=True)
        progress(f"{people} people imported")
        await accounts.demo_sign_ins(engine, {employee_no: PASSWORD for employee_no, _, _ in SIGN_INS})
        await _let_the_day_begin(engine)
    if await accounts.is_demo(engine, SIGN_INS[0][0]):
        progress(f"Sign in from this machine with the password {PASSWORD} as")
        for employee_no, name, part in SIGN_INS:
            progress(f"  {employee_no}  {name}  {part}")


async def _let_the_day_begin(engine: Engine) -> None:
    """A notice that two thirds of the stores have dealt with, who looks after the equipment of a store, and a few words
    between two people.
    """
    async with engine.database.reading() as connection:
        named = {no: await org.person_numbered(connection, no) for no, _, _ in SIGN_INS}
        managers = await org.audience_people(connection, STORE_MANAGERS, language="zh-CN")
    ids = {no: person.id for no, person in named.items() if person is not None}
    publisher, area, manager = (Actor(ids[no], "person") for no in ("A00002", "A00012", "A00101"))
    notice = msgspec.json.decode(await _ask(engine, publisher, "notices.publish", FIRST_NOTICE), type=Published)
    others = [m.person for m in managers if m.person not in ids.values()]
    await _answer(engine, notice.notice, others)
    await _give_duty(engine, manager, ids["A00103"])
    opening = await _ask(engine, area, "chat.open_direct", OpenDirect(person=manager.id))
    stream = msgspec.json.decode(opening, type=Opened).stream
    for speaker, words in (
        (area, "今天下午两点我来巡店，冷柜的温度表准备一下。"),
        (manager, "好的，都登记好了。"),
        (area, "总部的通知看到了吗？闭店前记得确认。"),
    ):
        await _ask(engine, speaker, "chat.send", Send(stream=stream, text=words))


async def _give_duty(engine: Engine, manager: Actor, person: int) -> None:
    """Of what somebody can answer for in the manager's store, the first."""
    async with engine.database.reading() as connection:
        unit = (await org.seats(connection, [manager.id]))[manager.id].unit
        duty = (await org.responsible(connection, unit))[0].id
    await _ask(engine, manager, "org.set_duty_holder", SetDutyHolder(unit=unit, duty=duty, person=person))


async def _answer(engine: Engine, notice: int, people: Sequence[int]) -> None:
    """Of every eight, five confirm, one reads, one receives, one is away.

    They do so from short sessions of their own: receipts have no other way in, not even here.
    """

    async def sessions(tx: Transaction) -> list[Actor]:
        issued = [await issue_credential(tx, p, "session", device_name="demo", lifetime=MOMENT) for p in people]
        return [Actor(p, "person", credential) for p, (credential, _) in zip(people, issued, strict=True)]

    steps = (*[("notices.confirm", Confirm(notice=notice))] * 5, ("notices.read", Read(notice=notice)))
    steps = (*steps, ("notices.receive", Receive(notices=[notice])), None)
    actors = zip(await engine.write(sessions), itertools.cycle(steps), strict=False)
    await asyncio.gather(*(_ask(engine, actor, *step) for actor, step in actors if step is not None))


async def _ask(engine: Engine, actor: Actor, op: str, ask: msgspec.Struct) -> bytes:
    return (await engine.answer(actor, Asked(op, msgspec.json.encode(ask), nonce=f"demo:{random_id()}"))).body
