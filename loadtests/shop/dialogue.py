"""One shopper's requests and the verdict on each: served as promised, refused rightly, or failed. Hot path.

An adapter for another shop can build on it: a table of operations like ours, and a check for each body.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from loadtests.http.client import Client, Response
from loadtests.http.request_errors import ConnectTimeout, RequestTimeout
from loadtests.shop.answers import Session
from loadtests.shop.operations import ERROR, HUNG_UP, REFUSAL_STATUS, Operation
from loadtests.shop.promises import Broken

T = TypeVar("T")

logger = logging.getLogger(__name__)

LOGGED_MOST = 3
_complaints: Counter[tuple[str, str]] = Counter()
"""How often each promise of each operation was broken in this process: sentences are few, so this is bounded."""

CLOCKS_APART_S = 30.0
"""A shop whose clock is ahead of ours may call a session expired this long before we do."""


class Dialogue:
    """What one shopper says to the shop and hears back."""

    __slots__ = ("_session", "_turned_away", "client", "device", "refusal", "replayed", "timeout_s")

    def __init__(self, client: Client, timeout_s: float) -> None:
        self.client = client
        self.timeout_s = timeout_s
        self.device = ""
        """What this shopper's device calls itself, in requests that create something; empty: nothing."""
        self.refusal: str | None = None
        """Why the last step was refused; None if it was served, or failed."""
        self.replayed = False
        """Whether the last answer repeats an earlier one under the same idempotency key."""
        self._session: Session | None = None
        self._turned_away = False

    def sign_in(self) -> Session | None:
        """Open a session; adapters say how."""
        raise NotImplementedError

    def carry(self, session: Session) -> None:
        self._session = session
        self.client.headers["Authorization"] = f"Bearer {session.token}"

    def resume(self) -> None:
        """Speak with the own session again, after somebody else used the same client."""
        if self._session is not None:
            self.carry(self._session)

    def leave_session(self) -> None:
        self._session = None
        self.client.headers.pop("Authorization", None)

    def ask(self, operation: Operation[T], path: str, broken: Callable[[T], Broken | None], **request: Any) -> T | None:
        """`ask_once`; when the shop no longer knows the session, sign in and ask once more."""
        answer = self.ask_once(operation, path, broken, **request)
        if self._turned_away and self.sign_in() is not None:
            answer = self.ask_once(operation, path, broken, **request)
        return answer

    def ask_once(
        self,
        operation: Operation[T],
        path: str,
        broken: Callable[[T], Broken | None],
        *,
        body: Any = None,
        key: str | None = None,
        patience_s: float | None = None,
        hang_up: bool = False,
    ) -> T | None:
        """One request. `broken` holds the answer against what was asked: None, or a sentence that fails it.

        With `hang_up`, no answer within `patience_s` is the shopper's own doing: refused as `hung_up`, with the
        time it took, so it neither pollutes the failures nor passes for service.
        """
        self.refusal, self.replayed, self._turned_away = None, False, False
        with self.client.request(
            operation.method,
            path,
            name=operation.name,
            json=body,
            headers=None if key is None else self._creating(key),
            timeout_s=patience_s or self.timeout_s,
            catch_response=True,
        ) as response:
            if response.status_code == operation.status:
                return self._served(operation, response, broken)
            if response.status_code == 0:
                self._unanswered(response, hang_up)
            else:
                self._refused(operation, response)
        return None

    def _creating(self, key: str) -> dict[str, str]:
        return {"Idempotency-Key": key, "X-Device-Id": self.device} if self.device else {"Idempotency-Key": key}

    def _served(self, operation: Operation[T], response: Response, broken: Callable[[T], Broken | None]) -> T | None:
        self.replayed = response.headers.get("Idempotency-Replayed") == "true"
        try:
            answer = operation.decoder.decode(response.content)
        except msgspec.DecodeError as error:
            self._fail(response, operation, Broken("the answer is not of the promised form", str(error)))
            return None
        promise = broken(answer)
        if promise is None:
            response.success()
            return answer
        self._fail(response, operation, promise)
        return None

    def _unanswered(self, response: Response, hang_up: bool) -> None:
        if hang_up and isinstance(response.error, (RequestTimeout, ConnectTimeout)):
            response.error = None  # not an error: nothing went wrong but this buyer's temper
            self._refuse(response, HUNG_UP)
        else:
            response.failure(response.error or "no answer")

    def _refused(self, operation: Operation[T], response: Response) -> None:
        status = response.status_code
        try:
            error = ERROR.decode(response.content).error
        except msgspec.DecodeError:
            # Never the body itself: it may be somebody's personal data, and this goes into a log.
            told = f"{len(response.content)} bytes of {response.headers.get('Content-Type') or 'no type'}"
            self._fail(response, operation, Broken(f"{status} without an error code", told))
            return
        if status == 401:
            self._session_refused(response, operation, error.code)
        elif error.code in operation.refusals and status in REFUSAL_STATUS[error.code]:
            self._refuse(response, error.code)
        else:
            self._fail(response, operation, Broken(f"{status} {error.code}", error.message))

    def _session_refused(self, response: Response, operation: Operation[T], code: str) -> None:
        """Sessions end, and a shopper signs in again; but until `expires_at` the shop promised to know us."""
        session = self._session
        self._turned_away = session is not None
        if session is not None and session.expires_at - CLOCKS_APART_S <= time.time():
            self._refuse(response, code)
        else:
            good = f"the session was good until {session.expires_at:.0f}" if session else "without a session"
            self._fail(response, operation, Broken(f"401 {code}", good))

    def _fail(self, response: Response, operation: Operation[T], broken: Broken) -> None:
        """Figures go to the log, a few times for each promise: Locust would keep a line for every one of them."""
        _complaints[operation.name, broken.promise] += 1
        if _complaints[operation.name, broken.promise] <= LOGGED_MOST:
            logger.warning("%s: %s (%s)", operation.name, broken.promise, broken.detail)
        response.failure(broken.promise)

    def _refuse(self, response: Response, code: str) -> None:
        self.refusal = code
        response.refuse(code)
