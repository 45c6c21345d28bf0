"""What a threshold measures: a metric, narrowed by labels, as in `response{operation=/orders/{id},phase=steady}`.

A label's value runs up to the next `, label=` or to the last brace, so that braces and commas in a route need no
quotes. A value that would be read differently is put in double quotes, with \\" and \\\\ inside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from loadtests.plan.units import did_you_mean, quoted

MetricKind = Literal["trend", "count", "value"]


class ThresholdError(ValueError):
    """A threshold nobody can judge; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table of metrics: which aggregations and labels it knows."""

    kind: MetricKind
    labels: tuple[str, ...]
    share_of: str | None = None
    """What its rate is a share of; None: a share of it makes no sense."""
    money: bool = False


OF_A_REQUEST = ("operation", "scenario", "phase")
METRICS: Mapping[str, Metric] = {
    "response": Metric("trend", OF_A_REQUEST),
    "service": Metric("trend", OF_A_REQUEST),
    "schedule_lag": Metric("trend", ("phase",)),
    "requests": Metric("count", OF_A_REQUEST),
    "failures": Metric("count", OF_A_REQUEST, share_of="requests"),
    "refusals": Metric("count", OF_A_REQUEST, share_of="requests"),
    "orders": Metric("count", ("phase",)),
    "payments": Metric("count", ("phase",)),
    "gmv": Metric("count", ("phase",), money=True),
    "arrivals": Metric("count", ("phase",)),
    "dropped": Metric("count", ("phase",), share_of="arrivals"),
    "recovery": Metric("value", ("fault",)),
    "promql": Metric("value", ("query",)),
}

ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(("http_req_duration", "latency", "response_time", "duration"), "response"),
    **dict.fromkeys(("http_req_failed", "errors", "error_rate", "fail_ratio"), "failures"),
    **dict.fromkeys(("http_reqs", "rps"), "requests"),
    **dict.fromkeys(("iterations", "users"), "arrivals"),
    "dropped_iterations": "dropped",
}
"""What other tools call these metrics."""

_METRIC = re.compile(r"([A-Za-z_]\w*)\s*", re.ASCII)
_LABEL = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*", re.ASCII)
_NEXT_LABEL = re.compile(r",(?=\s*[A-Za-z_]\w*\s*=)", re.ASCII)
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"\s*(?:,|$)', re.DOTALL)
_PROMQL = re.compile(r"""promql\s*\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\)""", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse_selector(text: str) -> tuple[str, dict[str, str]]:
    """The metric and its labels, in the order written; ThresholdError if it is no selector."""
    stripped = text.strip()
    if re.match(r"promql\b", stripped):
        return "promql", {"query": _query(stripped)}
    found = _METRIC.match(stripped)
    if found is None:
        raise ThresholdError(f'{quoted(text)} does not start with a metric, like "response" or "failures"')
    name, rest = found[1], stripped[found.end() :]
    if name not in METRICS:
        raise ThresholdError(f"there is no metric {quoted(name)}{did_you_mean(name, METRICS, ELSEWHERE)}")
    if rest and not (rest.startswith("{") and rest.endswith("}")):
        example = f"{name}{{{METRICS[name].labels[0]}=...}}"
        raise ThresholdError(f"{quoted(rest)} after {name} is no list of labels; write it like {example}")
    labels = _labels(name, rest[1:-1]) if rest else {}
    if name == "recovery" and "fault" not in labels:
        raise ThresholdError("recovery needs to know from what; write recovery{fault=...}")
    return name, labels


def _query(text: str) -> str:
    found = _PROMQL.fullmatch(text)
    query = "" if found is None else _ESCAPED.sub(r"\1", found[1] if found[1] is not None else found[2])
    if not query.strip():
        raise ThresholdError('promql takes one query in quotes, like promql("sum(rate(shop_orders_total[1m]))")')
    return query


def _labels(metric: str, body: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    position = 0
    while position < len(body.rstrip()):
        found = _LABEL.match(body, position)
        if found is None:
            raise ThresholdError(f"{quoted(body[position:])} is not a label; write it like phase=steady")
        name = found[1]
        if name not in METRICS[metric].labels:
            hint = did_you_mean(name, METRICS[metric].labels)
            raise ThresholdError(f"{metric} has no label {quoted(name)}{hint}")
        if name in labels:
            raise ThresholdError(f"the label {name} is there twice")
        labels[name], position = _value(name, body, found.end())
    return labels


def _value(label: str, body: str, start: int) -> tuple[str, int]:
    if body.startswith('"', start):
        found = _QUOTED.match(body, start)
        if found is None:
            raise ThresholdError(f"the quotes of {label} are not closed in {quoted(body[start:])}")
        value, end = _ESCAPED.sub(r"\1", found[1]), found.end()
    else:
        comma = _NEXT_LABEL.search(body, start)
        value = body[start : comma.start() if comma else len(body)].strip()
        end = comma.end() if comma else len(body)
        if value.startswith(("=", "~")) or value.endswith(","):
            raise ThresholdError(
                f'{label} is given as {quoted(value)}, and labels match exactly; write {label}="..." if it is meant'
            )
    if not value or not value.isprintable():
        raise ThresholdError(f"the label {label} needs a value that can be printed")
    return value, end


def render_selector(metric: str, labels: Mapping[str, str]) -> str:
    """The selector in its plainest form; `parse_selector` reads it back as the same metric and labels."""
    if metric == "promql":
        return f"promql({_in_quotes(labels['query'])})"
    if not labels:
        return metric
    return f"{metric}{{{','.join(f'{name}={_written(value)}' for name, value in labels.items())}}}"


def _written(value: str) -> str:
    plain = (
        value == value.strip()
        and not value.startswith(('"', "=", "~"))
        and not value.endswith(",")
        and not _NEXT_LABEL.search(value)
    )
    # A comma at the value's end would only look like the list's; the same goes for one before `label=`.
    return value if plain else _in_quotes(value)


def _in_quotes(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
