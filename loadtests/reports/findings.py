"""Why a verdict is what it is, in sentences: what a reader of any report sees first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from loadtests.judgement.wording import quantity, selector

Kind = Literal["broken", "invalid", "stopped", "missed", "no data", "note", "kept"]


RULES: Mapping[str, str] = {
    "dropped": "few arrivals were dropped",
    "schedule_lag": "arrivals started on time",
    "generator_cpu": "workers had CPU to spare",
    "lost_worker": "no worker was lost",
    "books": "the arrivals' books balance",
    "stall": "no worker stood still",
    "target_restarted": "the target was not restarted",
    "fault_missing": "planned faults were injected",
}
"""What a valid run keeps, by the rule's name in verdict.json."""


class Finding(NamedTuple):
    """One reason. `subject` names the invariant, rule or threshold; `text` is a sentence."""

    kind: Kind
    subject: str
    text: str


def headline(verdict: Mapping[str, Any]) -> str:
    """The verdict in one sentence, and a second one if the run did not go to its end."""
    early = f" The run ended early, after {verdict['duration_s']:.0f} s." if verdict["partial"] else ""
    return _verdict_in_words(verdict) + early


def _verdict_in_words(verdict: Mapping[str, Any]) -> str:
    audit, thresholds = verdict["audit"], verdict["thresholds"]
    match verdict["verdict"]:
        case "BROKEN":
            broken = len({violation["invariant"] for violation in audit["violations"]})
            return (
                f"The shop broke its word: {counted(len(audit['violations']), 'violation')} "
                f"of {counted(broken, 'invariant')}."
            )
        case "INVALID":
            return "This run proves nothing about the shop: the generator did not apply the load it promised."
        case "PASS":
            held = f"All {len(thresholds)} thresholds hold" if len(thresholds) > 1 else "Its threshold holds"
            held = held if thresholds else "No threshold was set"
            books = f", {audit['checked']} invariants are kept" if audit["checked"] else ""
            unaudited = "" if audit["checked"] else "; nobody audited the books"
            return f"{held}{books}, and the generator applied the load it promised{unaudited}."
    missed = sum(threshold["result"] == "FAIL" for threshold in thresholds)
    blind = sum(threshold["result"] == "NO_DATA" for threshold in thresholds)
    said = [f"{missed} of {counted(len(thresholds), 'threshold')} missed"] if missed else []
    said += [f"{blind} of {counted(len(thresholds), 'threshold')} without data"] if blind else []
    said += ["a threshold ended the run early"] if verdict.get("aborted") else []
    if not said:
        said = ["the run did not test what it was meant to"]
    sentence = "; ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}."


def findings(verdict: Mapping[str, Any]) -> list[Finding]:
    """Every reason, the gravest first; then the notes."""
    return [
        *(Finding("broken", words(one["invariant"]), one["message"]) for one in verdict["audit"]["violations"]),
        *(Finding("invalid", words(one["rule"]), one["message"]) for one in verdict["validity"]["reasons"]),
        *([Finding("stopped", "the run", verdict["aborted"])] if verdict.get("aborted") else []),
        *(missed(threshold) for threshold in verdict["thresholds"] if threshold["result"] != "PASS"),
        *(Finding("note", "", note) for note in verdict.get("notes", ())),
    ]


def kept(verdict: Mapping[str, Any]) -> list[Finding]:
    """What speaks for the run, with the threshold that was nearest to its limit."""
    thresholds, audit = verdict["thresholds"], verdict["audit"]
    held = [threshold for threshold in thresholds if threshold["result"] == "PASS"]
    found = []
    if held:
        text = f"{len(held)} of {counted(len(thresholds), 'threshold')} {'holds' if len(held) == 1 else 'hold'}"
        nearest = min(
            (row for row in held if margin(row) is not None), key=lambda row: margin(row) or 0.0, default=None
        )
        if nearest is not None:
            text += (
                f"; the nearest to its limit is {selector(nearest['metric'], nearest['labels'])}: "
                f"{nearest['expression']}, with {quantity(nearest['observed'], nearest['unit'])}"
            )
        found.append(Finding("kept", "", text))
    if audit["checked"] and not audit["violations"]:
        found.append(
            Finding("kept", "", f"{counted(audit['checked'], 'invariant')} of the shop's books audited, no violation")
        )
    if verdict["validity"]["valid"] and verdict["arrivals"]["offered"]:
        found.append(Finding("kept", "", "the generator applied the load it promised"))
    return found


def margin(threshold: Mapping[str, Any]) -> float | None:
    """How far the observed value is inside the limit, as a share of it; below 0 beyond it. None without a distance."""
    observed, limit = threshold["observed"], threshold["limit"]
    direction = {"<": 1, ">": -1}.get("".join(re.findall("[<=>!]", threshold["expression"]))[:1])
    if observed is None or not limit or direction is None:
        return None
    return float(direction * (limit - observed) / abs(limit))


def missed(threshold: Mapping[str, Any]) -> Finding:
    """What is to say of a threshold that does not hold."""
    name = selector(threshold["metric"], threshold["labels"])
    if threshold["result"] == "NO_DATA":
        why = threshold.get("reason") or "nothing was measured"
        return Finding("no data", name, f"{threshold['expression']} has nothing to judge: {why}")
    text = f"{threshold['expression']} was missed: {quantity(threshold['observed'], threshold['unit'])}"
    text += f" against a limit of {quantity(threshold['limit'], threshold['unit'])}"
    if threshold.get("reason"):
        text += f" ({threshold['reason']})"
    if threshold.get("first_breach_s") is not None:
        text += f", first at {threshold['first_breach_s']:.0f} s of the run"
    return Finding("missed", name, text)


def rules(verdict: Mapping[str, Any]) -> list[tuple[str, str, list[Mapping[str, Any]]]]:
    """Name, meaning and broken cases of every validity rule; also of one that this file does not know."""
    reasons = verdict["validity"]["reasons"]
    known = {**RULES} | {reason["rule"]: words(reason["rule"]) for reason in reasons if reason["rule"] not in RULES}
    return [(rule, text, [one for one in reasons if one["rule"] == rule]) for rule, text in known.items()]


def counted(number: int, noun: str) -> str:
    """`3 violations`, `1 violation`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def words(name: str) -> str:
    """An identifier as words: `no_oversell` becomes "no oversell"."""
    return name.replace("_", " ")
