"""Our side of a round: what `dianmai serve` starts with default settings, by the same generator."""

import asyncio
import http.client
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import auditing, fanout, generating, missing, pairs, serving
from bench.auditing import Audit
from bench.measuring import Load, Measured, fan_out
from bench.peer import chain
from bench.peer.figures import Round, Signing
from bench.peer.sizes import Sizes
from bench.processes import Usage, proportional_set_kib, usage, without_database
from bench.serving import Server
from dianmai.engines import EmbeddedPostgres, attach


class Ours:
    """The product on data of its own, started anew for each round."""

    def __init__(self, data_dir: Path, sizes: Sizes, audit: Audit) -> None:
        self._data_dir = data_dir
        self._sizes = sizes
        self._audit = audit
        self._chain: chain.Chain | None = None

    async def prepare(self) -> float:
        """Makes the chain; how many sign in with a password a second, which is no part of a round."""
        with serving.running(self._data_dir) as server:
            self._chain = await chain.make(attach(self._data_dir), self._sizes)
            return await self._password_sign_ins(server)

    async def round(self) -> Round:
        """Memory first: what a server has used once, it does not ask the system for again."""
        with serving.running(self._data_dir) as server:
            dsn = attach(self._data_dir).dsn
            memory = await self._idle(server)
            narrow, wide = await self._fan_out(server, dsn, 4), await self._fan_out(server, dsn, 16)
            return Round(narrow, wide, await self._pairs(server, dsn), await self._resume(server, dsn), memory)

    async def verify(self) -> None:
        """Reads the conversations of the loads again: no hole, every hash holds."""
        postgres = EmbeddedPostgres(self._data_dir)
        engine = await postgres.start(lambda _: None)
        try:
            for stream in (self.chain.group, *self.chain.couples[:10]):
                await auditing.chain_holds(engine.dsn, stream, self._audit)
        finally:
            await postgres.stop()

    @property
    def chain(self) -> chain.Chain:
        assert self._chain is not None
        return self._chain

    async def _fan_out(self, server: Server, dsn: str, window: int) -> Measured:
        # A socket carries one request at a time: who has several messages on their way writes from several devices.
        load = Load(
            self.chain.group, self._sizes.senders * window, self._sizes.seconds, window=1, warm=self._sizes.warm_s
        )
        return await fan_out(server, dsn, fanout.online(self.chain.talking, window), load, self._audit)

    async def _pairs(self, server: Server, dsn: str) -> Measured:
        load = Load("", self._sizes.pairs, self._sizes.seconds, window=4, warm=self._sizes.warm_s)
        tokens = self.chain.talking[: 2 * self._sizes.pairs]
        return await pairs.talk(server, dsn, self.chain.couples, tokens, load, self._audit)

    async def _resume(self, server: Server, dsn: str) -> Signing:
        marks: dict[str, Usage] = {}
        await missing.not_used_for_minutes(dsn)
        lines = chain.missed_lines(self.chain, await missing.heads(dsn))
        result = await asyncio.to_thread(
            generating.run,
            "storm",
            server.port,
            self.chain.returning,
            {"stream": self.chain.everybody, "spread": 0},
            lambda event, pid: marks.__setitem__(event, usage(server.pid, pid)),
            lines,
        )
        sessions, missed = self._sizes.sessions, self._sizes.missed
        self._audit.require(result["sessions"] == sessions and not result["wrong_sessions"], "all are level")
        self._audit.require(
            result["entries"] == sessions * missed, f"everybody got the {missed} missed", times=result["entries"]
        )
        spent = marks["measured"].since(marks["measuring"])
        seconds = result["all_caught_up_ms"] / 1000
        return Signing(sessions, seconds, spent, result)

    async def _idle(self, server: Server) -> float:
        await asyncio.sleep(self._sizes.settle_s)
        before, during = proportional_set_kib(without_database(server.pid)), 0

        def on_event(event: str, _: int) -> None:
            nonlocal during
            if event == "measured":
                during = proportional_set_kib(without_database(server.pid))

        tokens = self.chain.returning[: self._sizes.idle]
        wishes: Mapping[str, object] = {"at_once": self._sizes.at_once, "warm": 0, "seconds": self._sizes.rest_s}
        await asyncio.to_thread(generating.run, "idle", server.port, tokens, wishes, on_event)
        return (during - before) / len(tokens)

    async def _password_sign_ins(self, server: Server) -> float:
        for number, code in self.chain.codes.items():
            await asyncio.to_thread(_ask, server.port, "accounts.activate", employee_no=number, code=code)
        began = time.monotonic()
        each = [asyncio.to_thread(_sign_in, server.port, number, began) for number in self.chain.codes]
        return round(sum(await asyncio.gather(*each)) / (time.monotonic() - began), 1)


SIGNING_IN_S = 3.0


def _sign_in(port: int, number: str, began: float) -> int:
    """Signs in one time after the other."""
    done = 0
    while time.monotonic() - began < SIGNING_IN_S:
        _ask(port, "accounts.sign_in", employee_no=number)
        done += 1
    return done


def _ask(port: int, operation: str, **fields: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        body = json.dumps({**fields, "password": chain.PASSWORD, "bearer": True})
        connection.request("POST", f"/api/{operation}", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{operation}: {answer.status} {said[:300]!r}")
    finally:
        connection.close()
