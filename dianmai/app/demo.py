"""The demonstration: a chain in an empty installation, a few people one may sign in as, and a first notice."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from dianmai import accounts, org
from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.org.demo_chain import write_chain
from dianmai.wire.notices import Publish
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

Progress = Callable[[str], None]


async def fill_with_demo(engine: Engine, progress: Progress) -> None:
    """Imports the demonstration chain as any chain's HR file would be. Never touches an installation with people."""
    async with engine.database.reading() as connection:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM actor WHERE kind = 'person')"):
            return
    progress(f"Filling the empty installation with a demonstration chain of {STORES} stores")
    with tempfile.TemporaryDirectory() as directory:
        roster = Path(directory) / "花名册.csv"
        people = await asyncio.to_thread(write_chain, roster, STORES)
        await org.import_hr(engine, roster, confirm=lambda _: True, confirm_mass_change=True)
    await accounts.demo_sign_ins(engine, {employee_no: PASSWORD for employee_no, _, _ in SIGN_INS})
    await _publish_first_notice(engine)
    progress(f"{people} people imported; sign in from this machine with the password {PASSWORD} as")
    for employee_no, name, part in SIGN_INS:
        progress(f"  {employee_no}  {name}  {part}")


async def _publish_first_notice(engine: Engine) -> None:
    async with engine.database.reading() as connection:
        publisher = await org.person_numbered(connection, SIGN_INS[0][0])
    if publisher is None:
        return
    notice = Publish(
        title="冷链食品到店温度检查",
        text="各店店长：\n\n1. 今天起，冷链商品到店时**必须**测温并登记。\n2. 高于 8°C 的商品一律拒收，"
        "并立即报区域经理。\n\n"
        "请在今天闭店前确认。",
        audience=Audience(parts=[AudiencePart(positions=["store_manager"])]),
        urgency="urgent",
    )
    actor = Actor(publisher.id, "person")
    await engine.answer(actor, Asked("notices.publish", msgspec.json.encode(notice), nonce="demo:first-notice"))
