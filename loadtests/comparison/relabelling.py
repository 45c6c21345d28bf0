"""How surprising a difference is, judged by the runs alone: had they been labelled otherwise, how large would it be?

Were both versions the same, every way to call half of the runs candidates would be as good as the true one. So the
largest t over all figures is found under each labelling, and a figure's p is the share of labellings whose largest
reaches it (Westfall and Young 1993, step-down maxT). That holds for all figures together, whatever their distribution
and however they hang together, and it is exact: with five runs a side there are 252 labellings and the smallest p is
0.4 %. A rank test corrected for 40 figures could not say anything with five runs a side: its smallest p is 0.4 % too,
but for each figure alone. Three against three have 20 labellings, and no p below 5 %.
"""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LABELLINGS_MAX = 2000
"""Up to here all are looked at (six a side have 924), beyond a random choice."""
LABELLINGS_MIN = 500
CELLS_MAX = 4_000_000
"""Labellings x figures: 32 MB an array."""


def how_many_labellings(base: int, candidate: int, figures: int) -> int:
    """How many are looked at: all of them, or as many as can be told in a second for so many figures."""
    chosen = min(LABELLINGS_MAX, max(LABELLINGS_MIN, CELLS_MAX // max(1, figures)))
    ways = math.comb(base + candidate, candidate)
    return ways if ways <= LABELLINGS_MAX else chosen


def labellings(base: int, candidate: int, figures: int, rng: random.Random) -> Floats:
    """Ways to call `candidate` of the runs candidates, a row each, the true one first: base runs come first in it."""
    runs = base + candidate
    true = tuple(range(base, runs))
    wanted = how_many_labellings(base, candidate, figures)
    if wanted == math.comb(runs, candidate):
        chosen = [true, *(other for other in itertools.combinations(range(runs), candidate) if other != true)]
    else:
        chosen = [true, *(tuple(rng.sample(range(runs), candidate)) for _ in range(wanted - 1))]
    rows = np.zeros((len(chosen), runs))
    rows[np.arange(len(chosen))[:, None], np.array(chosen)] = 1.0
    return rows


def adjusted_p(t: Floats) -> Floats:
    """Each figure's p that the true labelling's t (row 0) is so large, corrected for all figures. Only upwards."""
    order = np.argsort(t[0])  # ascending: step down from the largest, which is last
    reached = np.maximum.accumulate(t[:, order], axis=1)
    # A hair's breadth of slack: equal sums come out unequal in their last bits.
    p = (reached >= t[0, order] - 1e-9).mean(axis=0)
    adjusted: npt.NDArray[np.float64] = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(p[::-1])[::-1]
    return adjusted
