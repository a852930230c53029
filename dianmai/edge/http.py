"""The door for HTTP: one route for all operations, the features' doors, health, numbers, and the web client.

Whatever is raised is answered here and nowhere else; every answer carries the security headers.
"""

import asyncio
import gzip
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, get_args

import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dianmai.core import telemetry
from dianmai.core.access import nobody
from dianmai.core.doors import Door
from dianmai.core.engine import Answered, Asked, Engine
from dianmai.core.errors import Invalid, NotAllowed, NotFound, Refusal
from dianmai.core.ids import random_id
from dianmai.edge import bodies, openapi, refusing
from dianmai.edge.admission import COOKIE, DEVICE, Admission, Caller, peer_of
from dianmai.edge.answering import Answering
from dianmai.edge.entrances import entrance
from dianmai.edge.pages import Pages
from dianmai.edge.socket import SocketDoor
from dianmai.wire.base import Nonce

log = structlog.get_logger()

COOKIE_S = 90 * 24 * 3600
DEVICE_COOKIE_S = 400 * 24 * 3600  # the longest that browsers keep one
OPERATIONS = "/api/"
WORTH_PACKING = 32 * 1024
LONG_PACKING = 256 * 1024

_RULE = next(part for part in get_args(Nonce) if isinstance(part, msgspec.Meta))
_NONCE = re.compile(_RULE.pattern or "")
_SHORTEST, _LONGEST = _RULE.min_length or 0, _RULE.max_length or 0


