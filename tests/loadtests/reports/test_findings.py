from __future__ import annotations

from typing import Any

import pytest

from loadtests.judgement.validity import Reason
from loadtests.reports.findings import findings, headline, kept, margin, missed, rules

THRESHOLD: dict[str, Any] = {
    "metric": "response", "labels": {"phase": "peak"}, "expression": "p(95) < 500ms", "observed": 0.4, "limit": 0.5,
    "unit": "s", "samples": 100, "result": "PASS", "first_breach_s": None,
}  # fmt: skip
VERDICT: dict[str, Any] = {
    "verdict": "PASS", "partial": False, "duration_s": 12.0, "thresholds": [THRESHOLD], "aborted": None, "notes": [],
    "arrivals": {"offered": 10}, "validity": {"valid": True, "reasons": []}, "audit": {"checked": 3, "violations": []},
}  # fmt: skip
MISSED = {**THRESHOLD, "observed": 2.41, "result": "FAIL", "first_breach_s": 4.0}
BLIND = {**THRESHOLD, "observed": None, "samples": 0, "result": "NO_DATA", "reason": "the run has no phase peak"}
VIOLATION = {"invariant": "no_oversell", "subject": "S1", "message": "sold 501 of 500"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Its threshold holds, 3 invariants are kept, and the generator applied the load it promised."),
        ({"audit": {"checked": 0, "violations": []}}, "; nobody audited the books."),
        ({"thresholds": []}, "No threshold was set, 3 invariants"),
        ({"verdict": "FAIL", "thresholds": [MISSED, BLIND]}, "1 of 2 thresholds missed; 1 of 2 thresholds without"),
        ({"verdict": "FAIL", "aborted": "aborted by x"}, "A threshold ended the run early."),
        ({"verdict": "FAIL"}, "The run did not test what it was meant to."),
        ({"verdict": "BROKEN", "audit": {"checked": 3, "violations": [VIOLATION]}}, "1 violation of 1 invariant."),
        ({"verdict": "INVALID"}, "proves nothing about the shop"),
        ({"partial": True}, "The run ended early, after 12 s."),
    ],
)  # fmt: skip
def test_the_verdict_in_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in headline({**VERDICT, **changes})


def test_the_gravest_comes_first() -> None:
    reason = {"rule": "lost_worker", "observed": 1, "limit": 0, "message": "worker 1 was lost"}
    found = findings({
        **VERDICT, "thresholds": [MISSED, BLIND, THRESHOLD], "aborted": "aborted by x at 3.0 s", "notes": ["a note"],
        "validity": {"valid": False, "reasons": [reason]}, "audit": {"checked": 3, "violations": [VIOLATION]},
    })  # fmt: skip
    assert [finding.kind for finding in found] == ["broken", "invalid", "stopped", "missed", "no data", "note"]


def test_a_missed_threshold_says_observed_limit_and_since_when() -> None:
    assert missed(MISSED).text == "p(95) < 500ms was missed: 2.41 s against a limit of 500 ms, first at 4 s of the run"
    assert missed(BLIND).text == "p(95) < 500ms has nothing to judge: the run has no phase peak"


@pytest.mark.parametrize(
    ("expression", "observed", "limit", "inside"),
    [
        ("p(95) < 500ms", 0.4, 0.5, 0.2),
        ("p(95) <= 500ms", 1.0, 0.5, -1.0),
        ("rate > 20/s", 30.0, 20.0, 0.5),
        ("rate >= 20/s", 10.0, 20.0, -0.5),
        ("count == 0", 1.0, 0.0, None),
        ("count > 0", 1.0, 0.0, None),
        ("p(95) < 500ms", None, 0.5, None),
    ],
)
def test_a_margin_is_a_share_of_the_limit(
    expression: str, observed: float | None, limit: float, inside: float | None
) -> None:
    found = margin({"expression": expression, "observed": observed, "limit": limit})
    assert found == (None if inside is None else pytest.approx(inside))


def test_what_is_kept_names_the_threshold_nearest_to_its_limit() -> None:
    far = {**THRESHOLD, "labels": {}, "observed": 0.001}
    said = [finding.text for finding in kept({**VERDICT, "thresholds": [far, THRESHOLD, MISSED]})]
    assert said[0] == (
        "2 of 3 thresholds hold; the nearest to its limit is response{phase=peak}: p(95) < 500ms, with 400 ms"
    )


def test_a_rule_that_nobody_here_knows_is_told_all_the_same() -> None:
    reason = Reason("moon_phase", 1, 0, "the moon was full")
    verdict = {"validity": {"reasons": [{"rule": reason.rule, "message": reason.message}]}}
    assert ("moon_phase", "moon phase", [{"rule": "moon_phase", "message": "the moon was full"}]) in rules(verdict)
