"""Takes from each run the figures that are compared: percentiles out of the gate's histograms, and failure rates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from loadtests.comparison.deciding import Figures
from loadtests.comparison.sides import Measurement
from loadtests.judgement.tally import Selection, Tally
from loadtests.record.histogram_sum import HistogramSum


@dataclass(frozen=True, slots=True)
class Kind:
    """A percentile `q` of response times, or the failure rate; compared from `samples_min` requests a run on."""

    name: str
    q: float | None
    samples_min: int


KINDS = (Kind("p50", 50.0, 20), Kind("p95", 95.0, 100), Kind("p99", 99.0, 500), Kind("failures", None, 20))
"""A percentile with fewer than five requests beyond it is an anecdote: 100 for p95, 500 for p99."""
RESOLUTION = 0.0005
"""Histograms round by so much: no percentile is known better."""


class Subject(NamedTuple):
    """What a figure is of; None: all operations, all measured phases."""

    operation: str | None
    phase: str | None
    kind: str


class Thin(NamedTuple):
    """A figure that rests on too few requests; how many the run with fewest had."""

    subject: Subject
    samples: int
    samples_min: int


class Reading(NamedTuple):
    value: float
    variance: float
    """By chance alone."""


def measure(base: Sequence[Measurement], candidate: Sequence[Measurement]) -> tuple[list[Subject], Figures, list[Thin]]:
    """Every figure that all runs have enough requests for; and those that some run has too few for."""
    tallies = [run.tally for run in (*base, *candidate)]
    subjects: list[Subject] = []
    thin: list[Thin] = []
    readings: list[list[Reading]] = []
    for operation, phase in _cells(tallies):
        selection = Selection(operation=operation, phase=phase, measured=True)
        sums = [tally.trend("response", selection) for tally in tallies]
        fewest = min(durations.count for durations in sums)
        pooled = _pooled_rate(tallies, selection)
        for kind in KINDS:
            subject = Subject(operation, phase, kind.name)
            if fewest < kind.samples_min:
                thin.append(Thin(subject, fewest, kind.samples_min))
                continue
            subjects.append(subject)
            if kind.q is None:
                readings.append([_failures(tally, selection, pooled) for tally in tallies])
            else:
                readings.append([_percentile(durations, kind.q) for durations in sums])
    kinds = [kind.name for kind in KINDS]
    table = np.array(readings, dtype=np.float64).reshape(len(subjects), len(tallies), 2)
    figures = Figures(
        values=table[:, :, 0].T,
        base_runs=len(base),
        sampling=table[:, :, 1].mean(axis=1),
        kinds=np.array([kinds.index(subject.kind) for subject in subjects], dtype=np.int_),
        timed=np.array([subject.kind != "failures" for subject in subjects], dtype=np.bool_),
    )
    return subjects, figures, thin


def _cells(tallies: Sequence[Tally]) -> Iterator[tuple[str | None, str | None]]:
    """Operation and phase of each cell, sums last; a sum over one part is left out, being that part."""
    first = tallies[0]
    phases: list[str | None] = list(first.schedule.measured_phases)
    seen = {(key.operation, key.phase) for tally in tallies for key in tally.responses if key.phase in tally.measured}
    operations: list[str | None] = [*sorted({operation for operation, _ in seen})]
    for operation in operations:
        yield from ((operation, phase) for phase in phases if (operation, phase) in seen)
    if len(phases) > 1:
        yield from ((operation, None) for operation in operations)
    if len(operations) > 1:
        yield from ((None, phase) for phase in phases)
        if len(phases) > 1:
            yield None, None


def _percentile(durations: HistogramSum, q: float) -> Reading:
    """The logarithm of a percentile; its variance by the ranks between which the true one lies (a binomial's)."""
    ranks = 100 * math.sqrt(q / 100 * (1 - q / 100) / durations.count)
    low, middle, high = (_log(durations, min(100.0, max(0.0, at))) for at in (q - ranks, q, q + ranks))
    return Reading(middle, ((high - low) / 2) ** 2 + RESOLUTION**2)


def _log(durations: HistogramSum, q: float) -> float:
    return math.log(max(durations.percentile(q) or 0.0, 1e-9))


def _pooled_rate(tallies: Sequence[Tally], selection: Selection) -> float:
    """The failure rate of all runs together, never quite 0: no failure in 100 requests does not mean there is none."""
    outcomes = [tally.outcomes(selection) for tally in tallies]
    failed = sum(counts.get("failed", 0) for counts in outcomes)
    return (failed + 0.5) / (sum(sum(counts.values()) for counts in outcomes) + 1)


def _failures(tally: Tally, selection: Selection, pooled: float) -> Reading:
    outcomes = tally.outcomes(selection)
    count = sum(outcomes.values())
    return Reading(outcomes.get("failed", 0) / count, pooled * (1 - pooled) / count)
