"""A threshold's margin: a share of the limit, below zero when missed."""

from __future__ import annotations

import pytest

from loadtests.judgement.judging import ThresholdResult
from loadtests.judgement.margin import margin
from loadtests.plan.thresholds import parse_threshold


@pytest.mark.parametrize(
    ("selector", "expression", "observed", "expected"),
    [
        ("response", "p(95) < 500ms", 0.375, 0.25),
        ("response", "p(95) < 500ms", 0.5, 0.0),
        ("response", "p(95) < 500ms", 0.75, -0.5),
        ("response", "p(95) < 500ms", 60.0, -1.0),
        ("orders", "rate >= 100", 150.0, 0.5),
        ("orders", "rate >= 100", 50.0, -0.5),
        ("failures", "count == 0", 0.0, 1.0),
        ("failures", "count == 0", 1.0, -1.0),
        ("orders", "count > 0", 7.0, 1.0),
        ("response", "p(95) < 500ms", None, None),
    ],
)
def test_margins(selector: str, expression: str, observed: float | None, expected: float | None) -> None:
    threshold = parse_threshold(selector, expression)
    held = "NO_DATA" if observed is None else "PASS" if threshold.holds(observed) else "FAIL"
    result = ThresholdResult(
        selector, {}, expression, observed, threshold.limit, threshold.unit, 1, held  # type: ignore[arg-type]
    )  # fmt: skip
    found = margin(threshold, result)
    assert found == (None if expected is None else pytest.approx(expected))
