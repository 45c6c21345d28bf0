"""Access: what every request passes on its way in and out. A hot path: one wrapper a route, built once, no middleware.

Outside in: request id, timer and in-flight gauge; faults; refusals; session or token; body; the handler, within a time.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import re
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from time import perf_counter

import msgspec
from aiohttp import hdrs, web

from mock_platform.api import refusals
from mock_platform.api.route import Answer, Call, Route
from mock_platform.api.sessions import Sessions
from mock_platform.domain.errors import (
    Forbidden,
    IdempotencyKeyMissing,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    Unauthenticated,
)
from mock_platform.faults.injector import Injector
from mock_platform.metrics import Metrics

REQUEST_ID = "X-Request-Id"
RUN = "X-Zerohour-Run"
JSON = "application/json"
KEY = "Idempotency-Key"
UNMATCHED = "unmatched"
EVERYTHING_ELSE = "/{rest}"
CLIENT_CLOSED_STATUS = 499  # in metrics only: the handler was cut off, so there was no answer
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

WebHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_encode = msgspec.json.Encoder().encode


class Access:
    """Turns routes into aiohttp handlers, and adds one that answers for everything else."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        admin_token: str,
        metrics: Metrics,
        injector: Injector,
        request_timeout_s: float,
        boot: str,
    ) -> None:
        self._sessions = sessions
        self._admin = f"Bearer {admin_token}".encode()
        self._metrics = metrics
        self._injector = injector
        self._request_timeout_s = request_timeout_s
        self._boot = boot
        self._numbers = itertools.count(1)

    def open(self, router: web.UrlDispatcher, routes: Iterable[Route]) -> None:
        """Register every route, HEAD beside each GET, and the answer for what matches none."""
        for route in routes:
            for method in ("GET", "HEAD") if route.method == "GET" else (route.method,):
                router.add_route(method, route.path, self._timed(route, self._inner(route)))
        rest = Route(method="*", path=UNMATCHED, handler=self._unmatched, says="", gives=None, audience="everybody")
        router.add_route("*", "/{rest:.*}", self._timed(rest, self._inner(rest)))

    def _timed(self, route: Route, inner: Callable[[web.Request, str], Awaitable[web.StreamResponse]]) -> WebHandler:
        metrics, injector, observe = self._metrics, self._injector, self._metrics.requests.observe
        traffic = self._metrics.traffic

        async def handle(request: web.Request) -> web.StreamResponse:
            started = perf_counter()
            metrics.in_flight += 1
            if route.hurtable:
                traffic.count("rehearsal" if RUN in request.headers else "customers")
            request_id = self._request_id(request)
            status = CLIENT_CLOSED_STATUS
            try:
                if injector.active and route.hurtable:
                    answer = await injector.around(partial(inner, request, request_id), request)
                else:
                    answer = await inner(request, request_id)
                status = answer.status
                return answer
            finally:
                metrics.in_flight -= 1
                method = request.method if request.method in METHODS else "other"
                observe(route.path, method, status, perf_counter() - started)

        return handle

    def _inner(self, route: Route) -> Callable[[web.Request, str], Awaitable[web.StreamResponse]]:
        decode = msgspec.json.Decoder(route.takes).decode if route.takes is not None else None
        handler, query, keyed, status = route.handler, route.query, route.keyed, route.status
        timeout_s, refused = self._request_timeout_s if route.bounded else None, self._metrics.refused
        caller = {"everybody": _anybody, "customers": self._customer, "operators": self._operator}[route.audience]

        async def answer(request: web.Request, request_id: str) -> web.StreamResponse:
            try:
                call = Call(request, caller(request))
                if keyed:
                    call.key = _key(request)
                if query is not None:
                    call.query = _query(request, query)
                async with asyncio.timeout(timeout_s):
                    if decode is not None:
                        call.body = await _body(request, decode)
                    given = await handler(call)
                response = _response(given, status)
            except Exception as mistake:
                error = refusals.shop_error(mistake, request, request_id)
                refused.count(error.code)
                response = refusals.answer(error)
            response.headers[REQUEST_ID] = request_id
            return response

        return answer

    def _request_id(self, request: web.Request) -> str:
        given = request.headers.get(REQUEST_ID)
        if given is not None and _GIVEN_ID.fullmatch(given):
            return given
        return f"{self._boot}-{next(self._numbers):x}"

    def _customer(self, request: web.Request) -> str:
        return self._sessions.customer(request.headers.get(hdrs.AUTHORIZATION))

    def _operator(self, request: web.Request) -> str:
        given = request.headers.get(hdrs.AUTHORIZATION)
        if given is None:
            raise Unauthenticated("This needs the admin token: Authorization: Bearer <token>.")
        if not hmac.compare_digest(given.encode(), self._admin):
            raise Forbidden("That is not the admin token.")
        return ""

    async def _unmatched(self, call: Call) -> object:
        """Why no route took this request: no such path, or not by this method."""
        request = call.request
        allowed: set[str] = set()
        for resource in request.app.router.resources():
            if resource.canonical != EVERYTHING_ELSE:
                allowed |= (await resource.resolve(request))[1]
        if not allowed:
            raise NotFound(f"There is nothing at {request.path[:100]}.")
        methods = ", ".join(sorted(allowed))
        error = MethodNotAllowed(f"{request.path[:100]} answers {methods} only.")
        self._metrics.refused.count(error.code)
        refused = refusals.answer(error)
        refused.headers[hdrs.ALLOW] = methods
        return refused


def _anybody(request: web.Request) -> str:
    return ""


def _key(request: web.Request) -> str:
    key = request.headers.get(KEY)
    if not key:
        raise IdempotencyKeyMissing(f"This needs an {KEY} header: a name of yours, the same when you ask again.")
    return key


def _query(request: web.Request, query: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        return msgspec.convert(dict(request.query), query, strict=False)
    except msgspec.ValidationError as mistake:
        raise MalformedRequest(f"The query cannot be used: {mistake}.") from mistake


async def _body(request: web.Request, decode: Callable[[bytes], object]) -> object:
    try:
        return decode(await request.read())
    except msgspec.DecodeError as mistake:
        raise MalformedRequest(f"The body cannot be used: {mistake}.") from mistake
    except web.HTTPRequestEntityTooLarge as mistake:
        raise TooLarge("The body is larger than the shop accepts.") from mistake
    except (web.RequestPayloadError, ConnectionError, ValueError) as mistake:
        raise MalformedRequest("The body did not arrive whole.") from mistake


def _response(given: object, status: int) -> web.Response:
    if isinstance(given, web.Response):
        return given
    if isinstance(given, Answer):
        headers = {hdrs.CONTENT_TYPE: JSON, **given.headers}
        return web.Response(status=given.status or status, body=_encode(given.body), headers=headers)
    return web.Response(status=status, body=_encode(given), headers={hdrs.CONTENT_TYPE: JSON})
