"""Contradictions between the parts of a profile, and what is odd without being wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loadtests.plan.arrivals import Schedule, Stage
from loadtests.plan.profile import PlannedFault, Profile
from loadtests.plan.profile_mistakes import Mistakes
from loadtests.plan.profile_parts import CrowdAsWritten, Placed
from loadtests.plan.thresholds import Threshold, wanted_samples
from loadtests.plan.units import did_you_mean, quoted, render_duration

Weights = Mapping[str, float]


def check_phases(
    phases: Sequence[str],
    by_phase: Mapping[str, Weights],
    thresholds: Sequence[Placed[Threshold]],
    faults: Sequence[Placed[PlannedFault]],
    mistakes: Mistakes,
) -> None:
    """Every phase that is spoken of is one that the schedule has."""
    spoken: list[Placed[str]] = [(("scenarios", phase), phase) for phase in by_phase]
    spoken += [(place, threshold.labels.get("phase", phases[0])) for place, threshold in thresholds]
    spoken += [((*place, "phase"), fault.phase) for place, fault in faults]
    for place, phase in spoken:
        if phase not in phases:
            mistakes.add(place, f"there is no phase {quoted(phase)}{did_you_mean(phase, phases)}")


def check_weights(phases: Sequence[str], general: Weights, by_phase: Mapping[str, Weights], mistakes: Mistakes) -> None:
    """Somebody comes in every phase."""
    own = {phase: weights for phase, weights in by_phase.items() if weights}
    for phase, weights in own.items():
        if not any(weights.values()):
            mistakes.add(("scenarios", phase), "all its weights are zero, so nobody would come")
    if general and not any(general.values()) and not set(phases) <= set(own):
        mistakes.add(("scenarios",), "all weights are zero, so nobody would come")


def check_baskets(phases: Sequence[str], crowd: CrowdAsWritten, mistakes: Mistakes) -> None:
    """Baskets speak of scenarios that take part, and of phases the schedule has."""
    taking_part = dict.fromkeys([*crowd.scenarios, *(n for own in crowd.scenarios_by_phase.values() for n in own)])
    for phase in crowd.baskets_by_phase:
        if phase not in phases:
            mistakes.add(("baskets", phase), f"there is no phase {quoted(phase)}{did_you_mean(phase, phases)}")
    for name in crowd.baskets:
        if name not in taking_part:
            mistakes.add(("baskets", name), f"no scenario {quoted(name)} takes part{did_you_mean(name, taking_part)}")


def check_fault_times(stages: Sequence[Stage], faults: Sequence[Placed[PlannedFault]], mistakes: Mistakes) -> None:
    """A fault strikes before its phase is over."""
    for place, fault in faults:
        lasts_s = sum(stage.duration_s for stage in stages if stage.phase == fault.phase)
        if lasts_s and fault.after_s >= lasts_s:
            end = f"the phase {quoted(fault.phase)} is over after {render_duration(lasts_s)}"
            mistakes.add((*place, "after"), f"{render_duration(fault.after_s)} is too late; {end}")


def check_labels(
    thresholds: Sequence[Placed[Threshold]],
    general: Weights,
    by_phase: Mapping[str, Weights],
    faults: Sequence[Placed[PlannedFault]] | None,
    mistakes: Mistakes,
) -> None:
    """A threshold speaks of scenarios that take part and of faults that are planned (None: nobody can tell which)."""
    scenarios = dict.fromkeys([*general, *(name for weights in by_phase.values() for name in weights)])
    kinds = dict.fromkeys(fault.kind for _, fault in faults or ())
    for place, threshold in thresholds:
        scenario, fault = threshold.labels.get("scenario"), threshold.labels.get("fault")
        if scenario is not None and general and scenario not in scenarios:
            mistakes.add(place, f"no scenario {quoted(scenario)} takes part{did_you_mean(scenario, scenarios)}")
        if faults is not None and fault is not None and fault not in kinds:
            mistakes.add(place, f"no fault {quoted(fault)} is planned{did_you_mean(fault, kinds)}")


def warnings_of(profile: Profile, thresholds: Sequence[Placed[Threshold]], mistakes: Mistakes) -> tuple[str, ...]:
    """Sentences in the manner of mistakes about a profile that can be run."""
    odd = Mistakes(mistakes.lines, mistakes.options)
    schedule = profile.schedule()
    planned = schedule.planned()
    if not thresholds:
        odd.add(("thresholds",), "there is none, so only the audit and the books can fail this run")
    if not schedule.measured_phases:
        odd.add(("stages",), "no phase is measured, so thresholds without a phase will have no data")
    for phase in schedule.phases:
        if planned[phase] == 0:
            odd.add(("stages",), f"nobody arrives in the phase {quoted(phase)}")
    for place, threshold in thresholds:
        if threshold.quantile is not None and 0 < threshold.quantile < 1:
            suggestion = f"p({threshold.quantile * 100:g})"
            odd.add(place, f"p({threshold.quantile:g}) is near the fastest request; did you mean {suggestion}?")
        if few := _few_samples(threshold, schedule, planned):
            odd.add(place, few)
    return tuple(odd.in_order())


def _few_samples(threshold: Threshold, schedule: Schedule, planned: Mapping[str, float]) -> str | None:
    wanted = wanted_samples(threshold)
    phase = threshold.labels.get("phase")
    offered = sum(planned[name] for name in ([phase] if phase else schedule.measured_phases))
    if wanted is None or threshold.min_samples >= wanted or offered >= wanted:
        return None
    where = f"the phase {quoted(phase)}" if phase else "the run"
    return (
        f"{threshold.expression} wants {wanted:,} samples, and {where} offers about {offered:,.0f} arrivals; "
        f"take a lower percentile, or min_samples = {wanted} to have too few called NO_DATA"
    )
