"""Where a redirect leads and what goes along: method and body as RFC 9110 has it, and no secret to another origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loadtests.http.request_bytes import IDEMPOTENT
from loadtests.http.request_errors import BadAnswer
from loadtests.http.web_address import WebAddress, follow

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 10
SECRETS = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers that prove who somebody is; they were meant for the origin they were given for."""
ABOUT_THE_BODY = frozenset({"content-type", "content-encoding", "content-language"})

Headers = Mapping[str, str]


@dataclass(slots=True)
class Hop:
    """One request, redirected or not: all that has to be known to write it. Not frozen, as every request makes one."""

    method: str
    address: WebAddress
    path: str
    headers: Headers | None
    body: bytes | None
    type_line: bytes

    @property
    def url(self) -> str:
        return f"{self.address}{self.path}"

    @property
    def is_secure(self) -> bool:
        return self.address.scheme == "https"

    @property
    def may_be_resent(self) -> bool:
        """Whether the shop answers a second one as it would have answered the first, should the first be lost."""
        if self.method in IDEMPOTENT:
            return True
        return self.headers is not None and any(name.lower() == "idempotency-key" for name in self.headers)

    def after(self, status: int, location: bytes) -> Hop:
        """The hop that a redirect asks for. Raises BadAnswer if its Location is no web address."""
        try:
            link = follow(self.url, location.decode("utf-8", "replace"))
        except ValueError:
            raise BadAnswer("the redirect's Location is not an address to go to") from None
        left_behind = frozenset() if link.address == self.address else SECRETS
        method, body, type_line = self.method, self.body, self.type_line
        if method != "HEAD" and (status == 303 or (status in (301, 302) and method == "POST")):
            method, body, type_line = "GET", None, b""
            left_behind |= ABOUT_THE_BODY
        headers = without(self.headers, left_behind)
        return Hop(method, link.address, link.path or "/", headers, body, type_line)


def without(headers: Headers | None, names: frozenset[str]) -> dict[str, str]:
    """The headers but those of these (lower-case) names."""
    return {name: value for name, value in (headers or {}).items() if name.lower() not in names}
