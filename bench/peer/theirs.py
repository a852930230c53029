"""ejabberd's side of a round: the same loads, by the same generator, in XMPP."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bench import generating
from bench.auditing import Audit
from bench.measuring import Measured
from bench.peer import archive
from bench.peer.archive import Stored
from bench.peer.configuration import ROOM
from bench.peer.ejabberd import Ejabberd, account
from bench.peer.figures import Round, Signing
from bench.peer.sizes import Sizes
from bench.processes import Usage, descendants, proportional_set_kib, usage


class Theirs:
    """ejabberd on a database of its own, started anew for each round."""

    def __init__(self, server: Ejabberd, stored: Stored, sizes: Sizes, audit: Audit) -> None:
        self._server = server
        self._stored = stored
        self._sizes = sizes
        self._audit = audit
        self._cursor = int(time.time() * 1_000_000)

    async def prepare(self) -> None:
        """Everybody has an account and messages in the archive that came while they were away."""
        async with self._running():
            pass
        await archive.fill(self._stored, self._returning, self._sizes.missed, self._cursor)

    async def round(self) -> Round:
        """Memory first: what a server has used once, it does not ask the system for again."""
        async with self._running():
            memory = await self._idle()
            fanout, wide = await self._fan_out(4), await self._fan_out(16)
            return Round(fanout, wide, await self._pairs(), await self._resume(), memory)

    @asynccontextmanager
    async def _running(self) -> AsyncGenerator[None]:
        try:
            await asyncio.to_thread(self._server.start)
            yield
        finally:  # also when the bench ends while it starts
            await asyncio.to_thread(self._server.stop)

    async def _fan_out(self, window: int) -> Measured:
        wishes = {"stream": ROOM, "senders": self._sizes.senders, "window": window}
        return await self._load("xmpp_fanout", _accounts(range(self._sizes.online)), wishes, rows_per_message=1)

    async def _pairs(self) -> Measured:
        # Each of the two people has an archive of their own.
        return await self._load(
            "xmpp_pairs", _accounts(range(2 * self._sizes.pairs)), {"window": 4}, rows_per_message=2
        )

    async def _load(
        self, mode: str, accounts: Sequence[str], wishes: Mapping[str, object], *, rows_per_message: int
    ) -> Measured:
        marks: dict[str, Usage] = {}
        before = await archive.last_row(self._stored.dsn)
        timing = {"warm": self._sizes.warm_s, "seconds": self._sizes.seconds}
        result = await self._generate(mode, accounts, {**wishes, **timing}, marks)
        sent = result["sent"]
        self._audit.require(sent > 0, f"{mode}: something was sent")
        # The generator has looked at every single delivery: each sender's next message, once.
        receivers = 1 if mode == "xmpp_pairs" else len(accounts)
        self._audit.require(
            result["deliveries"] == sent * receivers, f"{mode}: all got all", times=result["deliveries"]
        )
        rows, messages = await archive.rows_after(self._stored.dsn, before)
        self._audit.require(messages == sent, f"{mode}: the {sent} sent are archived, not {messages}", times=sent)
        self._audit.require(rows == sent * rows_per_message, f"{mode}: each once", times=sent)
        return Measured(result, marks["measured"].since(marks["measuring"]), self._sizes.seconds)

    async def _resume(self) -> Signing:
        marks: dict[str, Usage] = {}
        wishes = {"stream": self._cursor, "at_once": self._sizes.at_once}
        result = await self._generate("xmpp_resume", _accounts(self._returning), wishes, marks)
        missed = self._sizes.missed
        level = result["fewest"] == result["most"] == missed
        self._audit.require(level, f"everybody got the {missed} missed messages", times=self._sizes.sessions * missed)
        spent = marks["measured"].since(marks["measuring"])
        return Signing(result["clients"], result["seconds"], spent, result)

    async def _idle(self) -> float:
        await asyncio.sleep(self._sizes.settle_s)
        before, during = self._memory_kib(), 0

        def on_event(event: str, _: int) -> None:
            nonlocal during
            if event == "measured":
                during = self._memory_kib()

        count = self._sizes.idle
        wishes = {"at_once": self._sizes.at_once, "seconds": self._sizes.rest_s}
        await asyncio.to_thread(
            generating.run, "xmpp_idle", self._server.port, _accounts(range(count)), wishes, on_event
        )
        return (during - before) / count

    def _memory_kib(self) -> int:
        return proportional_set_kib([self._server.pid, *descendants(self._server.pid)])

    async def _generate(
        self, mode: str, accounts: Sequence[str], wishes: Mapping[str, object], marks: dict[str, Usage]
    ) -> dict[str, Any]:
        def on_event(event: str, pid: int) -> None:
            marks[event] = self._usage(pid)

        return await asyncio.to_thread(generating.run, mode, self._server.port, accounts, wishes, on_event)

    def _usage(self, generator: int) -> Usage:
        server, database = usage(self._server.pid, generator), usage(self._stored.pid)
        return server._replace(server=server.server + server.children, children=database.server + database.children)

    @property
    def _returning(self) -> range:
        """Who comes back and is behind: none of those who write meanwhile."""
        return range(self._sizes.online, self._sizes.online + self._sizes.sessions)


def _accounts(numbers: range) -> list[str]:
    return [account(number) for number in numbers]
