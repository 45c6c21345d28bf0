"""Judges a recorded run: while its workers go home, years later, by other thresholds, or after it was killed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from loadtests.judgement.judging import ThresholdResult, judge, judge_all
from loadtests.judgement.tally import Tally
from loadtests.judgement.validity import check_validity, failed_on_starts
from loadtests.judgement.verdict import Verdict
from loadtests.plan.profile import Profile
from loadtests.plan.thresholds import Threshold, wanted_samples
from loadtests.record.histogram_sum import HistogramSum
from loadtests.record.run_record import Run, RunRecordError, read_run, write_whole
from loadtests.record.soundness import check_soundness

MOST_UNSEEN = 0.1
"""Share of the offered arrivals that may be under way when a run is cut off, if it is to pass all the same."""
REASONS_MOST = 100
"""Why requests failed, in a verdict: the most frequent ones."""
PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "p99_9": 99.9}


def judge_run(directory: Path, thresholds: Sequence[Threshold] | None = None) -> dict[str, Any]:
    """The verdict of a run directory, as in verdict.json; writes nothing.

    Without `thresholds`, those of the run's own profile count. Raises RunRecordError, one sentence.
    """
    return verdict_of(read_run(directory), thresholds).to_json()


def write_verdict(directory: Path, verdict: Mapping[str, Any]) -> None:
    write_whole(directory / "verdict.json", verdict)


def verdict_of(run: Run, thresholds: Sequence[Threshold] | None = None) -> Verdict:
    """Judge a run. A partial one is judged by what was recorded until it was cut off."""
    profile = recorded_profile(run)
    if thresholds is not None:
        profile = replace(profile, thresholds=tuple(thresholds))
    try:
        return _judged(run, profile)
    except (LookupError, ArithmeticError, ValueError, MemoryError):
        check_soundness(run)  # either the record is to blame, or we are
        raise


def _judged(run: Run, profile: Profile) -> Verdict:
    ended = run.ended or {}
    tally = Tally(profile)
    for second in run.seconds:
        tally.add(second)
    open_arrivals = tally.close(stopped_s=ended.get("stopped_s"), cut_off=run.partial)
    results = _results(run, profile, tally, ended.get("promql") or {})
    return Verdict(
        run=str(run.run.get("run", run.directory.name)),
        partial=run.partial or bool(ended.get("interrupted") or ended.get("asked")),
        duration_s=tally.lasted_s,
        thresholds=results,
        arrivals=tally.books.to_json(),
        requests=_requests(tally),
        validity=check_validity(profile, tally, ended),
        audit=_audit(run),
        idle=not any(tally.outcomes().values()),
        unseen=open_arrivals > MOST_UNSEEN * tally.books.total().offered,
        aborted=_aborted(tally, ended),
        failures=_failures(tally),
        notes=_notes(run, profile, tally, results, open_arrivals),
    )


def recorded_profile(run: Run) -> Profile:
    """The profile as recorded. Raises RunRecordError for one that this version does not understand.

    `from_json` takes any value for most fields, hence the look at each before.
    """
    try:
        written = run.run["profile"]
        msgspec.convert({**written, "thresholds": ()}, Profile, dec_hook=_path)
        profile = Profile.from_json(written)
        profile.schedule()
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        path = run.directory / "run.json"
        reason = str(error) if isinstance(error, ValueError) else repr(error)
        raise RunRecordError(f"{path} holds no profile this version understands: {reason}") from error
    return profile


def _path(kind: type, written: object) -> object:
    if kind is Path and isinstance(written, str):
        return Path(written)
    raise TypeError(f"expected a {kind.__name__}")


def _results(run: Run, profile: Profile, tally: Tally, queried: Mapping[str, float]) -> list[ThresholdResult]:
    results = judge_all(profile.thresholds, tally, queried)
    missed = [t for t, result in zip(profile.thresholds, results, strict=True) if result.result == "FAIL"]
    breaches = _first_breaches(run, profile, missed) if missed else {}
    return [
        replace(result, first_breach_s=breaches.get(threshold.name)) if result.result == "FAIL" else result
        for threshold, result in zip(profile.thresholds, results, strict=True)
    ]


def _first_breaches(run: Run, profile: Profile, missed: Sequence[Threshold]) -> dict[str, float]:
    """Replay the run and note, by threshold name, the second in which the value so far first broke the threshold.

    A count that was to be reached is only missed at the end, and so has no such second.
    """
    tally = Tally(replace(profile, thresholds=tuple(missed)), by_key=False)
    judge_all(missed, tally)  # tells the tally what to add up
    holding = {threshold.name: threshold for threshold in missed}
    breaches: dict[str, float] = {}
    for second in run.seconds:
        tally.add(second)
        for name, threshold in list(holding.items()):
            if judge(threshold, tally).result == "FAIL":
                breaches[name] = float(second.second)
                del holding[name]
        if not holding:
            break
    return breaches


def _requests(tally: Tally) -> list[dict[str, Any]]:
    return [
        {
            **key._asdict(),
            "count": response.count,
            "response_s": _percentiles(response),
            "service_s": _percentiles(tally.services[key]),
        }
        for key, response in sorted(tally.responses.items())
    ]


def _failures(tally: Tally) -> list[dict[str, Any]]:
    frequent = sorted(tally.failures.items(), key=lambda row: (-row[1], row[0]))[:REASONS_MOST]
    return [{"operation": operation, "reason": reason, "count": count} for (operation, reason), count in frequent]


def _percentiles(durations: HistogramSum) -> dict[str, float | None]:
    figures = {name: durations.percentile(q) for name, q in PERCENTILES.items()}
    figures |= {"max": durations.max_s, "mean": durations.mean_s}
    return {name: None if value is None else round(value, 9) for name, value in figures.items()}


def _audit(run: Run) -> Mapping[str, Any]:
    if run.audit is None:
        why = "the run was cut off before its audit" if run.partial else "the run holds no audit"
        return {"checked": 0, "violations": [], "skipped": why}
    audit = {"checked": 0, "violations": [], **run.audit}
    if "systems" in audit:  # how their days went stays in audit.json: a verdict tells what came of it
        audit["systems"] = [{name: told for name, told in row.items() if name != "courses"} for row in audit["systems"]]
    return audit


def _aborted(tally: Tally, ended: Mapping[str, Any]) -> str | None:
    """From the end mark, or for a run killed while it drained, from its events."""
    if aborted := ended.get("aborted"):
        return f"aborted by {aborted['threshold']} at {aborted['at_s']:.1f} s"
    for event in tally.events:
        if event.kind == "aborted":
            return f"aborted by {event.text} at {event.at:.1f} s"
    return None


def _notes(
    run: Run, profile: Profile, tally: Tally, results: Sequence[ThresholdResult], open_arrivals: int
) -> list[str]:
    notes = []
    if run.partial:
        notes.append(
            f"the run was cut off after {tally.elapsed_s:.0f} s and judged by what was recorded until then; "
            f"{open_arrivals} arrivals whose end nobody saw count as unfinished, without a response time"
        )
    elif asked := (run.ended or {}).get("asked"):
        after = f"after {tally.lasted_s:.1f} of {tally.schedule.duration_s:.1f} s"
        notes.append(f"a task asked the run to stop {after}: {asked}")
    elif (run.ended or {}).get("interrupted"):
        notes.append(f"the run was interrupted after {tally.lasted_s:.1f} of {tally.schedule.duration_s:.1f} s")
    if failed := failed_on_starts(tally):
        notes.append(failed)
    if not tally.books.total().offered and run.partial:
        notes.append("no arrival was recorded: the run was cut off before its first second was written down")
    elif not tally.books.total().offered:
        notes.append("no arrival fell due: nothing was tested; see the stages of the profile")
    elif not any(tally.outcomes().values()):
        notes.append("no request was made: nothing was tested; see the workers' logs and the users' tasks")
    for threshold, result in zip(profile.thresholds, results, strict=True):
        wanted = wanted_samples(threshold)
        if wanted is not None and result.result != "NO_DATA" and result.samples < wanted:
            notes.append(f"{threshold.name} rests on {result.samples} samples; {wanted} would make it steady")
    left_out = run.run.get("left_out")
    return notes + [str(sentence) for sentence in (left_out if isinstance(left_out, list) else ())]