class HttpDoor:
    """The ASGI application."""

    def __init__(
        self,
        engine: Engine,
        admission: Admission,
        sockets: SocketDoor,
        doors: Sequence[Door],
        alive: Callable[[], bool] = lambda: True,
    ) -> None:
        """`alive`: whether what runs behind the doors still does."""
        self._engine = engine
        self._admission = admission
        self._answering: Answering = sockets.answering
        self._sockets = sockets
        self._alive = alive
        self._pages = Pages()
        self._document: bytes | None = None
        self._router: ASGIApp = Router(list(self._routes(doors)), redirect_slashes=False, default=self._page)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller: Caller | None = None
        started = False

        async def say(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                present = {name for name, _ in message["headers"]}
                extra = [h for h in refusing.security_headers(caller) if h[0] not in present]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        try:
            caller = self._admission.caller(scope["headers"], peer_of(scope["client"]), tls=scope["scheme"] == "https")
            self._admission.require_served(scope["path"])
            scope["caller"] = caller
            scope["app"] = self
            if scope["method"] == "POST" and scope["path"].startswith(OPERATIONS):
                # The one busy route; looking through the others first would cost a tenth of a small operation.
                response = await self._operate(Request(scope, receive), scope["path"][len(OPERATIONS) :])
                await response(scope, receive, say)
            else:
                await self._router(scope, receive, say)
            return
        except Refusal as refusal:
            answer = _refused(refusal, caller)
        except HTTPException as error:
            answer = _refused(_translated(error), caller, error.headers)
        except ClientDisconnect:
            return
        except Exception:
            request_id = caller.request_id if caller is not None else random_id(9)
            log.exception("request failed", path=scope["path"], request_id=request_id)
            if started:
                raise
            answer = _refused(Invalid("internal_error", status=500, request_id=request_id), caller)
        if not started:
            await answer(scope, receive, say)

    def _routes(self, doors: Iterable[Door]) -> Iterable[BaseRoute]:
        yield Route("/api/openapi.json", self._describe, methods=["GET"])
        yield Route("/api/{operation}", _only_posted, methods=["POST"])
        for path in {door.path for door in doors}:
            yield entrance([d for d in doors if d.path == path], self._engine, self._admission)
        yield Route("/health/live", self._live, methods=["GET"])
        yield Route("/health/ready", self._ready, methods=["GET"])
        yield Route("/metrics", self._numbers, methods=["GET"])
        yield Route("/socket", _not_a_socket, methods=["GET"])

    async def _operate(self, request: Request, name: str) -> Response:
        caller: Caller = request.scope["caller"]
        bodies.require_json(caller)
        operation = self._engine.operations[name]
        nonce = _nonce(caller)
        self._guard(caller)
        device = caller.device_cookie
        if operation.anonymous:
            # Signing in: nothing that is shown counts, not even the cookie of a session that has ended.
            _require_private_line(caller)
            actor, device = nobody(caller.language), device or caller.bearer
        else:
            actor = await self._admission.actor(caller, fresh=False)
            if not operation.by_itself:
                await self._admission.note_use(caller)
        body = await bodies.read(request, bodies.MOST_BYTES)
        try:
            answered = await self._answering.answer(actor, Asked(name, body, nonce, caller.address, device))
        except NotAllowed:
            self._admission.forget(caller)
            raise
        return await self._answer(caller, answered)

    def _guard(self, caller: Caller) -> None:
        """A browser adds the cookie to every request to us, also to one that another site's page makes."""
        if caller.bearer is None:
            self._admission.require_own_page(caller, origin_required=False)
            if (caller.cookie or caller.device_cookie) is not None and caller.headers.get("x-dianmai") != "1":
                raise NotAllowed("csrf_failed")

    async def _answer(self, caller: Caller, answered: Answered) -> Response:
        body, headers = answered.body, {"cache-control": "no-store"}
        if len(body) > WORTH_PACKING and "gzip" in caller.headers.get("accept-encoding", ""):
            if len(body) > LONG_PACKING:
                body = await asyncio.to_thread(gzip.compress, body, 4, mtime=0)
            else:
                body = gzip.compress(body, 4, mtime=0)
            headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
        response = Response(body, media_type="application/json", headers=headers)
        if answered.session is not None or answered.session_ended:
            _set_cookie(response, caller, "", answered.session, COOKIE_S)
        if answered.device is not None and caller.bearer is None:
            _set_cookie(response, caller, DEVICE, answered.device, DEVICE_COOKIE_S)
        return response

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every other address belongs to the web client."""
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET"})
        answer = self._pages.answer(Request(scope))
        await answer(scope, receive, send)

    async def _describe(self, _: Request) -> Response:
        if self._document is None:
            self._document = msgspec.json.encode(openapi.document(self._engine.operations.all().values()))
        return Response(self._document, media_type="application/json", headers={"cache-control": "no-store"})

    async def _live(self, _: Request) -> Response:
        return _json({"status": "ok"})

    async def _ready(self, _: Request) -> Response:
        if not (self._alive() and self._sockets.alive):
            return _json({"status": "task_ended"}, 503)
        if not self._sockets.elsewhere.fresh:
            return _json({"status": "database_away"}, 503)
        return _json({"status": "ok"})

    async def _numbers(self, request: Request) -> Response:
        caller: Caller = request.scope["caller"]
        self._admission.require_operator(caller)
        page = await self._sockets.elsewhere.numbers()
        return Response(page, media_type="text/plain; version=0.0.4; charset=utf-8")


async def _only_posted(_: Request) -> Response:
    raise NotFound("not_found")  # never reached: this route is here for the answer to other methods


async def _not_a_socket(_: Request) -> Response:
    raise Invalid("bad_request", status=426)


def _set_cookie(response: Response, caller: Caller, end: str, token: str | None, seconds: int) -> None:
    if caller.cookie_name is None:
        return
    response.set_cookie(
        caller.cookie_name + end,
        token or "",
        max_age=seconds if token else 0,
        path="/",
        secure=caller.cookie_name == COOKIE,
        httponly=True,
        samesite="lax",
    )


def _require_private_line(caller: Caller) -> None:
    """Passwords and codes come in here: not over a line that anybody can read, unless the operator allowed it."""
    if caller.cookie_name is None:
        raise NotAllowed("https_required")


def _nonce(caller: Caller) -> str | None:
    nonce = caller.headers.get("x-dianmai-nonce")
    if nonce is not None and not (_SHORTEST <= len(nonce) <= _LONGEST and _NONCE.match(nonce)):
        raise Invalid("invalid_value", field="nonce")
    return nonce


def _json(content: Any, status: int = 200) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(msgspec.json.encode(content), status, headers, "application/json")


def _translated(error: HTTPException) -> Refusal:
    if error.status_code == 405:
        return NotAllowed("method_not_allowed", status=405)
    return NotFound("not_found")


def _refused(refusal: Refusal, caller: Caller | None, headers: Mapping[str, str] | None = None) -> Response:
    telemetry.refusals.labels(refusal.code).inc()
    language = caller.language if caller is not None else "zh-CN"
    request_id = caller.request_id if caller is not None else random_id(9)
    more: dict[str, str] = {"cache-control": "no-store", **(headers or {})}
    if (seconds := refusing.retry_after(refusal)) is not None:
        more["retry-after"] = seconds
    if refusal.status in (400, 413) and refusal.code in ("body_too_large", "invalid_host", "bad_request"):
        more["connection"] = "close"
    return Response(refusing.error_body(refusal, language, request_id), refusal.status, more, "application/json")
