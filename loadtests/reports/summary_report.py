"""summary.md: the run on one page of Markdown, for a merge request or the summary of a GitHub step.

A step's summary may have 1 MiB; what does not fit is left out row by row, and said to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from loadtests.judgement.wording import quantity, selector
from loadtests.reports.findings import findings, headline, kept
from loadtests.reports.material import Material

BYTES_MOST = 1024 * 1024 - 1024
ROWS_MOST = 200
"""Of one table."""
ICONS = {"PASS": "🟢", "FAIL": "🔴", "BROKEN": "🟣", "INVALID": "🟠", "REGRESSION": "🔴"}
MARKS = {"PASS": "✓", "FAIL": "✗", "NO_DATA": "∅"}
SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$&:])")
ENTITIES = str.maketrans({"<": "&lt;", ">": "&gt;", "@": "&#64;"})
COLUMNS = ("offered", "completed", "failed", "dropped", "unfinished")
SYSTEMS = ("system", "invariants", "kept", "what became of it", "who stressed it")
TEXTS = ("phase", "threshold", "operation", "system", "", *SYSTEMS[3:], "reason", "paid by")
"""Columns that hold words."""
FIGURES_MOST = 4
"""Of a system that we know no line for."""


def render(material: Material) -> bytes:
    """The page, UTF-8, never above a step's limit."""
    return _fitting(_lines(material))


def escaped(text: str) -> str:
    """Text that Markdown takes for text, on one line: no tag, no table, no link, no mention comes of it."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split())).translate(ENTITIES)


def _lines(material: Material) -> list[str]:
    """In order of what a reader asks: does it hold, why not, and then the tables."""
    parts = (_headline, _findings, _arrivals, _thresholds, _operations, _failures, _crowd, _systems)
    return [line for part in parts for line in part(material)]


def _headline(material: Material) -> list[str]:
    verdict = material.verdict
    partial = ", **partial**" if verdict["partial"] else ""
    return [
        f"## {ICONS.get(verdict['verdict'], '')} {verdict['verdict']}: {escaped(headline(verdict))}",
        "",
        f"{escaped(verdict['run'])}, {verdict['duration_s']:.0f} s, exit code {verdict['exit_code']}{partial}",
        "",
    ]


def _findings(material: Material) -> list[str]:
    reasons = findings(material.verdict)
    lines = [
        f"- **{finding.kind}** {escaped(f'{finding.subject}: {finding.text}' if finding.subject else finding.text)}"
        for finding in reasons[:ROWS_MOST]
    ]
    lines += [f"- and {len(reasons) - ROWS_MOST} more in verdict.json"] if len(reasons) > ROWS_MOST else []
    return lines + [f"- {finding.kind}: {escaped(finding.text)}" for finding in kept(material.verdict)]


def _arrivals(material: Material) -> list[str]:
    arrivals = material.verdict["arrivals"]
    rows = [[escaped(phase), *(f"{row[name]:,}" for name in COLUMNS)] for phase, row in arrivals["by_phase"].items()]
    total = ["**total**", *(f"**{arrivals[name]:,}**" for name in COLUMNS)]
    return _table("Arrivals", ("phase", *COLUMNS), [*rows, total])


def _thresholds(material: Material) -> list[str]:
    rows = [
        [
            escaped(f"{selector(row['metric'], row['labels'])}: {row['expression']}"),
            quantity(row["observed"], row["unit"]),
            quantity(row["limit"], row["unit"]),
            f"{row['samples']:,}",
            MARKS.get(row["result"], ""),
        ]
        for row in material.verdict["thresholds"]
    ]
    return _table("Thresholds", ("threshold", "observed", "limit", "samples", ""), rows)


def _operations(material: Material) -> list[str]:
    rows = [
        [
            escaped(row.operation),
            f"{row.count:,}",
            f"{row.outcomes.get('failed', 0):,}",
            *(quantity(row.response.percentile(q), "s") for q in (50, 95, 99)),
            quantity(row.response.max_s, "s"),
        ]
        for row in material.operations.operations()
    ]
    return _table("Operations", ("operation", "requests", "failed", "p50", "p95", "p99", "max"), rows)


def _failures(material: Material) -> list[str]:
    rows = [
        [escaped(row["operation"]), f"{row['count']:,}", escaped(row["reason"])]
        for row in material.verdict.get("failures", ())
    ]
    return _table("Why requests failed", ("operation", "failed", "reason"), rows)


def _crowd(material: Material) -> list[str]:
    crowd = material.crowd
    if crowd is None:
        return []
    rows = [
        [escaped(mark.clock), f"{mark.share:.1%}", f"{mark.realised:.1%}", f"{100 * (mark.realised - mark.share):+.2f}"]
        for mark in crowd.marks
    ]
    told = escaped(f"The crowd, held to what was published: {crowd.sentence}")
    return ["", told, *_table("The day's money", ("paid by", "2017", "this run", "off by, % of the day"), rows)]


def _systems(material: Material) -> list[str]:
    rows = []
    for section in material.systems:
        state = f"✗ {len(section.violations)}" if section.violations else "✓"
        told = section.line or ", ".join(f"{label} {text}" for label, text in section.figures[:FIGURES_MOST])
        stress = section.stress.sentence if section.stress else ""
        audited = [f"{section.checked}", state] if section.checked else ["", ""]
        rows.append([escaped(section.name), *audited, escaped(told), escaped(stress)])
    return _table("Systems of the shop", SYSTEMS, rows)


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    lines = ["", f"### {title}", "", _row(head), _row("---" if name in TEXTS else "---:" for name in head)]
    lines += [_row(row) for row in rows[:ROWS_MOST]]
    if len(rows) > ROWS_MOST:
        lines += ["", f"and {len(rows) - ROWS_MOST:,} more"]
    return lines


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _fitting(lines: list[str]) -> bytes:
    text = "\n".join(lines).encode("utf-8", "replace") + b"\n"
    if len(text) <= BYTES_MOST:
        return text
    return text[: text.rindex(b"\n", 0, BYTES_MOST) + 1] + b"\nThe rest is in report.html.\n"
