"""What the gate says of a run: one word, one exit code, and everything it rests on. The shape of verdict.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from loadtests.judgement.judging import ThresholdResult
from loadtests.judgement.validity import Validity

SCHEMA = 1

Word = Literal["PASS", "FAIL", "REGRESSION", "BROKEN", "INVALID"]

EXIT_CODES: Mapping[Word, int] = {"PASS": 0, "FAIL": 10, "REGRESSION": 11, "BROKEN": 12, "INVALID": 20}
"""1 and 2 are left to runs that could not start and to wrong usage."""


@dataclass(frozen=True, slots=True)
class Verdict:
    run: str
    partial: bool
    duration_s: float
    thresholds: Sequence[ThresholdResult]
    arrivals: Mapping[str, Any]
    requests: Sequence[Mapping[str, Any]]
    validity: Validity
    audit: Mapping[str, Any]
    idle: bool = False
    """Nobody asked the shop anything. That is no success, even if nothing was expected of it."""
    unseen: bool = False
    """It was cut off with too many arrivals under way: an end nobody saw is no good end."""
    aborted: str | None = None
    """By which threshold and when, if one ended the run."""
    failures: Sequence[Mapping[str, Any]] = ()
    """Why requests failed: operation, reason and count, the most frequent first. No rule judges them."""
    notes: Sequence[str] = ()
    """What a reader should know before trusting the figures; a sentence each."""

    @property
    def word(self) -> Word:
        """A shop that broke its word outweighs a run that proves nothing, and that outweighs a missed threshold."""
        if self.audit["violations"]:
            return "BROKEN"
        if not self.validity.valid:
            return "INVALID"
        if self.idle or self.unseen or self.aborted or any(result.result != "PASS" for result in self.thresholds):
            return "FAIL"
        return "PASS"

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.word]

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "verdict": self.word,
            "exit_code": self.exit_code,
            "partial": self.partial,
            "run": self.run,
            "duration_s": self.duration_s,
            "thresholds": [result.to_json() for result in self.thresholds],
            "arrivals": dict(self.arrivals),
            "requests": [dict(row) for row in self.requests],
            "validity": self.validity.to_json(),
            "audit": dict(self.audit),
            "aborted": self.aborted,
            "failures": [dict(row) for row in self.failures],
            "notes": list(self.notes),
        }
