"""Makes a profile's probe: the same crowd at one steady rate, or the same day with another peak, and the same promises.

A probe is a profile of its own, so that anybody can run it again with `zerohour rehearse` or `zerohour run`.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from loadtests.plan.profile import Profile
from loadtests.plan.selector import render_selector
from loadtests.plan.thresholds import FEN, Threshold, parse_threshold
from loadtests.plan.units import did_you_mean, quoted
from loadtests.plan.who_comes import shares

PROBE, WARM_UP = "probe", "warm_up"
WARM_UP_S_MAX = 3.0
WARM_UP_SHARE = 0.5
"""Of the step: connections open and pools fill before anything is measured."""
STEP_DURATION_S_MIN, STEP_DURATION_S_MAX = 2.0, 7_200.0
OUT_OF_PLACE = ("recovery", "promql")
"""Metrics that speak of a whole run and its faults, which a steady probe has not."""


class ProbeError(ValueError):
    """No probe can be made of this profile; one sentence says what to change."""


@dataclass(frozen=True)
class Probing:
    """How a profile is probed."""

    profile: Profile
    written: Mapping[str, Any]
    """The profile's tables as its file and --set have them."""
    step_duration_s: float
    phase: str
    """Whose crowd and whose promises count in a steady probe."""
    whole: bool = False
    """Probe the profile's own shape with another peak instead of one steady rate."""

    @cached_property
    def peak(self) -> float:
        """The profile's own highest rate."""
        return self.profile.peak_rate or max(max(s.from_rate, s.to_rate) for s in self.profile.stages)

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        """The promises a probe is held to."""
        if self.whole:
            return self.profile.thresholds
        here = (None, self.phase)
        return tuple(
            threshold
            for threshold in self.profile.thresholds
            if threshold.labels.get("phase") in here and threshold.metric not in OUT_OF_PLACE
        )

    @property
    def general(self) -> frozenset[str]:
        """Selectors that speak of the whole run: what they measure need not occur in the crowd of one phase."""
        return frozenset(threshold.selector for threshold in self.thresholds if "phase" not in threshold.labels)

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases of a probe that are at its rate."""
        if not self.whole:
            return (PROBE,)
        highest = max(max(stage.from_rate, stage.to_rate) for stage in self.profile.stages)
        return tuple(
            dict.fromkeys(s.phase for s in self.profile.stages if max(s.from_rate, s.to_rate) > 0.99 * highest)
        )

    def warm_up_s(self) -> float:
        return float(max(1, round(min(WARM_UP_S_MAX, WARM_UP_SHARE * self.step_duration_s))))

    def tables(self, rate: float, seed: int, without: Collection[str] = ()) -> dict[str, Any]:
        """The probe as TOML tables; `without`: selectors that have nothing to judge in this mix."""
        run = {**self.written.get("run", {}), "seed": seed, "name": f"{self.profile.name}-probe"}
        for name, file in (("locustfile", self.profile.locustfile), ("audit", self.profile.audit)):
            if file is not None:  # the probe is written elsewhere
                run[name] = str(file)
        tables = {**copy.deepcopy(dict(self.written)), "run": run}
        tables |= self._whole_day(run, rate) if self.whole else self._steady(run, rate)
        tables["thresholds"] = self._promises(rate, without)
        return {name: table for name, table in tables.items() if table}

    def _steady(self, run: dict[str, Any], rate: float) -> dict[str, Any]:
        for key in ("shape", "peak_rate", "duration"):
            run.pop(key, None)
        stages = [
            {"phase": WARM_UP, "duration": f"{self.warm_up_s()!r}s", "from": rate / 4, "to": rate, "measured": False},
            {"phase": PROBE, "duration": f"{self.step_duration_s!r}s", "rate": rate},
        ]
        return {"stages": stages, "scenarios": self.crowd(), "faults": None, "baskets": None, "presale": None}

    def crowd(self) -> dict[str, float]:
        """The weights of a steady probe: those of the phase's busiest stage; empty for the classes' own."""
        weights = dict(self.profile.weights(self.phase))
        here = [stage for stage in self.profile.stages if stage.phase == self.phase]
        busiest = max(here, key=lambda stage: max(stage.from_rate, stage.to_rate))
        if not weights or (busiest.buyers is None and busiest.depositors is None):
            return weights
        return {**dict.fromkeys(weights, 0.0), **shares(weights, busiest, self.profile.baskets)}

    def _whole_day(self, run: dict[str, Any], rate: float) -> dict[str, Any]:
        if self.profile.shape is not None:
            run["peak_rate"] = rate
            return {}
        stages = [
            {
                "phase": stage.phase,
                "duration": f"{stage.duration_s!r}s",
                "from": stage.from_rate * rate / self.peak,
                "to": stage.to_rate * rate / self.peak,
                "measured": stage.measured,
            }
            for stage in self.profile.stages
        ]
        return {"stages": stages}

    def _promises(self, rate: float, without: Collection[str]) -> dict[str, list[dict[str, Any]]]:
        promises: dict[str, list[dict[str, Any]]] = {}
        for threshold in self.thresholds:
            table = self._scaled(threshold, rate).to_json()
            if table["selector"] in without:
                continue
            if not table["abort_on_fail"]:
                del table["delay_abort"]
            promises.setdefault(table.pop("selector"), []).append(table)
        return promises

    def _scaled(self, threshold: Threshold, rate: float) -> Threshold:
        """Half a payment an arrival is the same promise at any rate; "payments rate > 100/s" is not.

        So bounds on how much is done grow with the arrivals; bounds on times and shares stay.
        """
        labels = {name: value for name, value in threshold.labels.items() if self.whole or name != "phase"}
        money = FEN if threshold.unit in ("fen", "fen_per_s") else 1
        limit = threshold.limit / money
        if threshold.unit in ("per_s", "fen_per_s"):
            text = f"{threshold.agg} {threshold.op} {limit * rate / self._rate(threshold)!r}/s"
        elif threshold.unit in ("count", "fen"):
            text = f"{threshold.agg} {threshold.op} {limit * self._offered(rate) / self._arrivals(threshold)!r}"
        else:
            text = threshold.expression
        options = {"abort_on_fail": threshold.abort_on_fail, "min_samples": threshold.min_samples}
        delay = {"delay_abort": f"{threshold.delay_abort_s!r}s"} if threshold.abort_on_fail else {}
        return parse_threshold(render_selector(threshold.metric, labels), {"threshold": text, **options, **delay})

    def _offered(self, rate: float) -> float:
        """Arrivals of a probe, where the profile has `_arrivals`; a day with another peak has as many more of both."""
        return rate if self.whole else rate * self.step_duration_s

    def _arrivals(self, threshold: Threshold) -> float:
        return self.peak if self.whole else self._extent(threshold)[0]

    def _rate(self, threshold: Threshold) -> float:
        """What the profile's rate was where the threshold speaks."""
        arrivals, duration_s = self._extent(threshold)
        return self.peak if self.whole else arrivals / duration_s

    def _extent(self, threshold: Threshold) -> tuple[float, float]:
        phase = threshold.labels.get("phase")
        stages = [s for s in self.profile.stages if (s.phase == phase if phase else s.measured)]
        arrivals, duration_s = sum(stage.area for stage in stages), sum(stage.duration_s for stage in stages)
        if not arrivals:
            where = f"the phase {quoted(phase)}" if phase else "any measured phase"
            raise ProbeError(f"nobody arrives in {where}, so {threshold.name} can't be held against another rate")
        return arrivals, duration_s


