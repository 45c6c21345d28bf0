"""Stands before every page: only this machine's own browser tabs come in, with the login if one was set. Pure WSGI.

A server on loopback is reachable by every web site its user visits: a page elsewhere may post to 127.0.0.1, and a name
that is made to point there may read it. Hence the looks at Host and Origin.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Iterable
from typing import Any

OUR_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
BODY_MAX = 64 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OWN_PAGES = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
LOCUST_PAGES = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
)
"""Locust's page hands its figures over in an inline script and styles itself as it goes."""
NOBODY_ELSE = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class Guard:
    """`login` is "name:password" and asked of everybody; None: nobody is asked."""

    def __init__(self, application: Application, login: str | None = None) -> None:
        self._application = application
        self._login = login.encode() if login else None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        refused = self._refusal(environ)
        if refused is None:
            return self._application(environ, _with_headers(environ, start_response))
        status, sentence = refused
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(sentence.encode())))]
        if status.startswith("401"):
            headers.append(("WWW-Authenticate", 'Basic realm="zerohour", charset="UTF-8"'))
        _with_headers(environ, start_response)(status, headers)
        return [sentence.encode()]

    def _refusal(self, environ: Environ) -> tuple[str, str] | None:
        host = environ.get("HTTP_HOST", "")
        if _name(host) not in OUR_NAMES:
            return "403 Forbidden", "These pages are for this machine: ask for 127.0.0.1 or localhost.\n"
        if self._login is not None and not self._knows(environ.get("HTTP_AUTHORIZATION", "")):
            return "401 Unauthorized", "These pages ask for the login that the run was started with.\n"
        if environ.get("REQUEST_METHOD") in SAFE_METHODS:
            return None
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and origin != f"{environ.get('wsgi.url_scheme', 'http')}://{host}":
            return "403 Forbidden", "Only these pages may start or stop a run, and no other site.\n"
        if _number(environ.get("CONTENT_LENGTH")) > BODY_MAX:
            return "413 Content Too Large", f"A request has at most {BODY_MAX} bytes.\n"
        return None

    def _knows(self, authorization: str) -> bool:
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() != "basic" or self._login is None:
            return False
        try:
            return hmac.compare_digest(base64.b64decode(credentials, validate=True), self._login)
        except (binascii.Error, ValueError):
            return False


def _name(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _with_headers(environ: Environ, start_response: StartResponse) -> StartResponse:
    path = environ.get("PATH_INFO", "")
    own = path.startswith("/live/") or path in ("/control-room", "/big-screen", "/metrics")
    policy = (OWN_PAGES if own else LOCUST_PAGES) + NOBODY_ELSE

    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        # Locust allows every origin, which would let any site read the run's figures.
        kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
        return start_response(status, [*kept, *HEADERS.items(), ("Content-Security-Policy", policy)], *more)

    return start
