"""/openapi.json: the routes as an OpenAPI 3.1 document, made from the same table and structs that serve them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from aiohttp import hdrs, web

from mock_platform.api.refusals import INTERNAL, STATUS_BY_CODE, Refused
from mock_platform.api.route import Call, Route

Json = dict[str, Any]
_REFERENCE = "#/components/schemas/{name}"
_SECURITY: dict[str, list[Json]] = {
    "everybody": [],
    "customers": [{"session": []}],
    "merchants": [{"merchant": []}],
    "clerks": [{"clerk": []}],
    "operators": [{"admin": []}],
}
_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A name of the caller's for this deed, in printable characters; the same again is done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


def describe(routes: Sequence[Route], version: str) -> Json:
    """The document for these routes."""
    types = [named for route in routes for named in _types(route)] + [Refused]
    references, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    schemas = dict(zip(map(_key, types), references, strict=True))
    paths: Json = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Zerohour's mock platform",
            "version": version,
            "description": "A shop to rehearse a shopping festival on. Money is in fen, instants are epoch seconds.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer", "description": "From POST /customers/sessions."},
                "merchant": {"type": "http", "scheme": "bearer", "description": "From POST /merchants/sessions."},
                "clerk": {"type": "http", "scheme": "bearer", "description": "From POST /outlets/{outlet}/sessions."},
                "admin": {"type": "http", "scheme": "bearer", "description": "The admin token of the settings."},
            },
        },
    }


class Document:
    def __init__(self, routes: Sequence[Route], version: str) -> None:
        """Describes `routes` and itself; the work is done when somebody first asks."""
        self._described = (*routes, *self.routes())
        self._version = version
        self._body: bytes | None = None

    async def show(self, call: Call) -> web.Response:
        if self._body is None:
            document = await asyncio.to_thread(describe, self._described, self._version)
            self._body = msgspec.json.encode(document)
        return web.Response(body=self._body, headers={hdrs.CONTENT_TYPE: "application/json"})

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="GET",
                path="/openapi.json",
                handler=self.show,
                says="Show this document.",
                gives=dict[str, Any],
                audience="everybody",
                hurtable=False,
            ),
        )


def _key(described: Any) -> str:
    # A union is built anew each time it is asked for; its text is stable.
    return repr(described)


def _body_type(route: Route) -> Any:
    return route.takes if route.takes_described_as is None else route.takes_described_as


def _types(route: Route) -> Iterable[Any]:
    return (each for each in (_body_type(route), route.query, route.gives) if each is not None)


def _operation(route: Route, schemas: Json) -> Json:
    operation: Json = {
        "operationId": f"{route.method.lower()}{re.sub(r'[^a-z]+', '_', route.path.lower()).rstrip('_')}",
        "summary": route.says,
        "tags": [route.path.split("/")[1]],
        "security": _SECURITY[route.audience],
        "parameters": _parameters(route),
        "responses": {str(route.status): _given(route, schemas), **_refusals(route, schemas)},
    }
    if route.takes is not None:
        content = {"application/json": {"schema": schemas[_key(_body_type(route))]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(route: Route) -> list[Json]:
    found: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    if route.query is not None:
        # Schemas of a query are written out: its parameters stand apart, so there is nothing to refer to.
        schema = msgspec.json.schema(route.query)["$defs"][route.query.__name__]
        for name, rule in schema["properties"].items():
            required = name in schema.get("required", ())
            found.append({"name": name, "in": "query", "required": required, "schema": rule})
    if route.key_welcome:
        found.append({**_KEY_PARAMETER, "required": False})
    return [*found, _KEY_PARAMETER] if route.keyed else found


def _given(route: Route, schemas: Json) -> Json:
    if route.gives is None:
        return {"description": route.says, "content": {"text/plain": {"schema": {"type": "string"}}}}
    return {"description": route.says, "content": {"application/json": {"schema": schemas[_key(route.gives)]}}}


def _refusals(route: Route, schemas: Json) -> Json:
    """The codes a route may answer by status: its own, and those that follow from what it asks of the caller."""
    codes = {*route.refuses, INTERNAL}
    codes |= {"overloaded"} if route.bounded else set()
    codes |= {"malformed_request", "too_large"} if route.takes is not None else set()
    codes |= {"malformed_request"} if route.query is not None else set()
    codes |= (
        {"idempotency_key_missing", "malformed_request", "request_in_progress", "key_reused"} if route.keyed else set()
    )
    codes |= {"key_reused"} if route.key_welcome else set()
    codes |= {"unauthenticated"} if route.audience != "everybody" else set()
    codes |= {"forbidden"} if route.audience == "operators" else set()
    by_status: dict[int, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(STATUS_BY_CODE[code], []).append(code)
    content = {"application/json": {"schema": schemas[_key(Refused)]}}
    return {
        str(status): {"description": ", ".join(by_status[status]), "content": content} for status in sorted(by_status)
    }
