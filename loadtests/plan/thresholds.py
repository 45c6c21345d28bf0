"""The grammar of thresholds: a selector, and the bound that what it measures must keep.

    selector    metric { "{" label=value, ... "}" }  |  promql("...")             see selector.py
    expression  agg op number[unit]
    agg         p(N) avg min max med    of trends: response service schedule_lag
                rate count              of counts: requests failures refusals orders payments gmv arrivals dropped
                value                   of recovery{fault=...} and promql("...")
    op          < <= > >= == !=
    unit        us ms s m h  |  %  |  /s      a bare trend number is milliseconds; money is in yuan

`rate` with % is a share and with /s events a second. Bare, it is a share for failures, refusals and dropped, and
per second for the others.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from loadtests.plan.selector import METRICS, MetricKind, ThresholdError, parse_selector, render_selector
from loadtests.plan.units import (
    NUMBER,
    UnitError,
    did_you_mean,
    parse_duration,
    parse_number,
    parse_rate,
    parse_ratio,
    quoted,
)

__all__ = ["OPERATORS", "Threshold", "ThresholdError", "compare", "parse_threshold", "wanted_samples"]

LimitUnit = Literal["s", "ratio", "per_s", "count", "fen", "fen_per_s", "value"]

OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
AGGREGATIONS: Mapping[MetricKind, tuple[str, ...]] = {
    "trend": ("p(95)", "avg", "min", "max", "med"),
    "count": ("rate", "count"),
    "value": ("value",),
}
ELSEWHERE: Mapping[str, str] = {"mean": "avg", "average": "avg", "median": "med", "minimum": "min", "maximum": "max"}
OPTIONS = ("threshold", "abort_on_fail", "delay_abort", "min_samples")
FEN = 100
"""Fen in a yuan: thresholds speak of yuan, our books of fen."""
EXPRESSION_LENGTH_MAX = 200

_EXPRESSION = re.compile(rf"(p\s*\(\s*({NUMBER})\s*\)|[^<>=!≤≥]*?)\s*([<>=!≤≥]+)\s*(.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Threshold:
    """One bound on one series. `limit` is in base units: seconds, a share, per second, a count, fen."""

    metric: str
    labels: Mapping[str, str]
    expression: str
    """As people read it, in one spelling: "p(95) < 500ms"."""
    agg: str
    """p, avg, min, max, med, rate, count or value."""
    quantile: float | None
    """The N of p(N), from 0 to 100, as `Histogram.percentile` takes it; None for other aggregations."""
    op: str
    limit: float
    unit: LimitUnit
    abort_on_fail: bool = False
    delay_abort_s: float = 0.0
    """As k6 has it: no abort before this second of the run."""
    min_samples: int = 1
    """With fewer the result is NO_DATA, which is never a pass."""

    @property
    def selector(self) -> str:
        return render_selector(self.metric, self.labels)

    @property
    def name(self) -> str:
        """Selector and expression: what tells it from any other threshold."""
        return f"{self.selector}: {self.expression}"

    def holds(self, observed: float) -> bool:
        """Whether the bound is kept. What could not be measured (NaN) never keeps a bound."""
        return compare(self.op, observed, self.limit)

    def to_json(self) -> dict[str, Any]:
        return {
            "selector": self.selector,
            "threshold": self.expression,
            "abort_on_fail": self.abort_on_fail,
            "delay_abort": f"{self.delay_abort_s!r}s",
            "min_samples": self.min_samples,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Threshold:
        options = {key: value for key, value in data.items() if key != "selector"}
        if not options.get("abort_on_fail"):
            options.pop("delay_abort", None)
        return parse_threshold(data["selector"], options)


def compare(op: str, observed: float, limit: float) -> bool:
    """`observed op limit`, exactly and without tolerance; NaN on either side is False for every op, even !=."""
    if math.isnan(observed) or math.isnan(limit):
        return False
    return OPERATORS[op](observed, limit)


def wanted_samples(threshold: Threshold) -> int | None:
    """How many samples make p(q) steady: five beyond it, 5 / (1 - q). None where that says nothing."""
    if threshold.quantile is None or not 50 < threshold.quantile < 100:
        return None
    return math.ceil(round(500 / (100 - threshold.quantile), 6))


def parse_threshold(selector: str, text_or_table: object) -> Threshold:
    """A threshold from a profile: "p(95) < 500ms" or a table of OPTIONS. ThresholdError is one sentence."""
    metric, labels = parse_selector(selector)
    if isinstance(text_or_table, str):
        return _parse_expression(metric, labels, text_or_table)
    if not isinstance(text_or_table, Mapping):
        raise ThresholdError('a threshold is a string like "p(95) < 500ms", or a table with one')
    return _parse_table(metric, labels, text_or_table)


def _parse_table(metric: str, labels: dict[str, str], table: Mapping[str, object]) -> Threshold:
    for key in table:
        if key not in OPTIONS:
            raise ThresholdError(f"a threshold has no {quoted(str(key))}{did_you_mean(str(key), OPTIONS)}")
    text = table.get("threshold")
    if not isinstance(text, str):
        raise ThresholdError('the table of a threshold needs threshold = "p(95) < 500ms" or the like')
    abort, min_samples = table.get("abort_on_fail", False), table.get("min_samples", 1)
    if not isinstance(abort, bool):
        raise ThresholdError("abort_on_fail is true or false")
    if isinstance(min_samples, bool) or not isinstance(min_samples, int) or not 1 <= min_samples <= 10**12:
        raise ThresholdError("min_samples is a whole number, at least 1")
    if "delay_abort" in table and not abort:
        raise ThresholdError("delay_abort delays nothing without abort_on_fail = true")
    delay_s = _delay_s(table.get("delay_abort", "0s"))
    return _parse_expression(metric, labels, text, abort, delay_s, min_samples)


def _delay_s(written: object) -> float:
    if not isinstance(written, str):
        raise ThresholdError('delay_abort is a duration in quotes, like "10s"')
    try:
        return parse_duration(written)
    except UnitError as error:
        raise ThresholdError(f"delay_abort: {error}") from error


def _parse_expression(
    metric: str,
    labels: dict[str, str],
    text: str,
    abort_on_fail: bool = False,
    delay_abort_s: float = 0.0,
    min_samples: int = 1,
) -> Threshold:
    found = _EXPRESSION.fullmatch(text.strip()) if len(text) <= EXPRESSION_LENGTH_MAX else None
    if found is None:
        raise ThresholdError(f'{quoted(text)} is no bound; write it like "{_example(metric)}"')
    agg, quantile = _aggregation(metric, found[1].strip(), found[2])
    op = found[3]
    if op not in OPERATORS:
        meant = {"=": "==", "=<": "<=", "=>": ">=", "<>": "!=", "≤": "<=", "≥": ">=", "!": "!="}.get(op)
        hint = f'; did you mean "{meant}"?' if meant else f"; there is {' '.join(OPERATORS)}"
        raise ThresholdError(f"{quoted(op)} compares nothing{hint}")
    written = " ".join(found[4].split())
    try:
        limit, unit = _limit(metric, agg, written)
    except UnitError as error:
        raise ThresholdError(f"in {quoted(text)}, {error}") from error
    if limit < 0 and metric != "promql":
        raise ThresholdError(f"in {quoted(text)}, the bound is negative, and {metric} never is")
    shown = agg if quantile is None else f"p({found[2].lstrip('+')})"
    return Threshold(
        metric=metric,
        labels=labels,
        expression=f"{shown} {op} {written}",
        agg=agg,
        quantile=quantile,
        op=op,
        limit=limit,
        unit=unit,
        abort_on_fail=abort_on_fail,
        delay_abort_s=delay_abort_s,
        min_samples=min_samples,
    )


def _example(metric: str) -> str:
    return {"trend": "p(95) < 500ms", "count": "rate < 0.1%", "value": "value < 30s"}[METRICS[metric].kind]


def _aggregation(metric: str, word: str, quantile: str | None) -> tuple[str, float | None]:
    known = AGGREGATIONS[METRICS[metric].kind]
    if quantile is not None and known[0] == "p(95)":
        percent = float(quantile)
        if not 0 <= percent <= 100:
            raise ThresholdError(f"p({quantile}) is no percentile; N goes from 0 to 100, as in p(95)")
        return "p", percent
    if word in known and word != "p(95)":
        return word, None
    slip = re.fullmatch(rf"[pP][\s_]*({NUMBER})", word, re.ASCII)
    hint = f'; did you mean "p({slip[1]})"?' if slip and known[0] == "p(95)" else did_you_mean(word, known, ELSEWHERE)
    raise ThresholdError(f"{metric} has no {quoted(word)}{hint}")


def _limit(metric: str, agg: str, written: str) -> tuple[float, LimitUnit]:
    """The bound in base units. UnitError if the number or its unit doesn't fit the aggregation."""
    row = METRICS[metric]
    if row.kind == "trend":
        return parse_duration(written, bare="ms"), "s"
    if metric == "recovery":
        return parse_duration(written), "s"
    if metric == "promql":
        return _queried(written)
    if agg == "count":
        count = parse_number(written)
        return (count * FEN, "fen") if row.money else (count, "count")
    if written.endswith("%") or (row.share_of and not written.endswith("/s")):
        if row.share_of is None:
            raise UnitError(
                f"{metric} has no whole of which {quoted(written)} would be a share; write it per second, like 10/s"
            )
        return parse_ratio(written), "ratio"
    rate = parse_rate(written)
    return (rate * FEN, "fen_per_s") if row.money else (rate, "per_s")


def _queried(written: str) -> tuple[float, LimitUnit]:
    """Prometheus counts in base units: a time becomes seconds and a percentage a share."""
    if written.endswith("%"):
        return parse_ratio(written), "ratio"
    if re.fullmatch(NUMBER, written, re.ASCII):
        return parse_number(written), "value"
    return parse_duration(written), "s"
