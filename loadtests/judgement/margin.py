"""How far a threshold is from being missed, as one number that pages and metrics draw."""

from __future__ import annotations

from loadtests.judgement.judging import ThresholdResult
from loadtests.plan.thresholds import Threshold

MARGIN_MIN, MARGIN_MAX = -1.0, 1.0
"""Beyond these it is simply missed by far, or held with ease; without bounds one slow request would hide the rest."""


def margin(threshold: Threshold, result: ThresholdResult) -> float | None:
    """Distance to the limit as a share of it: 0.25 is a quarter to spare, below zero is missed; None without data.

    Where distance has no meaning (`==`, `!=`, a limit of zero) it is 1 for held and -1 for missed.
    """
    if result.result == "NO_DATA" or result.observed is None:
        return None
    if threshold.limit == 0 or threshold.op in ("==", "!="):
        return MARGIN_MAX if result.result == "PASS" else MARGIN_MIN
    spare = (threshold.limit - result.observed) / abs(threshold.limit)
    signed = spare if threshold.op in ("<", "<=") else -spare
    return max(MARGIN_MIN, min(MARGIN_MAX, signed))
