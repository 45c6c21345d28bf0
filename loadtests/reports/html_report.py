"""report.html: the whole run in one file that opens offline. Verdict first, then why, then everything it rests on.

Words and tables are plain HTML, so that they are there without JavaScript, in print and for a screen reader; the
charts are drawn in the reader's browser by plotly.js, which is in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import msgspec

from loadtests.judgement.phase_mix import RATIOS
from loadtests.judgement.wording import quantity, selector
from loadtests.reports.chart_data import charts
from loadtests.reports.day_span import day_spans
from loadtests.reports.findings import counted, findings, headline, kept, margin, rules, words
from loadtests.reports.instants import written_instant
from loadtests.reports.material import Material
from loadtests.reports.operation_table import OperationRow

ROWS_MOST = 600
"""Of the table of operations; a locustfile that puts numbers into its requests' names has thousands."""
FINDINGS_MOST = 200
SCENARIOS_MOST = 30
"""In the table of one system; a shop of your own may call each of its users another class."""


def render(material: Material) -> bytes:
    """The page. Every name that comes from the run is escaped: an operation may be called anything."""
    from jinja2 import Environment, PackageLoader  # here, since `zerohour --help` needs neither
    from plotly.offline import get_plotlyjs

    page = Environment(loader=PackageLoader("loadtests.reports", "page"), autoescape=True, trim_blocks=True)
    page.filters.update(
        quantity=quantity,
        sentence=_sentence,
        habit=_habit,
        ratio=lambda value: "" if value is None else f"{value:.2f}",
        words=words,
        counted=counted,
        number=lambda value: f"{value:,}",
        path=_breakable,
    )
    drawn = charts(material)
    folder = files("loadtests.reports") / "page"
    text = page.get_template("report.html").render(
        **_content(material),
        style=(folder / "report.css").read_text(),
        script=(folder / "report.js").read_text(),
        plotly=get_plotlyjs(),
        data=embedded(drawn),
        faults=drawn["faults"],
    )
    return text.encode("utf-8", "replace")


def embedded(content: Mapping[str, Any]) -> str:
    """JSON that can stand inside a script element: nothing in it looks like a tag."""
    return msgspec.json.encode(content).decode().replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _content(material: Material) -> dict[str, Any]:
    verdict, run, profile = material.verdict, material.run.run, material.profile
    operations = material.operations.operations()
    rows = _rows(material, operations)
    found = findings(verdict)
    return {
        "verdict": verdict,
        "run": run,
        "profile": profile,
        "headline": headline(verdict),
        "findings": found[:FINDINGS_MOST],
        "kept": kept(verdict),
        "findings_more": len(found) - len(found[:FINDINGS_MOST]),
        "facts": _facts(material, operations),
        "phases": list(verdict["arrivals"]["by_phase"]),
        "thresholds": [_threshold(threshold) for threshold in verdict["thresholds"]],
        "operations": rows[:ROWS_MOST],
        "operations_more": len(rows) - len(rows[:ROWS_MOST]),
        "systems": [
            (section, [_row(row) for row in section.operations], material.system_charts.get(section.name))
            for section in material.systems
        ],
        "scenarios_most": SCENARIOS_MOST,
        "crowd": material.crowd,
        "mix_ratios": RATIOS,
        "rules": rules(verdict),
        "limits": profile.validity,
        "day": day_spans(profile),
        "business": material.timeline.counts_business,
        "captions": _captions(material),
        "started": written_instant(run.get("started_at")).replace("T", " "),
        "machine": run.get("machine") if isinstance(run.get("machine"), dict) else {},
        "versions": run.get("versions") if isinstance(run.get("versions"), dict) else {},
        "files": sorted(path.name for path in material.run.directory.iterdir() if path.is_file()),
    }


def _threshold(threshold: Mapping[str, Any]) -> dict[str, Any]:
    inside = margin(threshold)
    upper = inside is not None and "<" in threshold["expression"]
    return {
        **threshold,
        "name": selector(threshold["metric"], threshold["labels"]),
        "margin": inside,
        "used": max(0.0, 1.0 - inside) if upper and inside is not None else None,
    }


def _facts(material: Material, operations: list[OperationRow]) -> list[tuple[str, str]]:
    """The figures under the verdict: few, and large enough to be read across a room."""
    verdict, line = material.verdict, material.timeline
    facts = [
        ("arrivals offered", f"{verdict['arrivals']['offered']:,}"),
        ("highest rate", f"{max((value or 0 for value in line.arrivals['offered']), default=0):,} /s"),
        ("requests", f"{sum(row.count for row in operations):,}"),
    ]
    slowest = max((row.response.percentile(95) or 0.0 for row in material.operations.rows.values()), default=None)
    if slowest is not None:
        facts.append(("slowest p95 of a phase", quantity(slowest, "s")))
    if line.counts_business:
        totals = {name: sum(value or 0 for value in values) for name, values in line.business.items()}
        facts += [("orders", f"{totals['orders']:,}"), ("payments", f"{totals['payments']:,}")]
        facts.append(("GMV", f"¥{totals['gmv_fen'] / 100:,.0f}"))
    return facts


def _rows(material: Material, whole: list[OperationRow]) -> list[dict[str, Any]]:
    places = {row.operation: place for place, row in enumerate(whole)}
    by_phase = sorted(material.operations.rows.values(), key=lambda row: places[row.operation])
    return [_row(row) for row in (*whole, *by_phase)]


def _row(row: OperationRow) -> dict[str, Any]:
    return {
        "operation": row.operation,
        "phase": row.phase,
        "count": row.count,
        "ok": row.outcomes.get("ok", 0),
        "refused": row.outcomes.get("refused", 0),
        "failed": row.outcomes.get("failed", 0),
        "response": [row.response.percentile(q) for q in (50, 95, 99, 99.9)] + [row.response.max_s],
        "service": row.service.percentile(95),
    }


def _breakable(name: str) -> str:
    """An operation's name that may break after a slash; escaped."""
    from markupsafe import Markup, escape

    return Markup("/<wbr>").join(escape(part) for part in name.split("/"))


def _sentence(line: str) -> str:
    return f"{line[:1].upper()}{line[1:]}."


def _habit(value: float | None, unit: str) -> str:
    """A figure of the crowd in the calibration's own units."""
    if value is None:
        return ""
    return f"{100 * value:.1f} %" if unit == "%" else f"{value:.3g} {unit}".strip()


def _captions(material: Material) -> dict[str, str]:
    """What each chart shows at its highest, for who cannot see it."""
    line = material.timeline
    parts = {
        "arrivals": ("offered", line.arrivals["offered"], "per_s"),
        "response": ("p95 of all operations", line.response_s[""]["p95"], "s"),
        "failures": ("failed requests", line.requests["failed"], "per_s"),
        "orders": ("orders", line.business["orders"], "per_s"),
        "gmv": ("GMV", line.business["gmv_fen"], "fen_per_s"),
        "cpu": ("CPU", line.generator["cpu"], "ratio"),
        "lag": ("lateness of starts", line.generator["lag_p99_s"], "s"),
        "shoppers": ("shoppers", line.generator["shoppers"], "count"),
    }
    captions = {}
    for name, (what, values, unit) in parts.items():
        highest = max(((value, -at) for at, value in enumerate(values) if value is not None), default=None)
        if highest is None:
            captions[name] = "nothing was measured"
        elif not highest[0]:
            captions[name] = f"{what}: none"
        else:
            captions[name] = f"{what}: {quantity(highest[0], unit)} at most, at {line.seconds[-highest[1]]} s"
    return captions