def probing_of(
    profile: Profile, written: Mapping[str, Any], step_duration_s: float, phase: str | None = None, whole: bool = False
) -> Probing:
    """How to probe a profile; by default with the crowd of its busiest phase. ProbeError if that makes no sense."""
    phases = profile.schedule().phases
    if phase is not None and phase not in phases:
        raise ProbeError(f"there is no phase {quoted(phase)}{did_you_mean(phase, phases)}")
    if not STEP_DURATION_S_MIN <= step_duration_s <= STEP_DURATION_S_MAX:
        raise ProbeError(f"a step lasts {STEP_DURATION_S_MIN:g} s to {STEP_DURATION_S_MAX / 3600:g} h, like 10s")
    busiest = max(profile.stages, key=lambda stage: (stage.measured, max(stage.from_rate, stage.to_rate)))
    if max(busiest.from_rate, busiest.to_rate) <= 0:
        raise ProbeError("nobody arrives in this profile")
    probing = Probing(profile, written, step_duration_s, phase or busiest.phase, whole)
    if not probing.thresholds:
        raise ProbeError(
            f"no threshold speaks of the phase {quoted(probing.phase)} or of the whole run, so nothing could tell that "
            "the shop gives in; name another with --phase, or add one with --set"
        )
    probing.tables(probing.peak, profile.seed)
    return probing
