"""A comparison as people read it: on a terminal and in Markdown."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from loadtests.terminal.comparison_markdown import comparison_markdown
from loadtests.terminal.comparison_text import print_comparison

ROW: dict[str, Any] = {
    "operation": "POST /orders",
    "phase": "steady",
    "figure": "p95",
    "unit": "s",
    "base": 0.0201,
    "candidate": 0.0232,
    "change": 0.154,
    "change_low": 0.112,
    "change_high": 0.194,
    "p": 0.003968,
    "p_rank": 0.0079,
    "noise": 0.03,
    "runs_needed": None,
    "answer": "worse",
}
OPEN = {**ROW, "operation": None, "phase": None, "answer": "inconclusive", "p": 0.3, "runs_needed": 12}
FAILURES = {
    **ROW,
    "figure": "failures",
    "unit": "ratio",
    "base": 0.0,
    "candidate": 0.02,
    "change": 0.02,
    "change_low": -0.0012,
    "change_high": 0.04,
    "answer": "same",
    "p": 1.0,
}


def comparison(**changes: Any) -> dict[str, Any]:
    runs = [{"run": f"r{number}", "directory": f"runs/r{number}"} for number in range(5)]
    return {
        "schema": 1,
        "answer": "worse",
        "verdict": "REGRESSION",
        "exit_code": 11,
        "base": runs,
        "candidate": runs,
        "set_aside": [],
        "runs_needed": 12,
        "rows": [ROW, OPEN, FAILURES],
        "thin": [],
        "notes": [],
        **changes,
    }


def read(**changes: Any) -> str:
    page = io.StringIO()
    print_comparison(Console(file=page, width=160), comparison(**changes))
    return page.getvalue()


def test_a_regression_says_what_became_worse_and_by_how_much() -> None:
    text = read()
    assert "REGRESSION   5 runs against 5: 1 worse, 1 same, 1 inconclusive" in text
    assert "worse    p95 of POST /orders in steady: 20.1 ms became 23.2 ms, +15.4 % (+11.2 to +19.4 %)" in text
    assert "1 of 3 figures could have changed without it being seen; about 12 runs a side would tell" in text


def test_what_is_worse_stands_first_with_its_figures() -> None:
    lines = read().splitlines()
    [header] = [number for number, line in enumerate(lines) if line.startswith("operation")]
    worst = "POST /orders steady p95 20.1 ms 23.2 ms +15.4 % +11.2 to +19.4 % 0.4 % worse"
    assert " ".join(lines[header + 1].split()) == worst
    assert lines[header + 2].split()[-2:] == ["inconclusive", "12"]
    assert "+2.00 points" in lines[header + 3] and "-0.12 to +4.00 points" in lines[header + 3]


def test_runs_not_used_and_notes_are_told() -> None:
    text = read(
        answer="inconclusive",
        set_aside=[{"side": "base", "directory": "runs/x", "reason": "it was cut off after 3 s"}],
        notes=["2 against 2 can't tell a change from chance"],
    )
    assert "INCONCLUSIVE" in text
    assert "not used runs/x: it was cut off after 3 s" in text
    assert "note     2 against 2 can't tell" in text


def test_hopeless_noise_is_called_so() -> None:
    assert "longer runs or a quieter machine would help" in read(runs_needed=None)
    assert "would tell" not in read(rows=[FAILURES], runs_needed=None)


def test_brackets_of_a_route_are_no_colours() -> None:
    assert "GET /skus/[red]{sku}" in read(rows=[{**ROW, "operation": "GET /skus/[red]{sku}"}])


def test_long_tables_are_cut_and_say_so() -> None:
    assert "and 10 more figures" in read(rows=[ROW] * 30)
    assert "and 5 more figures." in comparison_markdown(comparison(rows=[ROW] * 45))


def test_markdown_is_a_heading_sentences_and_a_table() -> None:
    lines = comparison_markdown(comparison(notes=["be careful"])).splitlines()
    assert lines[0] == "## REGRESSION: candidate against base"
    assert lines[2] == "5 runs against 5: 1 worse, 1 same, 1 inconclusive."
    assert "> be careful" in lines
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 2 + 3
    assert len({line.count("|") for line in table}) == 1
    worst = "| POST /orders | steady | p95 | 20.1 ms | 23.2 ms | +15.4 % | +11.2 to +19.4 % | 0.4 % | worse |  |"
    assert table[2] == worst


def test_what_somebody_named_breaks_no_table() -> None:
    text = comparison_markdown(comparison(rows=[{**ROW, "operation": "a|b<script>\n# c"}]))
    assert "a\\|b&lt;script&gt; # c" in text
    assert "<script>" not in text
