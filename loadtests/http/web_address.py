"""Where a request goes: URLs split once, and paths made safe to send. A path can never smuggle in a second line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

PORTS = {"http": 80, "https": 443}
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
SAFE = "%/:=&?~+!$,;'@()*[]|"
"""What a path and query may hold unescaped; `%` is kept, so what is encoded already stays as it is."""

Params = Mapping[str, object] | Iterable[tuple[str, object]]


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A scheme, host and port; `str()` of it is a URL without path."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """As the Host header wants it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True, slots=True)
class Link:
    """An absolute URL, split."""

    address: WebAddress
    path: str
    """Path and query, beginning with a slash, or empty."""
    credentials: str | None
    """`user:password`, if the URL holds them."""


def split_link(url: str) -> Link:
    """Raises ValueError for anything but a full http or https URL."""
    if CONTROL.search(url):
        raise ValueError(f"a URL has no control characters: {url!r}")
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in PORTS or not parts.hostname:
        raise ValueError(f"not an http:// or https:// URL with a host: {url!r}")
    host = parts.hostname
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    if " " in host:
        raise ValueError(f"a host name has no spaces: {url!r}")
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    if path and not path.startswith("/"):
        path = f"/{path}"
    credentials = None
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Link(WebAddress(scheme, host, parts.port or PORTS[scheme]), path, credentials)


def follow(current_url: str, location: str) -> Link:
    """Where a Location header leads from here."""
    return split_link(urljoin(current_url, location))


@lru_cache(maxsize=8192)
def request_target(path: str) -> bytes:
    """Path and query as they go on the wire: percent-encoded UTF-8, no fragment. Raises ValueError for line breaks."""
    if CONTROL.search(path):
        raise ValueError(f"a path has no control characters: {path!r}")
    return quote(path.partition("#")[0] or "/", safe=SAFE).encode("ascii")


def with_params(path: str, params: Params) -> str:
    """The path with `params` added to its query; values that are lists repeat their name."""
    pairs = params if isinstance(params, Mapping) else list(params)
    query = urlencode(pairs, doseq=True)
    if not query:
        return path
    path, hash_sign, fragment = path.partition("#")
    return f"{path}{'&' if '?' in path else '?'}{query}{hash_sign}{fragment}"
