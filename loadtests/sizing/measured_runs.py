"""Reads what a plan rests on: a capacity search's directory, or that of a single run."""

from __future__ import annotations

from pathlib import Path

import msgspec

from loadtests.judgement.gate import judge_run
from loadtests.plan.profile import Profile
from loadtests.record.run_record import RunRecordError, read_run
from loadtests.record.whole_files import OBJECT, UNREADABLE
from loadtests.sizing.growth_plan import Measured
from loadtests.sizing.probe import Figures, figures_of, outcome_of, tally_of
from loadtests.sizing.scalability_law import Law

ANSWER = "capacity.json"
BUSY_ENOUGH = 0.5
"""Of the highest rate: below it a generator's own housekeeping hides what an arrival costs."""


class _Bracket(msgspec.Struct):
    holds: float | None
    fails: float | None


class _Probe(msgspec.Struct):
    number: int
    rate: float
    outcome: str
    verdict: str
    why: str
    directory: str
    figures: Figures
    advice: str = ""


class _Law(msgspec.Struct):
    lambda_per_s: float
    sigma: float
    kappa: float
    covariance: list[tuple[float | None, float | None, float | None]]


class _HoldOut(msgspec.Struct):
    miss: float
    large: bool


class _Scaling(msgspec.Struct):
    law: _Law | None = None
    hold_out: _HoldOut | None = None
    why_not: str = ""


class _Capacity(msgspec.Struct):
    """capacity.json, as far as a plan needs it."""

    bracket: _Bracket
    probes: list[_Probe]
    scaling: _Scaling


def read_measured(path: Path, utilisation: float | None = None) -> Measured:
    """What a capacity search (its directory or its capacity.json) or a run showed. RunRecordError, one sentence."""
    file = path / ANSWER if path.is_dir() else path
    if file.is_file():
        return _of_search(file, utilisation)
    return _of_run(path, utilisation)


def _of_search(file: Path, utilisation: float | None) -> Measured:
    try:
        found = msgspec.convert(OBJECT.decode(file.read_bytes()), _Capacity)
    except OSError as error:
        raise RunRecordError(f"cannot read {file}: {error.strerror}") from error
    except UNREADABLE as error:
        raise RunRecordError(f"{file} is no answer of `zerohour capacity`: {error}") from error
    held = [probe for probe in found.probes if probe.outcome == "holds"]
    sound = [probe for probe in found.probes if probe.outcome in ("holds", "fails")]
    if not sound:
        raise RunRecordError(f"{file} holds no run from which anything could be planned")
    highest = max(probe.rate for probe in sound)
    busy = [p.figures for p in sound if p.rate >= BUSY_ENOUGH * highest] or [p.figures for p in sound]
    law, unchecked = _law(found.scaling)
    return Measured(
        source=str(file),
        holds=found.bracket.holds,
        fails=found.bracket.fails,
        highest=highest,
        orders_per_arrival=[p.figures.orders_per_arrival for p in held or sound if p.figures.orders_per_arrival],
        arrivals_per_cpu_s=[figures.arrivals_per_cpu_s for figures in busy if figures.arrivals_per_cpu_s],
        utilisation=utilisation,
        law=law,
        unchecked=unchecked,
    )


def _law(scaling: _Scaling) -> tuple[Law | None, str]:
    """The law, and why it is no ground to plan on."""
    fitted = scaling.law
    if fitted is None:
        return None, scaling.why_not or "no law was fitted"
    unknown = float("inf")
    rows = tuple(
        (unknown if a is None else a, unknown if b is None else b, unknown if c is None else c)
        for a, b, c in fitted.covariance
    )
    law = Law(fitted.lambda_per_s, fitted.sigma, fitted.kappa, rows)
    if scaling.hold_out is None:
        return law, f"the fitted law is {scaling.why_not or 'unchecked'}"
    if scaling.hold_out.large:
        return law, f"the fitted law missed the rate it was checked on by {scaling.hold_out.miss:+.0%}"
    return law, ""


def _of_run(directory: Path, utilisation: float | None) -> Measured:
    """A single run is a bracket with one end."""
    run, verdict = read_run(directory), judge_run(directory)
    profile = Profile.from_json(run.run["profile"])
    rate = max(max(stage.from_rate, stage.to_rate) for stage in profile.stages)
    if rate <= 0:
        raise RunRecordError(f"nobody arrived in {directory}")
    peak = tuple(dict.fromkeys(s.phase for s in profile.stages if max(s.from_rate, s.to_rate) > 0.99 * rate))
    outcome, why = outcome_of(verdict, all_inside=False)
    if outcome not in ("holds", "fails"):
        raise RunRecordError(f"nothing can be planned from {directory}: {why}")
    figures = figures_of(run, tally_of(run, profile), peak)
    return Measured(
        source=str(directory),
        holds=rate if outcome == "holds" else None,
        fails=rate if outcome == "fails" else None,
        highest=rate,
        orders_per_arrival=[figures.orders_per_arrival] if figures.orders_per_arrival else [],
        arrivals_per_cpu_s=[figures.arrivals_per_cpu_s] if figures.arrivals_per_cpu_s else [],
        utilisation=utilisation,
        unchecked="a single run does not show how a shop scales",
    )
