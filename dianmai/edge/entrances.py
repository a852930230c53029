"""Mounts the features' doors: the same signing in, the same refusals, the same limits as operations."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from dianmai.core.access import Actor, require_alive
from dianmai.core.doors import Door, Knock, Reply
from dianmai.core.engine import Engine
from dianmai.core.errors import NotAllowed
from dianmai.core.operations import Act
from dianmai.core.transactions import Transaction
from dianmai.edge import bodies, store
from dianmai.edge.admission import Admission, Caller


def entrance(doors: Sequence[Door], engine: Engine, admission: Admission) -> Route:
    """The route of all doors with one path."""
    by_method = {str(door.method): door for door in doors}

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        door = by_method.get(method)
        if door is None:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(by_method))})
        caller: Caller = request.scope["caller"]
        actor = await _admitted(caller, door, admission)
        knock = await _knock(request, caller, door)
        reply = await _opened(engine, door, actor, caller, knock)
        return _response(reply)

    return Route(doors[0].path, answer, methods=sorted(by_method))


async def _admitted(caller: Caller, door: Door, admission: Admission) -> Actor:
    if caller.bearer is None:
        admission.require_own_page(caller, origin_required=False)
        if door.method != "GET" and caller.headers.get("x-dianmai") != "1":
            raise NotAllowed("csrf_failed")
    actor = await admission.actor(caller, fresh=False)
    if not actor.signed_in:
        raise NotAllowed("sign_in_required", status=401)
    await admission.note_use(caller)
    return actor


async def _knock(request: Request, caller: Caller, door: Door) -> Knock:
    body: AsyncIterator[bytes]
    if door.method == "GET":
        body = _once(b"")
    else:
        bodies.refuse_packed(caller)
        bodies.refuse_announced(request, door.max_bytes)
        body = bodies.stream(request, door.max_bytes)
    return Knock(request.path_params, dict(request.query_params), caller.headers, body)


async def _opened(engine: Engine, door: Door, actor: Actor, caller: Caller, knock: Knock) -> Reply:
    nonce = caller.headers.get("x-dianmai-nonce")
    if door.writes:
        whole = b"".join([piece async for piece in knock.body])

        async def work(tx: Transaction) -> Reply:
            act = Act(actor, tx.now, tx.db, engine.streams, caller.address, nonce, transaction=tx)
            # Tried again, it reads the body again.
            return await door.open(act, replace(knock, body=_once(whole)))

        return await engine.write(work, actor=actor, nonce=nonce)
    async with engine.database.reading() as connection:
        await require_alive(connection, actor)
        now = await store.now(connection)
    # The pool, not a connection: a slow upload must not keep one from everybody else.
    return await door.open(Act(actor, now, engine.database.pool, engine.streams, caller.address, nonce), knock)


def _response(reply: Reply) -> Response:
    headers = {"cache-control": "no-store", **{k.lower(): v for k, v in reply.headers.items()}}
    if isinstance(reply.body, bytes):
        return Response(reply.body, reply.status, headers, reply.media_type)
    return StreamingResponse(reply.body, reply.status, headers, reply.media_type)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
