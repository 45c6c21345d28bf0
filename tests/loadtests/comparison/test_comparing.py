"""From run directories to comparison.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loadtests.comparison.comparing import compare
from loadtests.comparison.margins import Margins
from loadtests.comparison.measuring import measure
from loadtests.comparison.sides import gather
from loadtests.judgement.gate import judge_run
from loadtests.plan.arrivals import Stage
from loadtests.record.second import Second
from tests.loadtests.comparison.recorded_runs import delta, other_profile, phase_of, record, record_side

SHOP = {"/browse": 0.04, "/order": 0.09, "/pay": 0.06}
SLOWER = {**SHOP, "/order": 0.09 * 1.15}


def row(comparison: dict[str, Any], operation: str | None, phase: str | None, figure: str) -> dict[str, Any]:
    [found] = [
        row
        for row in comparison["rows"]
        if (row["operation"], row["phase"], row["figure"]) == (operation, phase, figure)
    ]
    return dict(found)


def test_15_percent_on_one_operation_is_a_regression_that_names_it_alone(tmp_path: Path) -> None:
    comparison = compare(record_side(tmp_path, "base", 5, SHOP), record_side(tmp_path, "new", 5, SLOWER), Margins())
    assert (comparison["answer"], comparison["verdict"], comparison["exit_code"]) == ("worse", "REGRESSION", 11)
    assert {row["operation"] for row in comparison["rows"] if row["answer"] == "worse"} - {None} == {"/order"}
    found = row(comparison, "/order", "peak", "p50")
    assert found["answer"] == "worse"
    assert found["change"] == pytest.approx(0.15, abs=0.03)
    assert found["change_low"] < 0.15 < found["change_high"]
    assert comparison["rows"][0]["answer"] == "worse"
    assert row(comparison, "/pay", None, "failures")["answer"] == "same"
    json.dumps(comparison, allow_nan=False)


def test_the_same_version_is_the_same(tmp_path: Path) -> None:
    comparison = compare(record_side(tmp_path, "base", 5, SHOP), record_side(tmp_path, "new", 5, SHOP), Margins())
    assert (comparison["answer"], comparison["verdict"], comparison["exit_code"]) == ("same", "PASS", 0)
    assert comparison["runs_needed"] is None


def test_failures_are_a_regression_too(tmp_path: Path) -> None:
    comparison = compare(
        record_side(tmp_path, "base", 5, SHOP), record_side(tmp_path, "new", 5, SHOP, failing=2), Margins()
    )
    assert comparison["exit_code"] == 11
    found = row(comparison, "/pay", "steady", "failures")
    assert (found["base"], found["candidate"], found["answer"]) == (0.0, 0.02, "worse")


def test_two_against_two_are_inconclusive_whatever_they_show(tmp_path: Path) -> None:
    comparison = compare(record_side(tmp_path, "base", 2, SHOP), record_side(tmp_path, "new", 2, SLOWER), Margins())
    assert (comparison["answer"], comparison["exit_code"]) == ("inconclusive", 0)
    assert comparison["notes"][0] == "2 against 2 can't tell a change from chance: it takes 4 against 4"
    assert comparison["runs_needed"] == 4


def test_percentiles_are_the_gates(tmp_path: Path) -> None:
    run, other = record(tmp_path / "a", SHOP), record(tmp_path / "b", SHOP, seed=2)
    comparison = compare([run], [other], Margins())
    for request in judge_run(run)["requests"]:
        if request["phase"] != "warm_up":
            for figure in ("p50", "p95"):
                seen = row(comparison, request["operation"], request["phase"], figure)["base"]
                assert seen == pytest.approx(request["response_s"][figure], rel=1e-6)


def test_phases_that_warm_up_are_not_compared_and_sums_of_one_part_are_not_told_twice(tmp_path: Path) -> None:
    sides = gather([record(tmp_path / "a", SHOP)], [record(tmp_path / "b", SHOP)])
    subjects, _, _ = measure(sides.base, sides.candidate)
    cells = {(subject.operation, subject.phase) for subject in subjects}
    operations, phases = (*SHOP, None), ("steady", "peak", None)
    assert cells == {(operation, phase) for operation in operations for phase in phases}
    lone = gather([record(tmp_path / "c", {"/ping": 0.1})], [record(tmp_path / "d", {"/ping": 0.1})])
    subjects, _, _ = measure(lone.base, lone.candidate)
    assert {(subject.operation, subject.phase) for subject in subjects} == {
        ("/ping", "steady"),
        ("/ping", "peak"),
        ("/ping", None),
    }


def test_a_slow_warm_up_is_in_no_figure(tmp_path: Path) -> None:
    def slow(number: int, second: Second) -> None:
        if phase_of(number) == "warm_up":
            for request in second.requests:
                request.response = delta([9.0] * 100)

    comparison = compare(
        [record(tmp_path / "a", SHOP, change=slow)], [record(tmp_path / "b", SHOP, change=slow)], Margins()
    )
    assert max(row["base"] for row in comparison["rows"]) < 0.2


def test_one_measured_phase_is_not_summed_up_again(tmp_path: Path) -> None:
    one = other_profile(stages=(Stage("warm_up", 1, 100, 100, measured=False), Stage("steady", 5, 100, 100)))

    def steady(number: int, second: Second) -> None:
        for request in second.requests:
            request.phase = "steady" if number else "warm_up"

    runs = [record(tmp_path / name, SHOP, profile=one, change=steady) for name in ("a", "b")]
    rows = compare(runs[:1], runs[1:], Margins())["rows"]
    assert {row["phase"] for row in rows} == {"steady"}


def test_a_percentile_of_too_few_requests_is_not_compared_and_said_to_be_thin(tmp_path: Path) -> None:
    comparison = compare([record(tmp_path / "a", SHOP)], [record(tmp_path / "b", SHOP)], Margins())
    thin = {(one["operation"], one["phase"], one["figure"]): one for one in comparison["thin"]}
    # 200 requests in the two seconds of "steady": enough for p95, not for p99.
    assert thin["/pay", "steady", "p99"]["samples"] == 200
    assert thin["/pay", "steady", "p99"]["samples_min"] == 500
    assert ("/pay", "steady", "p95") not in thin
    assert row(comparison, "/pay", None, "p99")["figure"] == "p99"


def test_a_percentiles_chance_within_a_run_is_what_resampling_gives(tmp_path: Path) -> None:
    # 300 draws from 0.09 to 0.11 s: the median strays by 0.02 / (2 sqrt(300)) of 0.1 s.
    runs = [record(tmp_path / str(seed), {"/ping": 0.1}, seed=seed) for seed in range(2)]
    sides = gather(runs[:1], runs[1:])
    subjects, figures, _ = measure(sides.base, sides.candidate)
    column = [(subject.phase, subject.kind) for subject in subjects].index(("peak", "p50"))
    assert figures.sampling[column] ** 0.5 == pytest.approx(0.2 / (2 * 300**0.5), rel=0.35)


def test_an_operation_nobody_reached_is_noticed(tmp_path: Path) -> None:
    gone = {operation: seconds for operation, seconds in SHOP.items() if operation != "/pay"}
    comparison = compare(record_side(tmp_path, "base", 2, SHOP), record_side(tmp_path, "new", 2, gone), Margins())
    assert "/pay was asked for in the base only" in comparison["notes"]


@pytest.mark.parametrize(("order", "told"), [("AABB", True), ("BBAA", True), ("ABBA", False)])
def test_runs_made_one_side_after_the_other_are_told_of(tmp_path: Path, order: str, told: bool) -> None:
    made: dict[str, list[Path]] = {"A": [], "B": []}
    for instant, side in enumerate(order, start=1):
        made[side].append(record(tmp_path / f"{side}{instant}", SHOP, facts={"started_at": 1e9 + instant}))
    notes = compare(made["A"], made["B"], Margins())["notes"]
    assert any("takes turns" in note for note in notes) is told


def test_other_surroundings_are_told_of(tmp_path: Path) -> None:
    base = record(tmp_path / "a", SHOP, facts={"machine": {"processors": 2}, "workers": 1})
    candidate = record(
        tmp_path / "b",
        SHOP,
        facts={"machine": {"processors": 64}, "workers": 2},
        profile=other_profile(platform={"bank_latency_s": "1"}),
    )
    notes = " ".join(compare([base], [candidate], Margins())["notes"])
    assert "on different machines" in notes
    assert "with different numbers of workers" in notes
    assert "set the mock platform differently" in notes


def test_the_schema_is_stable(tmp_path: Path) -> None:
    comparison = compare(
        [record(tmp_path / "a", SHOP)],
        [record(tmp_path / "b", SHOP), record(tmp_path / "c", SHOP, ended=None)],
        Margins(),
    )
    keys = ["schema", "answer", "verdict", "exit_code", "base", "candidate", "set_aside", "runs_needed", "labellings"]
    assert list(comparison) == [*keys, "alarm_p_max", "margins", "rows", "thin", "notes"]
    of_a_row = ["operation", "phase", "figure", "unit", "base", "candidate", "change", "change_low", "change_high"]
    assert list(comparison["rows"][0]) == [*of_a_row, "p", "p_rank", "noise", "runs_needed", "answer"]
    assert list(comparison["thin"][0]) == ["operation", "phase", "figure", "samples", "samples_min"]
    assert comparison["schema"] == 1
    assert comparison["base"] == [{"run": "a", "directory": str(tmp_path / "a")}]
    assert comparison["set_aside"][0]["reason"] == "it was cut off after 6 s"
