"""Golden transcripts: what is said on the wire, line by line, and a player that says it to a real server.

How a line reads is written at the head of `version_1.txt`. The web client replays the same file in
`web/tests/transcripts.test.ts`, and every example of `docs/protocol.md` is an excerpt of it.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from dianmai.accounts import issue_code_for
from dianmai.app import Running
from dianmai.core.access import issue_credential
from dianmai.core.transactions import Transaction
from tests.edge.client import Answer, Refusal, Socket, connect, http, request
from tests.world import Member, World

HTTP: Final = ("GET", "POST")


@dataclass(frozen=True)
class Line:
    """`who` is a device (`*`: the server's surroundings); `what` is a sign, a method or a status."""

    who: str
    what: str
    text: str

    @property
    def said(self) -> Any:
        return json.loads(self.text)

    @property
    def person(self) -> str:
        """`xu-2` is another device of xu."""
        return self.who.partition("-")[0]


def lines(text: str) -> list[Line]:
    """The lines of a transcript, without blank ones and comments."""
    parts = [line.split(" ", 2) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [Line(who, what, rest[0] if rest else "") for who, what, *rest in parts]


def read(path: Path) -> list[Line]:
    return lines(path.read_text("utf-8"))


def blocks(said: Sequence[Line]) -> Iterator[tuple[str, str, list[Line]]]:
    """What one device does in one way without a break: the frames of such a block come in any order."""
    for (who, what), block in groupby(said, key=lambda line: (line.who, line.what)):
        yield who, what, list(block)


@dataclass
class Player:
    """Plays a transcript against a server over the named world."""

    server: Running
    world: World
    named: dict[str, Any] = field(default_factory=dict[str, Any])
    _devices: dict[str, Socket] = field(default_factory=dict[str, Socket])
    _tokens: dict[str, str] = field(default_factory=dict[str, str])
    _answer: Answer | None = None

    async def play(self, said: Sequence[Line]) -> None:
        for who, what, block in blocks(said):
            if who == "*":
                for line in block:
                    await self._happen(line)
            elif what in HTTP:
                for line in block:
                    self._answer = await self._asked(line)
            elif what.isdigit():
                self._answered(block[0])
            elif what == "!":
                await self._closed(block[0])
            elif what == "<":
                await self._heard(who, await self._device(block[0]), block)
            else:
                socket = await self._device(block[0])
                for line in block:
                    await (self._sent_raw(socket, line) if what == ">>" else socket.send(self._filled(line.said)))

    async def _heard(self, who: str, socket: Socket, block: Sequence[Line]) -> None:
        for line in block:
            told = await socket.frame(line.said["t"])
            if line.said["t"] == "entries":
                told = await _as_many(len(line.said["entries"]), told, socket)
            assert self._matches(line.said, told), f"{who} heard\n  {_shown(told)}\nand not\n  {line.text}"
        assert not socket.kept, f"{who} also heard {_shown(socket.kept)}"

    async def _closed(self, line: Line) -> None:
        code, _, reason = line.text.partition(" ")
        closed = await (await self._device(line)).closed()
        told = f"{closed.code} {closed.reason}"
        assert closed.code == int(code), f"{line.who} was told {told}"
        assert not reason or re.fullmatch(re.escape(reason).replace("\\~", r"\d+"), closed.reason), (
            f"{line.who} was told {told}"
        )

    async def _sent_raw(self, socket: Socket, line: Line) -> None:
        """`81 7b7d`: the first byte of a frame and its payload, `*100` as often; it is masked as a client must."""
        first, _, payload = line.text.partition(" ")
        byte, times = int(first, 16), payload.partition("*")[2] or "1"
        content = bytes.fromhex(payload.partition("*")[0]) * int(times)
        await socket.send_raw(byte & 15, content, fin=bool(byte & 0x80), rsv=byte >> 4 & 7)

    async def _asked(self, line: Line) -> Answer:
        """`/api/chat.send nonce=… {…}`: an address, headers by short names, and a body."""
        path, *more = line.text.split(" ", 1)
        words, _, body = re.fullmatch(r"((?:\w+=\S+ ?)*)()(.*)", more[0] if more else "", re.DOTALL).groups()
        given = dict(word.split("=", 1) for word in words.split())
        headers = {_HEADERS[name]: self._own(value) for name, value in given.items()}
        if line.person in _PEOPLE:
            headers["Authorization"] = f"Bearer {await self._token(line)}"
        if "type" not in given and body:
            headers["Content-Type"] = "application/json"
            body = json.dumps(self._filled(json.loads(body)), ensure_ascii=False)
        if path == "/socket":
            return await self._refused(headers)
        raw = request(line.what, self._own(path), headers=headers, body=body.encode(), host=f"127.0.0.1:{self._port}")
        return await http(self._port, raw)

    async def _refused(self, headers: dict[str, str]) -> Answer:
        try:
            socket = await connect(self._port, headers)
        except Refusal as refusal:
            return Answer(refusal.status, dict(refusal.headers), refusal.body)
        await socket.goodbye()
        return Answer(101, {}, b"{}")

    def _answered(self, line: Line) -> None:
        assert self._answer is not None
        told = f"{self._answer.status} {self._answer.body.decode('utf-8', 'replace')}"
        if line.text.startswith(("{", "[")):
            assert self._answer.status == int(line.what), told
            assert self._matches(line.said, self._answer.json), f"{line.who} was told {told}\nand not\n  {line.text}"
        else:
            assert told == f"{line.what} {line.text}"

    async def _device(self, line: Line) -> Socket:
        """The device's socket, opened when it is first heard of."""
        if line.who not in self._devices:
            headers = {"Authorization": f"Bearer {await self._token(line)}"}
            self._devices[line.who] = await connect(self._port, headers)
        return self._devices[line.who]

    async def _token(self, line: Line) -> str:
        if line.who not in self._tokens:
            person = self._member(line.person).id

            async def work(tx: Transaction) -> str:
                return (await issue_credential(tx, person, "session", lifetime=timedelta(days=1)))[1]

            self._tokens[line.who] = await self.server.app.engine.write(work)
        return self._tokens[line.who]

    async def _happen(self, line: Line) -> None:
        """`* what who …`: what no client does."""
        sockets, words = self.server.app.sockets, [self._own(word) for word in line.text.split()]
        if line.what == "code":  # * code xu: an activation code has been issued to xu
            member = self._member(words[0])
            issued = await issue_code_for(self.server.app.engine, member.employee_no)
            self.named |= {"$employee_no": member.employee_no, "$code": issued.code}
        elif line.what == "leaves":  # * leaves xu $chat
            person, stream = self._member(words[0]).id, words[1]

            async def work(tx: Transaction) -> None:
                tx.leave(stream, [person])

            await self.server.app.engine.write(work)
        elif line.what == "slow":  # * slow till: it reads too slowly
            (side,) = (s for s in sockets.fanout.connections if s.actor.credential == self._credential(words[0]))
            side.fell_behind()
        else:  # * closes 1012: the server stops, or has lost its database
            assert line.what == "closes"
            sockets.close_all(int(words[0]))

    def _credential(self, who: str) -> int:
        return self.named[f"${who}-credential"]

    def _member(self, person: str) -> Member:
        store = self.world.nanjing_lu
        return {"li": store.manager, "till": store.manager, "xu": store.clerks[0], "wang": self.world.wang_min}[person]

    @property
    def _port(self) -> int:
        return urlsplit(self.server.url).port or 0

    def _own(self, word: str) -> str:
        """A word with the names in it replaced; `own` is the server's own origin."""
        if word == "own":
            return self.server.url
        return re.sub(r"\$[\w-]+", lambda found: str(self.named[found[0]]), word)

    def _filled(self, written: Any) -> Any:
        if isinstance(written, dict):
            return {self._filled(key): self._filled(value) for key, value in written.items()}
        if isinstance(written, list):
            return [self._filled(one) for one in written]
        return self.named[written] if isinstance(written, str) and written.startswith("$") else written

    def _matches(self, written: Any, told: Any) -> bool:
        """Whether it is as written, field by field; what a later server adds does not matter (the N−1 rule)."""
        if written == "~":
            return True
        if isinstance(written, str) and written.startswith("$"):
            return self.named.setdefault(written, told) == told
        if isinstance(written, dict):
            pairs = [(self.named.get(key, key), value) for key, value in written.items()]
            return isinstance(told, dict) and all(k in told and self._matches(v, told[k]) for k, v in pairs)
        if isinstance(written, list):
            return len(written) == len(told) and all(self._matches(w, t) for w, t in zip(written, told, strict=True))
        return written == told


async def followed(server: Running) -> None:
    """Waits until the groups have followed the organisation: what they say is not in the transcript."""
    behind = "SELECT EXISTS (SELECT FROM follower f JOIN lane l USING (lane) WHERE f.pos < l.pos)"
    async with asyncio.timeout(30):
        while await server.app.engine.database.pool.fetchval(behind):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def _shown(told: object) -> str:
    return json.dumps(told, ensure_ascii=False)


_PEOPLE: Final = ("li", "till", "xu", "wang")
_HEADERS: Final = {
    "nonce": "X-Dianmai-Nonce",
    "origin": "Origin",
    "language": "Accept-Language",
    "type": "Content-Type",
    "cookie": "Cookie",
    "bearer": "Authorization",
}


async def _as_many(count: int, told: dict[str, Any], socket: Socket) -> dict[str, Any]:
    """So many entries of a stream: how many of them come in one frame is no part of the protocol."""
    while len(told["entries"]) < count:
        more = await socket.about(told["stream"], "entries")
        told = {**told, "entries": told["entries"] + more["entries"]}
    if rest := told["entries"][count:]:
        socket.kept.insert(0, {**told, "entries": rest})
    return {**told, "entries": told["entries"][:count]}
