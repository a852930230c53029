"""Importing the HR file: first a plan that says exactly what would change, then that plan and no other."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dianmai import files
from dianmai.core.access import SYSTEM
from dianmai.core.db import Queries
from dianmai.core.engine import Engine
from dianmai.core.errors import Conflict, Language
from dianmai.core.operations import Act, Operation, reading, writing
from dianmai.core.transactions import Transaction
from dianmai.files import Storage
from dianmai.org.date_turned import schedule_turn
from dianmai.org.hr_sync import store
from dianmai.org.hr_sync.applying import carry_out
from dianmai.org.hr_sync.brake import brake_words, require_confirmed
from dianmai.org.hr_sync.checking import check
from dianmai.org.hr_sync.plan import Plan
from dianmai.org.hr_sync.planning import plan_changes
from dianmai.org.hr_sync.reading import read
from dianmai.org.hr_sync.showing import render_plan
from dianmai.org.hr_sync.standing import Standing
from dianmai.org.hr_sync.table import Table
from dianmai.org.rights import require_right
from dianmai.wire.org import ApplyImport, ImportDone, ImportPlan, PlanImport

MOST_LINES = 1_000


def import_operations(storage: Storage) -> list[Operation]:
    """The operations of importing; they read what was uploaded into `storage`."""

    @reading("org.plan_import")
    async def plan_import(act: Act, ask: PlanImport) -> ImportPlan:
        """Reads an uploaded HR file (xlsx or CSV) and says what applying it would change. Changes nothing.

        Needs the right `import`. Columns: 工号, 姓名, 部门路径, 岗位; and, where the file has them, 手机, 门店编码,
        入职日期, 离职日期, 状态, 时区, 直属上级, 部门类型, 属性:…. A person with several rows holds several positions,
        the first is the main one. Whoever is not in the file leaves; a unit that nobody is in closes.

        Refusals: `forbidden`, `not_found` (the file), those of an unreadable file (`file_too_large`, `too_many_rows`,
        `file_truncated`, `unsafe_file`, `encrypted_file`, `unsupported_format`, `encoding_unknown`, `empty_table`,
        `missing_column`, `doubled_column`), and of bad rows, each listed with row, column, value, code and reason:
        the rows' common code (`doubled_employee_no`, `doubled_phone`, `invalid_date`, `lossy_number`, `org_cycle`, …)
        or `rows_refused`.
        """
        await require_right(act, "import")
        _, content = await files.read_bytes(storage, act, ask.file)
        plan, _, _ = await planned(act.db, await read(content), act.now, act.language)
        return told(plan, act.language)

    @writing("org.apply_import", on_reserve=True)
    async def apply_import(act: Act, ask: ApplyImport) -> ImportDone:
        """Applies the plan with this digest, all of it or nothing. Leavers lose access with the commit.

        Needs the right `import`. Refusals: those of `org.plan_import`; `plan_changed` when the file or the
        organisation is not what the plan was made of; `mass_change_needs_confirmation` (more than a fifth of at least
        ten people leave, or of at least ten stores close, or nobody could import any more) until
        `confirm_mass_change`; `last_importer` even then, when nobody who may import would be left.
        """
        await require_right(act, "import")
        _, content = await files.read_bytes(storage, act, ask.file)
        table = await read(content)
        plan = await apply_table(act.tx, table, ask.digest, act.language, confirmed=ask.confirm_mass_change)
        return ImportDone(counts=plan.counts)

    return [plan_import, apply_import]


async def import_hr(
    engine: Engine,
    path: Path,
    *,
    confirm: Callable[[str], bool],
    confirm_mass_change: bool = False,
    language: Language = "zh-CN",
    braked: Callable[[str], None] = lambda _: None,
) -> dict[str, int] | None:
    """Imports a file for the command line, as the system.

    Shows the rendered plan to `confirm` and applies it when that says True; a plan that the brake stops is shown to
    `braked` before it is refused. Answers what changed, counted (empty: the file says what is so already), or None when
    it was declined. Refusals as of the operations.
    """
    table = await read(await asyncio.to_thread(path.read_bytes))
    async with engine.database.reading() as connection:
        now = await store.now(connection)
        plan, _, _ = await planned(connection, table, now, language)
    if plan.steps.empty:
        return {}
    shown = render_plan(told(plan, language), language)
    try:
        require_confirmed(plan, confirmed=confirm_mass_change)
    except Conflict:
        braked(shown)
        raise
    if not confirm(shown):
        return None

    async def work(tx: Transaction) -> dict[str, int]:
        done = await apply_table(tx, table, plan.digest, language, confirmed=confirm_mass_change)
        return done.counts

    return await engine.write(work, actor=SYSTEM)


async def apply_table(
    tx: Transaction, table: Table, digest: str | None, language: Language, *, confirmed: bool
) -> Plan:
    """Plans anew under the organisation's lock and carries it out; with a digest, only that very plan."""
    await store.lock_organisation(tx.db)
    plan, standing, today = await planned(tx.db, table, tx.now, language)
    if digest is not None and plan.digest != digest:
        raise Conflict("plan_changed", field="digest")
    require_confirmed(plan, confirmed=confirmed)
    await carry_out(tx, plan, standing, today)
    await schedule_turn(tx, tx.now)
    return plan


async def planned(db: Queries, table: Table, now: datetime, language: Language) -> tuple[Plan, Standing, date]:
    """What the table would change now, in what, and which day it is for the company."""
    standing = await store.standing(db)
    today = now.astimezone(ZoneInfo(standing.top.time_zone if standing.top else "Asia/Shanghai")).date()

    def compare() -> Plan:
        return plan_changes(check(table, standing, language), standing, today, language)

    # Seconds of work for a large chain: not on the loop that serves everybody.
    return await asyncio.to_thread(compare), standing, today


def told(plan: Plan, language: Language) -> ImportPlan:
    """The plan as its reader sees it."""
    return ImportPlan(
        digest=plan.digest,
        rows=plan.rows,
        counts=plan.counts,
        changes=plan.changes[:MOST_LINES],
        notes=plan.notes,
        brake=brake_words(plan, language),
    )
