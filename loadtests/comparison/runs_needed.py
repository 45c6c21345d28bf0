"""How many runs a side it takes to see a change: from the noise observed, for the number of figures looked at."""

from __future__ import annotations

import math
from functools import lru_cache

from loadtests.comparison.noise import PRIOR_RUNS

ALARM_P_MAX = 0.015
"""Share of comparisons of a version with itself that may raise an alarm. 2 % are promised; the rest is for what is not
as random as labels: neighbours on the machine, a disk that fills. Four against four can just reach it: 1 of 70."""
RUNS_MIN = 4
POWER = 0.8
RUNS_MAX = 200
"""Beyond, the advice is to make runs longer or quieter."""


def runs_needed(change: float, deviation: float, figures: int) -> int | None:
    """Runs a side that find a true `change` with a probability of 80 %; None if more than RUNS_MAX.

    `deviation` is one run's standard deviation, in the unit of `change`. Corrected for `figures` by Bonferroni, which
    asks for some more than the comparison itself does.
    """
    if deviation <= 0:
        return RUNS_MIN
    if _enough(RUNS_MAX, change, deviation, figures):
        low, high = RUNS_MIN, RUNS_MAX
        while low < high:
            middle = (low + high) // 2
            if _enough(middle, change, deviation, figures):
                high = middle
            else:
                low = middle + 1
        return low
    return None


def _enough(runs: int, change: float, deviation: float, figures: int) -> bool:
    return abs(change) / (deviation * math.sqrt(2 / runs)) >= _errors_needed(runs, figures)


@lru_cache(maxsize=4 * RUNS_MAX)
def _errors_needed(runs: int, figures: int) -> float:
    """How many standard errors a change must be to be found with that power."""
    from scipy.special import stdtrit

    freedom = 2 * runs - 2 + PRIOR_RUNS
    return float(stdtrit(freedom, POWER) - stdtrit(freedom, ALARM_P_MAX / max(1, figures)))
