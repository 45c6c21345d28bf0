"""The whole comparison: runs in, comparison.json out.

schema         1
answer         worse, better, same or inconclusive; `verdict` is REGRESSION or PASS, `exit_code` 11 or 0
base           the runs that counted: {run, directory}; `candidate` likewise
set_aside      the runs that did not: {side, directory, reason}
runs_needed    runs a side that would settle half of what is inconclusive; null: none, or more than 200
labellings     how many ways to label the runs were looked at; `alarm_p_max` is the largest p that raises an alarm
margins        what matters and what is the same: shares, seconds
rows           worst first: {operation, phase, figure, unit, base, candidate, change, change_low, change_high,
               p, p_rank, noise, samples_min, answer, runs_needed}; operation or phase null: all of them (measured).
               `unit` "s": base and candidate are seconds and change a share of the base; "ratio": failure rates
               and their difference. The interval holds the truth in 95 of 100 cases
thin           figures without enough requests: {operation, phase, figure, samples, samples_min}
notes          what a reader should know before trusting the figures; a sentence each
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median_high
from typing import Any

from loadtests.comparison.deciding import Answer, Word, answer
from loadtests.comparison.margins import Margins
from loadtests.comparison.measuring import Subject, Thin, measure
from loadtests.comparison.relabelling import how_many_labellings
from loadtests.comparison.runs_needed import ALARM_P_MAX, RUNS_MIN
from loadtests.comparison.sides import Measurement, Side, Sides, gather
from loadtests.judgement.verdict import EXIT_CODES
from loadtests.judgement.verdict import Word as Verdict

SCHEMA = 1
ONE_SIDED_MAX = 10
ORDER: tuple[Word, ...] = ("worse", "better", "inconclusive", "same")


def compare(base: Sequence[Path], candidate: Sequence[Path], margins: Margins) -> dict[str, Any]:
    """Compare two sets of run directories; the content of comparison.json.

    Raises RunRecordError or ComparisonError, a sentence for the user.
    """
    return comparison_of(gather(base, candidate), margins)


def comparison_of(sides: Sides, margins: Margins) -> dict[str, Any]:
    subjects, figures, thin = measure(sides.base, sides.candidate)
    answers = answer(figures, margins)
    rows = [_row(subject, found) for subject, found in zip(subjects, answers, strict=True)]
    rows.sort(key=lambda row: (ORDER.index(row["answer"]), row["p"], -row["change"]))
    word = _word(answers)
    verdict: Verdict = "REGRESSION" if word == "worse" else "PASS"
    return {
        "schema": SCHEMA,
        "answer": word,
        "verdict": verdict,
        "exit_code": EXIT_CODES[verdict],
        "base": _runs(sides.base),
        "candidate": _runs(sides.candidate),
        "set_aside": [{**asdict(one), "directory": str(one.directory)} for one in sides.set_aside],
        "runs_needed": _runs_needed(answers, min(len(sides.base), len(sides.candidate))),
        "labellings": how_many_labellings(len(sides.base), len(sides.candidate), len(rows)),
        "alarm_p_max": ALARM_P_MAX,
        "margins": asdict(margins),
        "rows": rows,
        "thin": [_thin(one) for one in thin],
        "notes": _notes(sides, len(rows)),
    }


def _runs(runs: Sequence[Measurement]) -> list[dict[str, str]]:
    return [{"run": run.run_id, "directory": str(run.directory)} for run in runs]


def _row(subject: Subject, found: Answer) -> dict[str, Any]:
    plain = asdict(found)
    word = plain.pop("word")
    rounded = {name: round(value, 9) if isinstance(value, float) else value for name, value in plain.items()}
    unit = "ratio" if subject.kind == "failures" else "s"
    return {**_named(subject), "unit": unit, **rounded, "answer": word}


def _named(subject: Subject) -> dict[str, Any]:
    return {"operation": subject.operation, "phase": subject.phase, "figure": subject.kind}


def _thin(one: Thin) -> dict[str, Any]:
    return {**_named(one.subject), "samples": one.samples, "samples_min": one.samples_min}


def _word(answers: Sequence[Answer]) -> Word:
    """Of the whole: a single figure that is worse, or of which nothing can be said, outweighs all that are the same."""
    words = {found.word for found in answers}
    for word in ("worse", "better"):
        if word in words:
            return word
    return "same" if words == {"same"} else "inconclusive"


def _runs_needed(answers: Sequence[Answer], runs: int) -> int | None:
    """Runs a side for half of the figures of which nothing can be said yet; a rare operation's p99 may be hopeless."""
    needed = [found.runs_needed or math.inf for found in answers if found.word == "inconclusive"]
    if not needed:
        return None
    wanted = median_high(needed)
    return None if not math.isfinite(wanted) else max(RUNS_MIN, runs + 1, math.ceil(wanted))


def _notes(sides: Sides, figures: int) -> list[str]:
    notes = []
    fewest = min(len(sides.base), len(sides.candidate))
    if fewest < RUNS_MIN:
        notes.append(
            f"{len(sides.base)} against {len(sides.candidate)} can't tell a change from chance: "
            f"it takes {RUNS_MIN} against {RUNS_MIN}"
        )
    if not figures:
        notes.append("no figure rests on enough requests in every run; make the runs longer or their rate higher")
    if _one_after_the_other(sides):
        notes.append(
            "all runs of one side were made before those of the other: a machine that became slower meanwhile "
            "looks like a worse shop; `zerohour compare --interleave` takes turns"
        )
    notes += [f"{operation} was asked for in the {side} only" for operation, side in _one_sided(sides)]
    if any(run.profile.platform != sides.base[0].profile.platform for run in sides.runs):
        notes.append("the profiles set the mock platform differently")
    for name, what in (("machine", "on different machines"), ("workers", "with different numbers of workers")):
        if any(run.surroundings[name] != sides.base[0].surroundings[name] for run in sides.runs):
            notes.append(f"the runs were made {what}")
    return notes


def _one_sided(sides: Sides) -> list[tuple[str, Side]]:
    """Operations that all runs of one side have and no run of the other: a buyer may never have got there."""
    base, candidate = (
        [{key.operation for key in run.tally.responses} for run in side] for side in (sides.base, sides.candidate)
    )
    gone = set.intersection(*base) - set[str]().union(*candidate)
    new = set.intersection(*candidate) - set[str]().union(*base)
    named: list[tuple[str, Side]] = [(operation, "base") for operation in sorted(gone)]
    named += [(operation, "candidate") for operation in sorted(new)]
    return named[:ONE_SIDED_MAX]


def _one_after_the_other(sides: Sides) -> bool:
    base, candidate = ([run.started_at for run in side if run.started_at] for side in (sides.base, sides.candidate))
    if len(base) < 2 or len(candidate) < 2:
        return False
    return max(base) < min(candidate) or max(candidate) < min(base)
