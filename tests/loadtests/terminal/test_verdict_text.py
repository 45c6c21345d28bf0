"""What a person reads at the end of a run: the word first, then why, then the books."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from loadtests.judgement.wording import quantity
from loadtests.terminal.verdict_text import print_verdict

TIMES = {"p50": 0.004, "p95": 2.41, "p99": 2.89, "p99_9": 2.99, "max": 3.0, "mean": 0.4}
VERDICT: dict[str, Any] = {
    "schema": 1,
    "verdict": "PASS",
    "exit_code": 0,
    "partial": False,
    "run": "r1",
    "duration_s": 12.0,
    "thresholds": [
        {
            "metric": "response",
            "labels": {"operation": "/ping", "phase": "steady"},
            "expression": "p(95) < 500ms",
            "observed": 0.2,
            "limit": 0.5,
            "unit": "s",
            "samples": 1200,
            "result": "PASS",
            "first_breach_s": None,
        }
    ],
    "arrivals": {
        "offered": 1200,
        "completed": 1100,
        "failed": 1,
        "dropped": 2,
        "unfinished": 97,
        "by_phase": {"steady": {"offered": 1200, "completed": 1100, "failed": 1, "dropped": 2, "unfinished": 97}},
    },
    "requests": [
        {
            "operation": "/ping",
            "scenario": "Pinger",
            "phase": "steady",
            "outcome": "ok",
            "count": 1200,
            "response_s": TIMES,
            "service_s": TIMES,
        }
    ],
    "validity": {"valid": True, "reasons": []},
    "audit": {"checked": 35, "violations": []},
}


def read(**changes: Any) -> str:
    page = io.StringIO()
    print_verdict(Console(file=page, width=140), {**VERDICT, **changes}, "runs/here")
    return page.getvalue()


def test_a_pass_says_the_word_the_books_and_where_the_run_is() -> None:
    text = read()
    assert text.index("PASS") < text.index("Books")
    assert "1 of 1 thresholds hold" in text
    assert "35 invariants audited, no violation" in text
    assert "1,200" in text
    assert "97" in text
    assert "runs/here" in text
    assert "the generator applied the load it promised" in text


def test_a_pass_with_something_to_know_says_it() -> None:
    assert "note     a task asked the run to stop" in read(partial=True, notes=["a task asked the run to stop"])


def test_a_missed_threshold_says_by_how_much_and_since_when() -> None:
    missed = {**VERDICT["thresholds"][0], "observed": 2.41, "result": "FAIL", "first_breach_s": 4.0}
    text = read(verdict="FAIL", thresholds=[missed])
    assert "missed   response{operation=/ping,phase=steady}: p(95) < 500ms, was 2.41 s, first at 4 s" in text
    assert "0 of 1 thresholds hold" in text


def test_no_data_is_said_to_be_none() -> None:
    silent = {**VERDICT["thresholds"][0], "observed": None, "samples": 0, "result": "NO_DATA"}
    assert "p(95) < 500ms has nothing to judge" in read(verdict="FAIL", thresholds=[silent])


def test_broken_books_name_the_violation_and_count_the_rest() -> None:
    violations = [{"invariant": "stock", "subject": f"S{n}", "message": f"SKU S{n} oversold"} for n in range(13)]
    text = read(verdict="BROKEN", audit={"checked": 35, "violations": violations})
    assert "broken   stock: SKU S0 oversold" in text
    assert "S10 oversold" not in text
    assert "and 3 more in verdict.json" in text
    assert "13 violations" in text


def test_an_invalid_run_says_why_and_a_partial_one_that_it_is() -> None:
    reason = {"rule": "lost_worker", "observed": 1, "limit": 0, "message": "worker 1 was lost at 3.1 s"}
    text = read(verdict="INVALID", partial=True, validity={"valid": False, "reasons": [reason]})
    assert "invalid  worker 1 was lost at 3.1 s" in text
    assert "partial" in text
    assert "the generator applied" not in text


def test_a_skipped_audit_says_so() -> None:
    assert "audit skipped: no token" in read(audit={"checked": 0, "violations": [], "skipped": "no token"})


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.0123, "s", "12.3 ms"),
        (1.0452, "s", "1.045 s"),
        (12.5, "s", "12.5 s"),
        (0.00052, "s", "0.52 ms"),
        (0.125, "ratio", "12.5 %"),
        (19.25, "per_s", "19.25 /s"),
        (7772.0, "count", "7,772"),
        (84168865, "fen", "¥841,688.65"),
        (None, "s", "no data"),
    ],
)
def test_quantities_are_short_and_have_units(value: float | None, unit: str, shown: str) -> None:
    assert quantity(value, unit) == shown


def test_a_fail_without_a_missed_threshold_says_why() -> None:
    shown = read(verdict="FAIL", exit_code=10, notes=["no arrival fell due: nothing was tested"])
    assert "because  no arrival fell due: nothing was tested" in shown


def test_each_system_of_the_shop_has_a_line_with_its_first_figures() -> None:
    figures = {"clear reads": 0, "settled_orders": 4703, "duty_yuan": 12.5, "delivered_share": 0.998, "more_s": 1.0}
    audit = {"checked": 8, "violations": [], "systems": [
        {"system": "[bold]logistics", "invariants": 7, "violations": 2, "figures": figures},
    ]}  # fmt: skip
    line = next(line for line in read(audit=audit).splitlines() if "[bold]logistics" in line)
    assert " ".join(line.split()) == "[bold]logistics 7 2 settled 4,703 orders, duty ¥12.50, delivered 99.8 %"


def test_why_requests_failed_is_told_the_most_frequent_first_and_only_so_many() -> None:
    failures = [{"operation": "/ping", "reason": f"status [50{n}]", "count": 1000 - n} for n in range(10)]
    page = read(failures=failures)
    assert "Why requests failed" in page and "1,000  status [500]" in page
    assert "and 2 more reasons in verdict.json" in page and "[508]" not in page
    assert "Why requests failed" not in read()
