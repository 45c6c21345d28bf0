"""The universal scalability law: throughput by concurrency, X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)).

Gunther, "Guerrilla Capacity Planning", 2007. lambda is the throughput of one request at a time, sigma what they queue
for (contention), kappa what they cost each other (coherence); X peaks at N = sqrt((1 - sigma) / kappa). N is not set by
an open crowd: it follows from Little's law, throughput times time in the shop.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

POINTS_MIN = 4
"""One more than there are parameters: fewer and there is no telling how far off they are."""
NO_COHERENCE = 1e-15
"""Below it throughput would fall beyond thirty million at once: nobody's shop, and a fit's way to write zero."""
LARGE_MISS = 0.1
"""Of the observed throughput: a law that misses a point it has not seen by more is no ground to plan on."""


class FitError(ValueError):
    """The points do not determine the law; one sentence says why."""


@dataclass(frozen=True, slots=True)
class Point:
    """One steady rate as it was seen: requests in the shop at once, and requests answered a second."""

    concurrency: float
    throughput: float


@dataclass(frozen=True, slots=True)
class Law:
    """Fitted parameters, and the covariance of their errors."""

    serial_rate: float
    """lambda: requests a second, one at a time."""
    contention: float
    """sigma, from 0 to 1."""
    coherence: float
    """kappa, from 0."""
    covariance: tuple[tuple[float, float, float], ...] = ()
    """In the order of the parameters; not finite where the points say nothing of one."""

    def throughput(self, concurrency: float) -> float:
        waiting = self.contention * (concurrency - 1) + self.coherence * concurrency * (concurrency - 1)
        return self.serial_rate * concurrency / (1 + waiting)

    @property
    def errors(self) -> tuple[float, ...]:
        """Standard errors of the three parameters."""
        return tuple(math.sqrt(row[i]) if row[i] >= 0 else math.nan for i, row in enumerate(self.covariance))

    @property
    def best_concurrency(self) -> float:
        """Where throughput is highest; infinite if it never falls."""
        if self.coherence < NO_COHERENCE:
            return math.inf
        return math.sqrt((1 - self.contention) / self.coherence)

    @property
    def most(self) -> float:
        """The highest throughput; infinite for a law without contention."""
        if math.isfinite(self.best_concurrency):
            return self.throughput(max(1.0, self.best_concurrency))
        return self.serial_rate / self.contention if self.contention > 0 else math.inf

    def to_json(self) -> dict[str, Any]:
        names = ("lambda_per_s", "sigma", "kappa")
        values = (self.serial_rate, self.contention, self.coherence)
        fitted = dict(zip(names, values, strict=True))
        errors = {f"{name}_error": finite(e) for name, e in zip(names, self.errors, strict=False)}
        covariance = [[finite(x) for x in row] for row in self.covariance]
        return {**fitted, **errors, "covariance": covariance, "most_per_s": finite(self.most)}


def finite(value: float) -> float | None:
    """JSON has no infinity: what is not finite is null."""
    return value if math.isfinite(value) else None


def fit(points: Sequence[Point]) -> Law:
    """Least squares on relative errors. FitError if there are too few points, or all say the same."""
    sound = [point for point in points if point.concurrency > 0 and point.throughput > 0]
    if len(sound) < POINTS_MIN:
        raise FitError(f"the law has three parameters and takes {POINTS_MIN} rates; there are {len(sound)}")
    levels = [point.concurrency for point in sound]
    if max(levels) < 1.5 * min(levels):
        raise FitError("all rates put about as many requests into the shop: nothing is seen of how it scales")
    from scipy.optimize import OptimizeWarning, curve_fit

    seen = [point.throughput for point in sound]

    def law(concurrency: Any, serial_rate: float, contention: float, coherence: float) -> Any:
        return (
            serial_rate
            * concurrency
            / (1 + contention * (concurrency - 1) + coherence * concurrency * (concurrency - 1))
        )

    alone = max(x / n for x, n in zip(seen, levels, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)  # infinite covariance: told by `errors`
        try:
            # Few requests at once tell lambda; its scale keeps the three steps of a size.
            found, covariance = curve_fit(
                law, levels, seen, p0=(alone, 0.05, 1e-4), sigma=seen, bounds=((0, 0, 0), (math.inf, 1, 1)),
                x_scale=(alone, 0.1, 1e-3), max_nfev=5_000,
            )  # fmt: skip
        except (RuntimeError, ValueError) as error:
            raise FitError(f"no curve of the law runs near these points ({error})") from error
    serial_rate, contention, coherence = (float(value) for value in found)
    rows = tuple(tuple(float(x) for x in row) for row in covariance)
    return Law(serial_rate, contention, coherence, rows)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class HoldOut:
    """A point the law has not seen, and what it says of it."""

    point: Point
    predicted: float

    @property
    def miss(self) -> float:
        """Relative to what was observed; above zero: promised too much."""
        return self.predicted / self.point.throughput - 1

    @property
    def large(self) -> bool:
        return abs(self.miss) > LARGE_MISS


def try_on(points: Sequence[Point], held_out: int) -> HoldOut:
    """Fit without one point and predict it. FitError as `fit`."""
    point = points[held_out]
    law = fit([other for i, other in enumerate(points) if i != held_out])
    return HoldOut(point, law.throughput(point.concurrency))


def draws(law: Law, count: int = 1_000, seed: int = 11) -> list[Law]:
    """Laws as likely as the fit allows, for intervals; only the law itself where its errors are not known."""
    if not law.covariance or not all(math.isfinite(x) for row in law.covariance for x in row):
        return [law]
    from scipy.stats import multivariate_normal

    mean = (law.serial_rate, law.contention, law.coherence)
    drawn = multivariate_normal(mean, law.covariance, allow_singular=True, seed=seed).rvs(count)
    return [
        Law(max(1e-9, float(a)), min(1.0, max(0.0, float(s))), max(0.0, float(k))) for a, s, k in drawn.reshape(-1, 3)
    ]
