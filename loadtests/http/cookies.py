"""One shopper's cookies, as a browser would keep and send them; costs nothing until a server sets one.

Every cookie stays with the very host that set it (a Domain attribute only has to match that host): all a shop needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

MOST_COOKIES = 180
MOST_COOKIE_CHARACTERS = 4096


@dataclass(frozen=True, slots=True)
class Cookie:
    name: str
    value: str
    host: str
    path: str
    secure: bool
    expires_at: float | None
    """Epoch seconds; None: until the shopper leaves."""

    def goes_to(self, host: str, path: str, secure: bool, now: float) -> bool:
        if self.host != host or (self.secure and not secure):
            return False
        if self.expires_at is not None and self.expires_at <= now:
            return False
        return path == self.path or path.startswith(self.path if self.path.endswith("/") else f"{self.path}/")


class Cookies:
    """Bounded: of more than MOST_COOKIES the oldest goes. Instants are epoch seconds and come in from outside."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], Cookie] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Cookie]:
        return iter(list(self._kept.values()))

    def get(self, name: str) -> str | None:
        """The value of the first cookie of this name, whatever its path."""
        return next((cookie.value for cookie in self if cookie.name == name), None)

    def clear(self) -> None:
        self._kept.clear()

    def keep(self, cookie: Cookie) -> None:
        key = (cookie.host, cookie.name, cookie.path)
        if key not in self._kept and len(self._kept) >= MOST_COOKIES:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = cookie

    def take(self, set_cookie: str, host: str, path: str, secure: bool, now: float) -> None:
        """Obey a Set-Cookie header that came from this host, path and kind of connection; nonsense is passed over."""
        cookie = parse_set_cookie(set_cookie, host, path, now)
        if cookie is None or (cookie.secure and not secure):
            return
        if cookie.expires_at is not None and cookie.expires_at <= now:
            self._kept.pop((cookie.host, cookie.name, cookie.path), None)
        else:
            self.keep(cookie)

    def header_for(self, host: str, path: str, secure: bool, now: float) -> str:
        """The Cookie header's value for a request, longer paths first; empty if no cookie goes there."""
        fitting = [cookie for cookie in self._kept.values() if cookie.goes_to(host, path, secure, now)]
        fitting.sort(key=lambda cookie: -len(cookie.path))
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in fitting)


def parse_set_cookie(set_cookie: str, host: str, path: str, now: float) -> Cookie | None:
    """RFC 6265, 5.2, for a host-only jar; None for what a browser would not keep."""
    if len(set_cookie) > MOST_COOKIE_CHARACTERS:
        return None
    pair, *attributes = set_cookie.split(";")
    name, equals, value = (part.strip() for part in pair.partition("="))
    if not name or not equals or not (name + value).isprintable():
        return None
    expires_at = max_age_ends_at = None
    kept_path = path.rpartition("/")[0] or "/"
    secure = False
    for attribute in attributes:
        key, _, text = (part.strip() for part in attribute.partition("="))
        match key.lower():
            case "secure":
                secure = True
            case "path" if text.startswith("/"):
                kept_path = text
            case "domain" if text and not _covers(text.lower().lstrip("."), host):
                return None
            case "max-age" if text.removeprefix("-").isdecimal():
                max_age_ends_at = now + min(int(text[:12]), 10**9)
            case "expires":
                expires_at = _instant(text)
    if max_age_ends_at is not None:  # the older attribute is for older browsers
        expires_at = max_age_ends_at
    return Cookie(name, value, host, kept_path, secure, expires_at)


def _covers(domain: str, host: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _instant(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
