"""P6: a must-read notice to 5,000 people online in 300 stores; all confirm it within a minute."""

from typing import Any

from bench import auditing, generating, seeding
from bench.auditing import Audit
from bench.committing import commit_time_us, wal_position
from bench.ground import Ground, calibrate, ground, say
from bench.processes import Usage, proportional_set_kib, usage

STORES = 300
MINUTE_S = 60.0
REST_S = 3.0


async def measure() -> dict[str, Any]:
    """The whole bench, in about two minutes."""
    async with ground() as standing:
        chain = await seeding.whole_chain(standing.engine.dsn, STORES)
        say(f"{len(chain.tokens)} people in {chain.stores} stores are ready; calibrating")
        return await _publish(standing, chain, await calibrate(standing.engine))


async def _publish(standing: Ground, chain: seeding.Chain, calibration: dict[str, float]) -> dict[str, Any]:
    server, engine, where = standing
    marks: dict[str, Usage] = {}
    memory: dict[str, int] = {"idle": proportional_set_kib([server.pid])}
    position = await wal_position(engine.admin_dsn)

    def note(event: str, pid: int) -> None:
        marks[event] = usage(server.pid, pid)
        if event == "publishing":
            memory["online"] = proportional_set_kib([server.pid])
        say(event)

    wishes = {"body": chain.notice, "warm": REST_S, "spread": MINUTE_S, "at_once": 64}
    result = generating.run("notice", server.port, chain.tokens, wishes, note)
    committed = await commit_time_us(engine, server.data_dir, position, result["notice"])
    audit = Audit()
    await _audit(engine.dsn, result, len(chain.tokens), audit)
    at = result["at_ms"] * 1000

    def after_commit(moment: str) -> float:
        return round((result[moment] - committed) / 1000, 1)

    delivering = marks["acknowledged"].since(marks["publishing"])
    confirming = marks["measured"].since(marks["measuring"])
    return {
        "bench": "notice",
        "recipients": result["recipients"],
        "stores": chain.stores,
        "published_ms": round(result["published_ms"], 1),
        "first_delivery_ms": after_commit("first_had_us"),
        "median_delivery_ms": after_commit("median_had_us"),
        "last_delivery_ms": after_commit("last_had_us"),
        "last_device_ms": after_commit("last_acknowledged_us"),
        "commit_after_entry_time_ms": round((committed - at) / 1000, 1),
        "receipts_cpu_s": round(confirming.server + confirming.children, 2),
        "receipts_server_cpu_s": round(confirming.server, 2),
        "receipts_database_cpu_s": round(confirming.children, 2),
        "delivered_receipts_and_publishing_cpu_s": round(delivering.server + delivering.children, 2),
        "read_p99_ms": result["read_p99_ms"],
        "confirm_p99_ms": result["confirm_p99_ms"],
        "connected_per_s": round(result["clients"] / result["connect_s"]),
        "kib_per_connection": round((memory["online"] - memory["idle"]) / result["clients"], 1),
        "steal_percent": round(100 * confirming.steal / MINUTE_S),
        "asserted": audit.asserted,
        "calibration": calibration,
        "environment": where,
    }


async def _audit(dsn: str, result: dict[str, Any], people: int, audit: Audit) -> None:
    """Everybody had it once, said so once, and the ledger knows it."""
    notice = result["notice"]
    audit.require(result["recipients"] == people, "everybody is a recipient")
    audit.require(result["had"] == people and result["doubled"] == 0, "everybody had it, once", times=people)
    audit.require(result["acknowledged"] == people, "every device acknowledged", times=people)
    audit.require(result["confirmed"] == people, "everybody has read and confirmed", times=2 * people)
    stored = await auditing.notice_states(dsn, notice)
    audit.require(
        stored == {"delivered": people, "read": people, "confirmed": people}, f"the board agrees: {stored}", 3
    )
    lines = await auditing.receipt_lines(dsn, notice)
    audit.require(
        lines == {"delivered": people, "read": people, "confirmed": people}, f"so does the ledger: {lines}", 3
    )
    for stream in (f"notice:{notice}", f"notice:{notice}/receipts"):
        await auditing.chain_holds(dsn, stream, audit)
