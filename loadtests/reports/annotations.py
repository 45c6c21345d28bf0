"""What GitHub shows beside a commit: workflow commands on standard output, the gravest first.

GitHub keeps ten of a kind a step, so the tenth says how many more there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loadtests.reports.findings import Finding, findings, headline

MOST = 10
LEVELS = {"broken": "error", "missed": "error", "no data": "error", "stopped": "error", "invalid": "error"}


def workflow_commands(verdict: Mapping[str, Any]) -> list[str]:
    """One line each, from `::` on; none for a PASS without notes."""
    found: dict[str, list[str]] = {}
    for finding in findings(verdict):
        level = LEVELS.get(finding.kind, "notice")
        found.setdefault(level, []).append(_line(level, finding))
    if verdict["verdict"] != "PASS" and "error" not in found:
        found["error"] = [f"::error title={_property(verdict['verdict'])}::{_data(headline(verdict))}"]
    lines = []
    for level, of_level in found.items():
        rest = len(of_level) - MOST
        lines += of_level if rest <= 0 else of_level[: MOST - 1]
        if rest > 0:
            lines.append(f"::{level} title=Zerohour::and {rest + 1} more in report.html")
    return lines


def _line(level: str, finding: Finding) -> str:
    title = f"{finding.kind}: {finding.subject}" if finding.subject else finding.kind
    return f"::{level} title={_property(title)}::{_data(finding.text)}"


def _data(text: str) -> str:
    """GitHub's own escapes: a command is one line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
