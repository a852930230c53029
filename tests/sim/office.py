"""What is done to people and streams from outside: by the real engine of some server, as the system."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from dianmai.core.access import allow_access, create_actors, end_access, end_credential, issue_credential
from dianmai.core.engine import Engine
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from tests.sim import looking

if TYPE_CHECKING:
    from tests.sim.device import Device

LIFETIME = timedelta(days=30)


async def hire(engine: Engine, count: int) -> list[int]:
    """New people."""

    async def work(tx: Transaction) -> list[int]:
        return await create_actors(tx, "person", count)

    return await engine.write(work)


async def sign_in(engine: Engine, device: "Device") -> None:
    """A new session on a device, unless the person has no access."""
    credential, token = await engine.write(lambda tx: issue_credential(tx, device.person, "session", lifetime=LIFETIME))
    if not device.token:
        device.audit.credentials[device.number].append(credential)
        device.sign_in(credential, token)


async def open_stream(engine: Engine, stream: str, members: Sequence[int], *, from_start: bool) -> None:
    async def work(tx: Transaction) -> None:
        tx.open(stream)
        tx.join(stream, members, from_start=from_start)
        if from_start:
            tx.append(Draft(stream, "group.opened", b"{}"))

    await engine.write(work)


async def move(engine: Engine, stream: str, join: Sequence[int], leave: Sequence[int], *, silently: bool) -> None:
    """Members come and go."""

    async def work(tx: Transaction) -> None:
        if join:
            tx.join(stream, join)
        if leave:
            tx.leave(stream, leave)
        if not silently:
            tx.append(Draft(stream, "group.members", b"{}"))

    await engine.write(work)


async def publish(engine: Engine, people: Sequence[int], owes: int) -> None:
    """A notice, as `notices.publish` opens it."""

    async def work(tx: Transaction) -> None:
        notice = await tx.db.fetchval(looking.ADD_NOTICE, owes, list(people))
        stream = f"notice:{notice}"
        tx.open(stream, lasting=False)
        tx.join(stream, people, from_start=True)
        tx.append(Draft(stream, "notice.published", b'{"notice":%d}' % notice, counts=True))
        tx.open(stream + "/receipts", "counts")

    await engine.write(work)


async def dismiss(engine: Engine, person: int) -> None:
    """Ends all access of a person and takes them out of every conversation."""
    await engine.write(lambda tx: end_access(tx, [person]))


async def take_back(engine: Engine, person: int) -> None:
    await engine.write(lambda tx: allow_access(tx, [person]))


async def sign_out(engine: Engine, person: int, credential: int) -> None:
    await engine.write(lambda tx: end_credential(tx, person, credential))
