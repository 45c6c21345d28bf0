"""Access: what every request passes on its way in and out. A hot path: one closure a route, built once, no middleware.

On the way in: request id, timer and in-flight gauge; session or token; key, query and body; faults; then the handler,
within a time. On the way out: refusals, the request id, the measurement.
"""

from __future__ import annotations

import hmac
import itertools
import re
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from time import perf_counter
from typing import cast

import msgspec
from aiohttp import hdrs, web

from mock_platform.api import refusals
from mock_platform.api.deadlines import Deadlines
from mock_platform.api.reading import KEY, read_body, read_key, read_query
from mock_platform.api.reply import JSON, REQUEST_ID, Reply
from mock_platform.api.route import Answer, Call, Route
from mock_platform.api.sessions import Sessions
from mock_platform.domain.errors import Forbidden, MethodNotAllowed, NotFound, Unauthenticated
from mock_platform.faults.injector import Injector
from mock_platform.metrics import Metrics

RUN = "X-Zerohour-Run"
UNMATCHED = "unmatched"
EVERYTHING_ELSE = "/{rest}"
CLIENT_CLOSED_STATUS = 499  # in metrics only: the handler was cut off, so there was no answer
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

WebHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Work = Callable[[Call], Awaitable[object]]
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_encode = msgspec.json.Encoder().encode


class Access:
    """Turns routes into aiohttp handlers, and adds one that answers for everything else."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        merchant_sessions: Sessions,
        clerk_sessions: Sessions,
        admin_token: str,
        metrics: Metrics,
        injector: Injector,
        deadlines: Deadlines,
        boot: str,
    ) -> None:
        self._sessions = sessions
        self._merchant_sessions = merchant_sessions
        self._clerk_sessions = clerk_sessions
        self._admin = f"Bearer {admin_token}".encode()
        self._metrics = metrics
        self._injector = injector
        self._deadlines = deadlines
        self._boot = boot
        self._numbers = itertools.count(1)

    def open(self, router: web.UrlDispatcher, routes: Iterable[Route]) -> None:
        """Register every route, HEAD beside each GET, and the answer for what matches none."""
        for route in routes:
            for method in ("GET", "HEAD") if route.method == "GET" else (route.method,):
                router.add_route(method, route.path, self._handler(route, method))
        rest = Route(
            method="*",
            path=UNMATCHED,
            handler=self._unmatched,
            says="Whatever no route takes.",
            gives=None,
            audience="everybody",
            hurtable=False,
        )
        router.add_route("*", r"/{rest:[\s\S]*}", self._handler(rest, "*"))  # a path may hold a line break

    def _handler(self, route: Route, method: str) -> WebHandler:
        metrics, injector = self._metrics, self._injector
        observe = metrics.requests.of(route.path, method).observe if method != "*" else None
        caller = {
            "everybody": _anybody,
            "customers": self._customer,
            "merchants": self._merchant,
            "clerks": self._clerk,
            "operators": self._operator,
        }[route.audience]
        decode = msgspec.json.Decoder(route.takes).decode if route.takes is not None else None
        keyed, query, hurtable = route.keyed, route.query, route.hurtable
        key_welcome = route.key_welcome
        deadlines, work, traffic = self._deadlines, _work(route, self._deadlines), metrics.traffic.counts
        succeeds = route.status

        async def handle(request: web.Request) -> web.StreamResponse:
            started = perf_counter()
            metrics.in_flight += 1
            if hurtable:
                traffic["rehearsal" if RUN in request.headers else "customers"] += 1
            status = CLIENT_CLOSED_STATUS
            request_id = self._request_id(request)
            try:
                call = Call(request, request_id, caller(request))
                if keyed:
                    call.key = read_key(request)
                elif key_welcome:
                    call.key = request.headers.get(KEY, "")
                if query is not None:
                    call.query = read_query(request, query)
                if decode is not None:
                    call.body = await read_body(request, decode, deadlines)
                if hurtable and injector.active:
                    answer = await injector.around(partial(self._refusing, work, call, succeeds), request)
                else:
                    answer = _response(await work(call), succeeds, request_id)
                status = answer.status
                if type(answer) is not Reply:  # a reply has it already
                    answer.headers[REQUEST_ID] = request_id
                return answer
            except Exception as mistake:
                refused = self._refused(mistake, request, request_id)
                status = refused.status
                return refused
            finally:
                metrics.in_flight -= 1
                (observe or self._observer(route, request.method))(status, perf_counter() - started)

        return handle

    def _observer(self, route: Route, method: str) -> Callable[[int, float], None]:
        return self._metrics.requests.of(route.path, method if method in METHODS else "other").observe

    async def _refusing(self, work: Work, call: Call, succeeds: int) -> web.StreamResponse:
        """Work whose refusals are answers, so that a fault sees what a client would see."""
        try:
            answer = _response(await work(call), succeeds, call.request_id)
        except Exception as mistake:
            return self._refused(mistake, call.request, call.request_id)
        answer.headers[REQUEST_ID] = call.request_id
        return answer

    def _refused(self, mistake: Exception, request: web.Request, request_id: str) -> web.Response:
        error = refusals.shop_error(mistake, request, request_id)
        self._metrics.refused.count(error.code)
        answer = refusals.answer(error)
        answer.headers[REQUEST_ID] = request_id
        return answer

    def _request_id(self, request: web.Request) -> str:
        given = request.headers.get(REQUEST_ID)
        if given is not None and _GIVEN_ID.fullmatch(given):
            return given
        return f"{self._boot}-{next(self._numbers):x}"

    def _customer(self, request: web.Request) -> str:
        return self._sessions.customer(request.headers.get(hdrs.AUTHORIZATION))

    def _merchant(self, request: web.Request) -> str:
        return self._merchant_sessions.customer(request.headers.get(hdrs.AUTHORIZATION))

    def _clerk(self, request: web.Request) -> str:
        return self._clerk_sessions.customer(request.headers.get(hdrs.AUTHORIZATION))

    def _operator(self, request: web.Request) -> str:
        given = request.headers.get(hdrs.AUTHORIZATION)
        if given is None:
            raise Unauthenticated("This needs the admin token: Authorization: Bearer <token>.")
        if not hmac.compare_digest(given.encode(errors="surrogateescape"), self._admin):
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


def _work(route: Route, deadlines: Deadlines) -> Work:
    handler, within = route.handler, deadlines.within

    def bounded(call: Call) -> Awaitable[object]:
        return within(call.request.task, handler(call))

    return bounded if route.bounded else handler


def _response(given: object, status: int, request_id: str) -> web.Response:
    kind = type(given)  # isinstance asks an abstract base class, which takes 0.5 us
    if kind is web.Response:
        return cast("web.Response", given)
    if kind is Answer:
        return _with_headers(cast("Answer", given), status)
    return Reply(status, _encode(given), request_id)


def _with_headers(given: Answer, status: int) -> web.Response:
    headers = {hdrs.CONTENT_TYPE: JSON, **given.headers}
    return web.Response(status=given.status or status, body=_encode(given.body), headers=headers)
