"""How far a figure strays from run to run. Few runs tell little of one figure, but all figures together tell a lot.

The variance of each figure is drawn towards what is usual for figures of its kind (a moderated t statistic: Smyth 2004,
"Linear models and empirical Bayes methods", section 3): `usual = tau**2 + sampling`, where `sampling` is what the
percentile of so many requests strays by chance and `tau` the noise between runs, the median over the kind. With five
runs a side an ordinary t has 8 degrees of freedom, and the largest of 200 such values drowns a change of 15 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PRIOR_RUNS = 4.0
"""The usual variance counts as much as so many degrees of freedom of the figure's own."""
ASSUMED_TAU = 0.04
"""Noise between runs where one run a side can't show any: what two shared cores do (README of loadtests)."""


@dataclass(frozen=True, slots=True)
class Spread:
    """`difference` of the sides' means and its standard `error`, per labelling and figure."""

    difference: Floats
    error: Floats

    @property
    def t(self) -> Floats:
        return self.difference / self.error


def spread(
    values: Floats, candidates: Floats, sampling: Floats, kinds: npt.NDArray[np.int_], timed: npt.NDArray[np.bool_]
) -> Spread:
    """Differences and their errors under each labelling of the runs.

    `values` is runs x figures; `candidates` labellings x runs, 1.0 where a run is called a candidate; `sampling` the
    variance by chance of each figure, `kinds` its kind as a number, `timed` whether it is one of time. Every labelling
    is treated alike, the true one too: that is what makes their comparison exact.
    """
    runs = len(values)
    centred = values - values.mean(axis=0)
    wanted = candidates.sum(axis=1, keepdims=True)
    others = runs - wanted
    sums = candidates @ centred
    difference = sums / wanted + sums / others  # of a centred column the other side's sum is the negative
    freedom = runs - 2
    between = difference**2 * wanted * others / runs
    within = np.maximum(0.0, (centred**2).sum(axis=0) - between)
    usual = np.empty_like(within)
    for kind in np.unique(kinds):
        column = kinds == kind
        if freedom:
            usual[:, column] = _tau_squared(within[:, column], sampling[column], freedom) + sampling[column]
        else:
            usual[:, column] = np.where(timed[column], ASSUMED_TAU**2, 0.0) + sampling[column]
    variance = (within + PRIOR_RUNS * usual) / (freedom + PRIOR_RUNS)
    return Spread(difference, np.sqrt(variance * (1 / wanted + 1 / others)))


def _tau_squared(within: Floats, sampling: Floats, freedom: int) -> Floats:
    """The usual noise between runs under each labelling; a column, to be added to every figure of the kind."""
    from scipy.special import chdtri

    # The median of a chi-square is below its mean, and much so with few degrees of freedom.
    own = within / float(chdtri(freedom, 0.5)) - sampling
    return np.maximum(0.0, np.median(own, axis=1, keepdims=True))
