"""The shop under load as the harness sees it from outside: reachable, allowed, a shop at all; its admin side."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

SETTLE_POLL_S = 0.25
KNOCK_AGAIN_S = 0.1


class TargetError(Exception):
    """The target can't be used; the message is one sentence and says what to do."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What the mock platform says of itself."""

    boot: str
    """Changes with every start of the process: tells a restart in the middle of a run."""
    seeded: dict[str, Any]


class Target:
    """Plain HTTP to one host, for preparation, faults and exports; never for load.

    `host` is a base URL; `admin_token` opens the mock platform's administrative routes.
    """

    def __init__(self, host: str, admin_token: str | None = None, timeout_s: float = 10.0) -> None:
        self.host = host.rstrip("/")
        self.admin_token = admin_token
        self.timeout_s = timeout_s
        self._url = _split(self.host)

    @property
    def name(self) -> str:
        return self._url.hostname or ""

    @property
    def is_loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.name).is_loopback
        except ValueError:
            return self.name == "localhost"

    def guard(self, allowed: tuple[str, ...]) -> None:
        """Refuse any host but loopback that was not named: a load test must not hit a shop by mistake."""
        if not self.is_loopback and self.name not in allowed:
            raise TargetError(
                f"{self.name} is not this machine: say --allow-target {self.name} if it is yours to put under load"
            )

    def knock(self, starts_within_s: float = 0.0) -> None:
        """Open one TCP connection, or say why that is impossible.

        A shop on this machine that refuses it may be starting: it is asked again for so long.
        """
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        ends_at = time.monotonic() + (starts_within_s if self.is_loopback else 0.0)
        while True:
            try:
                return socket.create_connection((self.name, port), timeout=min(5.0, self.timeout_s)).close()
            except OSError as error:
                if isinstance(error, ConnectionRefusedError) and time.monotonic() < ends_at:
                    time.sleep(KNOCK_AGAIN_S)
                    continue
                reason = error.strerror or str(error) or type(error).__name__
                sentence = f"nothing listens at {self.host} ({reason}); start the shop or correct --host"
                raise TargetError(sentence) from error

    def shop(self) -> Shop:
        """The mock platform's own word on itself; TargetError when this is no such shop or it is not ready."""
        status, health = self._call("GET", "/healthz")
        if status != 200 or not isinstance(health, dict) or health.get("shop") != "zerohour":
            raise TargetError(
                f"{self.host} is not a shop the festival's scenarios know (GET /healthz says {status}); "
                "start one with `zerohour serve`, or give the profile a locustfile for yours"
            )
        status, ready = self._call("GET", "/readyz")
        if status != 200 or not isinstance(ready, dict):
            raise TargetError(f"the shop at {self.host} is not ready (GET /readyz says {status}); try again shortly")
        return Shop(boot=str(health.get("boot", "")), seeded=dict(ready.get("seeded", {})))

    def boot(self, timeout_s: float | None = None) -> str | None:
        """The boot id, or None when the target gives none or does not answer."""
        try:
            status, health = self._call("GET", "/healthz", timeout_s=timeout_s)
        except TargetError:
            return None
        return str(health["boot"]) if status == 200 and isinstance(health, dict) and "boot" in health else None

    def admin(self, method: str, path: str, body: Any = None, timeout_s: float | None = None) -> Any:
        """Call an administrative route and return its JSON; TargetError unless it answers 2xx, and with some."""
        status, answer = self._call(method, path, body, timeout_s)
        if status // 100 != 2:
            error = answer.get("error") if isinstance(answer, dict) else None
            reason = error.get("message") if isinstance(error, dict) else None
            raise TargetError(f"{method} {path} answered {status}: {reason or 'no reason given'}")
        if method != "DELETE" and not isinstance(answer, dict):
            raise TargetError(f"{method} {path} answered {status}, but with no JSON object")
        return answer

    def settle(self, at_most_s: float) -> dict[str, Any]:
        """Wait until nothing moves in the shop's books any more; returns what is still pending then."""
        ends_at = time.monotonic() + at_most_s
        while True:
            pending: dict[str, Any] = self.admin("GET", "/exports/pending")
            if not _moves(pending) or time.monotonic() >= ends_at:
                return pending
            time.sleep(SETTLE_POLL_S)

    def _call(self, method: str, path: str, body: Any = None, timeout_s: float | None = None) -> tuple[int, Any]:
        url = self._url
        timeout = timeout_s or self.timeout_s
        connection: http.client.HTTPConnection
        if url.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(self.name, url.port, timeout=timeout, context=context)
        else:
            connection = http.client.HTTPConnection(self.name, url.port, timeout=timeout)
        headers = {"Accept": "application/json"}
        if self.admin_token:
            headers["Authorization"] = f"Bearer {self.admin_token}"
        payload = None
        if body is not None:
            payload = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, url.path.rstrip("/") + path, payload, headers)
            answer = connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException) as error:
            reason = str(error) or type(error).__name__
            raise TargetError(f"{method} {self.host}{path} got no answer ({reason})") from error
        finally:
            connection.close()
        try:
            return answer.status, json.loads(raw) if raw else None
        except ValueError:
            return answer.status, None


def _moves(pending: Mapping[str, Any]) -> bool:
    return any(_moves(count) if isinstance(count, Mapping) else count for count in pending.values())


def _split(host: str) -> SplitResult:
    """A base URL in parts, or a sentence."""
    try:
        url = urlsplit(host)
        port = url.port
    except ValueError as error:
        raise TargetError(f'"{host}" is no URL ({error}); write it like http://127.0.0.1:8080') from error
    if url.scheme not in ("http", "https") or not url.hostname or port == 0:
        raise TargetError(f'"{host}" is no URL of a shop; write it like http://127.0.0.1:8080')
    return url
