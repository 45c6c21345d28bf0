"""Why requests failed, counted by operation and reason: few and short, however many fail and whatever they say."""

from __future__ import annotations

from collections.abc import Mapping

from locust.exception import CatchResponseError

from loadtests.http.request_errors import BadStatus
from loadtests.record.second import FailuresOfSecond

REASONS_MOST = 50
"""Of one worker in a run. A locustfile that puts ids into its errors has one for every request."""
LETTERS_MOST = 160
OTHERS = "another reason: the first ones of each worker are told apart"
CUT_OFF = "still under way when the drain ended"
NOT_SAID = "no reason was given"


class FailureReasons:
    """One worker's failures since they were last taken."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()
        self._counts: dict[tuple[str, str], int] = {}

    def count(self, operation: str, reason: str) -> None:
        key = operation, reason
        if key not in self._known:
            if len(self._known) < REASONS_MOST:
                self._known.add(key)
            else:
                key = operation, OTHERS
        self._counts[key] = self._counts.get(key, 0) + 1

    def take(self) -> dict[tuple[str, str], int]:
        """What was counted since the last time."""
        counts, self._counts = self._counts, {}
        return counts


def reason_of(raised: object) -> str:
    """What a failed request's exception says, on one line; with its kind, unless it is one of our own sentences."""
    said = " ".join(str(raised).encode(errors="replace").decode().split()) if raised is not None else NOT_SAID
    if isinstance(raised, Exception) and not isinstance(raised, CatchResponseError | BadStatus):
        said = f"{type(raised).__name__}: {said}" if said else type(raised).__name__
    return said if len(said) <= LETTERS_MOST else said[: LETTERS_MOST - 1] + "…"


def packed(counts: Mapping[tuple[str, str], int]) -> list[FailuresOfSecond]:
    return [FailuresOfSecond(operation, reason, count) for (operation, reason), count in counts.items()]
