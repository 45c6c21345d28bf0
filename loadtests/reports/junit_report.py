"""junit.xml: one case a threshold, invariant and validity rule, for the test pages of GitLab, Jenkins and their kin.

A threshold that was missed, an invariant or rule that is broken is a `failure`; what could not be judged is an `error`;
an audit that did not take place is `skipped`. A case's time is the duration its threshold observed, if it is one: a
server's trend of that "test" is then the trend of that percentile. GitLab drops what has another's class and name, and
Jenkins splits a class at its last dot: here the class is profile and kind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from loadtests.judgement.wording import selector
from loadtests.reports.findings import missed, rules, words
from loadtests.reports.instants import written_instant
from loadtests.reports.material import Material
from loadtests.reports.shop_systems import invariants_by_system

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""
NOT_A_WORD = re.compile(r"[^\w-]+")
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
VIOLATIONS_MOST = 50
REASONS_MOST = 10
"""In the text of one case."""


def render(material: Material) -> bytes:
    """The file, UTF-8."""
    verdict = material.verdict
    report = JUnitXml("zerohour")
    suites = {
        "run": _run(verdict),
        "thresholds": [_threshold(threshold, verdict.get("failures", ())) for threshold in verdict["thresholds"]],
        "validity": [_rule(*rule) for rule in rules(verdict)],
    }
    for system, invariants in invariants_by_system(verdict["audit"]).items():
        suites[f"invariants {system}".rstrip()] = _invariants(verdict["audit"], invariants)
    if verdict["audit"]["checked"] and not verdict["audit"].get("invariants") and not verdict["audit"]["violations"]:
        suites["invariants"] = [TestCase(f"{verdict['audit']['checked']} invariants of the books")]
    elif not verdict["audit"]["checked"] and not verdict["audit"]["violations"]:
        case = TestCase("the books are audited")
        case.result = [Skipped(_text(verdict["audit"].get("skipped") or "nobody audited them"))]
        suites["invariants"] = [case]
    started = written_instant(material.run.run.get("started_at"))
    for kind, cases in suites.items():
        if cases:
            report.add_testsuite(_suite(material, kind, cases, started))
    report.update_statistics()
    report._elem.attrib.pop("skipped", None)  # junit-10, which Jenkins reads, knows it of a suite only
    written: bytes = report.tostring()
    return written if written.startswith(b"<?xml") else DECLARATION + written


def _suite(material: Material, kind: str, cases: Iterable[TestCase], started: str) -> TestSuite:
    suite = TestSuite(_text(f"{material.verdict['run']} {kind}"))
    classname = f"{NOT_A_WORD.sub('_', material.profile.name)}.{NOT_A_WORD.sub('_', kind)}"
    if started:
        suite.timestamp = started
    names: Counter[str] = Counter()
    for case in cases:
        names[case.name] += 1
        case.name = _text(case.name if names[case.name] == 1 else f"{case.name} ({names[case.name]})")
        case.classname = _text(classname)
        suite.add_testcase(case)
    suite.update_statistics()
    return suite


def _run(verdict: Mapping[str, Any]) -> list[TestCase]:
    """What fails a run though every threshold holds: it ended early, or tested nothing."""
    ended = TestCase("no threshold ended it early", time=0.0)
    tested = TestCase("it tested what it was meant to", time=round(verdict["duration_s"], 3))
    if verdict.get("aborted"):
        ended.result = [Failure(_text(verdict["aborted"]), "aborted")]
    unjudged = all(threshold["result"] == "PASS" for threshold in verdict["thresholds"]) and not verdict.get("aborted")
    if verdict["verdict"] == "FAIL" and unjudged:
        tested.result = [Failure(_text("; ".join(verdict.get("notes", ()))), "nothing tested")]
    return [ended, tested]


def _threshold(threshold: Mapping[str, Any], failures: Iterable[Mapping[str, Any]]) -> TestCase:
    case = TestCase(f"{selector(threshold['metric'], threshold['labels'])}: {threshold['expression']}", time=0.0)
    if threshold["unit"] == "s" and threshold["observed"] is not None:
        case.time = round(threshold["observed"], 6)
    finding = missed(threshold)
    if threshold["result"] == "NO_DATA":
        case.result = [Error(_text(finding.text), "no data")]
    elif threshold["result"] != "PASS":
        failure = Failure(_text(finding.text), "threshold missed")
        lines = [finding.subject, finding.text, f"{threshold['samples']:,} samples"]
        if threshold["metric"] == "failures":
            lines += _why(failures, threshold["labels"].get("operation"))
        failure.text = _text("\n".join(lines))
        case.result = [failure]
    return case


def _why(failures: Iterable[Mapping[str, Any]], operation: str | None) -> list[str]:
    """The most frequent reasons for which requests of this operation, or of any, failed."""
    asked = [row for row in failures if operation in (None, row["operation"])]
    return [f"{row['count']:,} x {row['operation']}: {row['reason']}" for row in asked[:REASONS_MOST]]


def _rule(rule: str, label: str, reasons: list[Mapping[str, Any]]) -> TestCase:
    case = TestCase(label, time=0.0)
    if reasons:
        failure = Failure(_text(reasons[0]["message"]), rule)
        failure.text = _text("\n".join(reason["message"] for reason in reasons))
        case.result = [failure]
    return case


def _invariants(audit: Mapping[str, Any], names: Iterable[str]) -> list[TestCase]:
    cases = []
    for name in names:
        case = TestCase(words(name), time=0.0)
        broken = [violation for violation in audit["violations"] if violation["invariant"] == name]
        if broken:
            failure = Failure(_text(broken[0]["message"]), "invariant broken")
            failure.text = _text("\n".join(f"{one['subject']}: {one['message']}" for one in broken[:VIOLATIONS_MOST]))
            case.result = [failure]
        cases.append(case)
    return cases


def _text(text: str) -> str:
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
