"""The answer to one request, as a scenario sees it, and the verdict a scenario may give on it. Hot path.

A verdict is given inside `with client.get(..., catch_response=True) as response:`, as in Locust, by `success()`,
`failure(why)` or `refuse(code)`; without one, an answer below 400 is ok. A request that got no answer has failed,
whatever the scenario says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Protocol

import gevent
import msgspec
from locust.exception import (
    CatchResponseError,
    InterruptTaskSet,
    LocustError,
    RescheduleTask,
    RescheduleTaskImmediately,
    ResponseError,
    StopTest,
    StopUser,
)

from loadtests.http.request_errors import BadStatus

CONTROL_FLOW = (
    gevent.GreenletExit,
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)
"""How tasks end early: no word on the answer that was just received."""

from_json = msgspec.json.Decoder().decode


class Headers(Mapping[str, str]):
    """Names in any case; a value sent several times is joined by commas, as HTTP allows, but see `get_all`."""

    __slots__ = ("_raw",)

    def __init__(self, raw: Mapping[bytes, bytes]) -> None:
        self._raw = raw

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._raw[name.lower().encode()].decode("utf-8", "replace").split("\n"))

    def __iter__(self) -> Iterator[str]:
        return (name.decode("ascii") for name in self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower().encode() in self._raw

    def get_all(self, name: str) -> list[str]:
        """Each value by itself: Set-Cookie must not be joined."""
        raw = self._raw.get(name.lower().encode())
        return [] if raw is None else raw.decode("utf-8", "replace").split("\n")

    def __repr__(self) -> str:
        return repr(dict(self))


class Reporter(Protocol):
    def report(self, response: Response, outcome: str, exception: BaseException | None) -> None:
        """Tell the listeners how a request ended."""


class Response:
    """`status_code` is 0 and `error` set when no proper answer came. Instants are seconds of `time.monotonic()`."""

    __slots__ = (
        "_catching", "_entered", "_reporter", "_verdict", "content", "context", "error", "finished_at", "method",
        "name", "raw_headers", "refusal", "start_time", "started_at", "status_code", "url",
    )  # fmt: skip

    def __init__(
        self, method: str, name: str, url: str, context: dict[str, Any], reporter: Reporter, catching: bool
    ) -> None:
        self.method = method
        self.name = name
        self.url = url
        self.context = context
        self.start_time = 0.0
        """When the request started, in epoch seconds."""
        self.refusal: str | None = None
        """The code the scenario gave with `refuse`."""
        self._reporter = reporter
        self._catching = catching
        self._entered = False
        self._verdict: bool | Exception | None = None
        self.status_code = 0
        self.content = b""
        self.error: BaseException | None = None
        self.raw_headers: Mapping[bytes, bytes] = {}
        self.started_at = self.finished_at = 0.0

    def __repr__(self) -> str:
        return f"<Response {self.method} {self.url} {self.error or self.status_code}>"

    @property
    def ok(self) -> bool:
        return 0 < self.status_code < 400 and self.error is None

    @property
    def headers(self) -> Headers:
        return Headers(self.raw_headers)

    @property
    def service_s(self) -> float:
        return self.finished_at - self.started_at

    @property
    def text(self) -> str:
        """The content as text, in the charset its type names, else UTF-8; what can't be decoded is replaced."""
        _, _, charset = self.headers.get("content-type", "").lower().partition("charset=")
        try:
            return self.content.decode(charset.partition(";")[0].strip(" \"'") or "utf-8", "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Raises a ValueError (msgspec.DecodeError) if the content is not JSON."""
        return from_json(self.content)

    def judge(self) -> tuple[str, BaseException | None]:
        """The outcome (ok, refused or failed) and what Locust shall show as its exception."""
        if self.error is not None:
            return "failed", self.error
        if isinstance(self._verdict, Exception):
            return "failed", self._verdict
        if self.refusal is not None:
            return "refused", None
        if self.status_code >= 400 and not self._verdict:
            return "failed", BadStatus(self.status_code)
        return "ok", None

    # -- verdicts -----------------------------------------------------------------------------------------------------

    def success(self) -> None:
        """The answer is as it should be, whatever its status."""
        self._expect_with_block()
        self._verdict, self.refusal = True, None

    def failure(self, why: object) -> None:
        """The answer breaks a promise; `why` is a sentence or an exception."""
        self._expect_with_block()
        self._verdict = why if isinstance(why, Exception) else CatchResponseError(why)
        self.refusal = None

    def refuse(self, code: str) -> None:
        """The shop said no as it should: sold out, in a queue, too fast."""
        self._expect_with_block()
        self._verdict, self.refusal = None, code

    def _expect_with_block(self) -> None:
        if not self._entered:
            raise LocustError("give verdicts inside: with client.get(..., catch_response=True) as response:")

    def __enter__(self) -> Response:
        if not self._catching:
            raise LocustError("pass catch_response=True to use a response in a with-block")
        self._entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """Report the request once. A check that stumbled (a missing field, say) is a broken promise, and flies on."""
        self._entered = False
        no_verdict = self._verdict is None and self.refusal is None
        if isinstance(raised, Exception) and not isinstance(raised, CONTROL_FLOW) and no_verdict:
            self._verdict = raised
        self._reporter.report(self, *self.judge())
        return isinstance(raised, CatchResponseError | ResponseError)
