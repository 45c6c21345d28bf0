"""One shopper's requests to a shop of your own, and the verdict on each answer: served, refused rightly, or failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

import msgspec

from loadtests.http.client import Client, Response
from loadtests.http.request_errors import ConnectTimeout, RequestTimeout
from loadtests.shop.misreading import misreading
from loadtests.shop.operations import HUNG_UP

T = TypeVar("T")

MISREADINGS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading an answer raises that is not of the form it should have."""


class BrokenPromise(Exception):
    """An answer that the shop may not give. Its sentence is one of few: put no ids or figures in it."""


def promise(holds: object, sentence: str) -> None:
    """Fail the request whose answer is being read unless something holds; `sentence` says what is broken."""
    if not holds:
        raise BrokenPromise(sentence)


def read_as(answer: Response, kind: type[T]) -> T:
    """The whole answer as one of the types in `answers`, which refuse missing fields, empty ids and negative money."""
    return msgspec.json.decode(answer.content, type=kind)


class OwnDialogue:
    """`ask` is the one way in which an adapter's steps speak to the shop."""

    refused: ClassVar[Mapping[int, str]] = {429: "rate_limited"}
    """Statuses by which the shop says no as it should, and the code each counts under; see also `refusal_of`."""

    def __init__(self, client: Client, timeout_s: float) -> None:
        self.client, self.timeout_s = client, timeout_s
        self.refusal: str | None = None
        """Why the last step was refused; None if it was served, or failed."""
        self._patience_s: float | None = None
        self._hang_up = False

    def ask(
        self,
        name: str,
        path: str,
        read: Callable[[Response], T],
        *,
        status: Sequence[int] = (200, 201, 202),
        **request: Any,
    ) -> T | None:
        """One request and its verdict. `name` begins with the method, and is what thresholds and reports call it.

        `read` makes a value of an answer of one of `status`; where it raises, or `promise` does, the request failed.
        `request` goes to the client: json, data, params, headers, allow_redirects.
        """
        self.refusal = None
        with self.client.request(
            name.split()[0],
            path,
            name=name,
            catch_response=True,
            timeout_s=self._patience_s or self.timeout_s,
            **request,
        ) as response:
            if response.status_code == 0:
                self._unanswered(response)
            elif response.status_code not in status:
                self._not_served(response)
            else:
                return self._read(response, read)
        return None

    def refusal_of(self, response: Response) -> str | None:
        """The code of an answer that says no as it should; None: it should not, and the request has failed."""
        return self.refused.get(response.status_code)

    def _read(self, response: Response, read: Callable[[Response], T]) -> T | None:
        try:
            answer = read(response)
        except BrokenPromise as broken:
            response.failure(str(broken))
        except MISREADINGS as error:
            response.failure(f"the answer is not of the promised form ({misreading(error, read)})")
        else:
            response.success()
            return answer
        return None

    def _not_served(self, response: Response) -> None:
        try:
            code = self.refusal_of(response)
        except MISREADINGS:
            code = None
        if code is None:
            response.failure(f"status {response.status_code}")
        else:
            self.refusal = code
            response.refuse(code)

    def _unanswered(self, response: Response) -> None:
        if self._hang_up and isinstance(response.error, (RequestTimeout, ConnectTimeout)):
            response.error = None  # not an error: nothing went wrong but this buyer's temper
            self.refusal = HUNG_UP
            response.refuse(HUNG_UP)
        else:
            response.failure(response.error or "no answer")

    @contextmanager
    def _patience(self, patience_s: float | None, hang_up: bool) -> Iterator[None]:
        self._patience_s, self._hang_up = patience_s, hang_up
        try:
            yield
        finally:
            self._patience_s, self._hang_up = None, False
