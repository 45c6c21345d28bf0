"""`zerohour compare` as CI calls it: exits, files, refusals, and turns taken for real. That it finds what it should is
shown in tests/loadtests/comparison."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.loadtests.comparison.recorded_runs import record, record_side
from tests.system.harness import freeze_profile, ping_server, slow_server, zerohour

pytestmark = pytest.mark.system

SHOP = {"/browse": 0.04, "/order": 0.09, "/pay": 0.06}
SLOWER = {**SHOP, "/order": 0.09 * 1.15}


def test_five_slower_runs_against_five_are_a_regression_in_exit_code_table_and_files(tmp_path: Path) -> None:
    base = record_side(tmp_path / "main", "base", 5, SHOP)
    record_side(tmp_path / "change", "candidate", 5, SLOWER)
    files = "--json", str(tmp_path / "c.json"), "--markdown", str(tmp_path / "c.md")
    run = zerohour("compare", "--base", *map(str, base), "--candidate", str(tmp_path / "change"), *files)
    assert run.code == 11, run.stdout + run.stderr
    assert "REGRESSION   5 runs against 5" in run.stdout
    assert "worse    p50 of /order in peak" in run.stdout
    assert "worse    p50 of /browse" not in run.stdout
    comparison = json.loads((tmp_path / "c.json").read_text())
    assert (comparison["verdict"], comparison["exit_code"], comparison["labellings"]) == ("REGRESSION", 11, 252)
    assert (tmp_path / "c.md").read_text().startswith("## REGRESSION")


def test_the_same_runs_are_no_regression_and_floors_can_excuse_one(tmp_path: Path) -> None:
    base, candidate = (record_side(tmp_path / side, side, 4, SHOP) for side in ("base", "candidate"))
    # A thousand requests without a failure tell little of failures as rare as 0.5 %.
    alike = "--base", *map(str, base), "--candidate", *map(str, candidate), "--floor-failures", "2%"
    run = zerohour("compare", *alike)
    assert run.code == 0, run.stdout + run.stderr
    assert "SAME   4 runs against 4" in run.stdout
    slower = record_side(tmp_path / "slower", "candidate", 4, SLOWER)
    sides = "--base", *map(str, base), "--candidate", *map(str, slower)
    assert zerohour("compare", *sides).code == 11
    assert zerohour("compare", *sides, "--floor-time", "100ms").code == 0
    assert zerohour("compare", *sides, "--floor", "25%", "--same-within", "25%").code == 0


def test_what_cannot_be_compared_is_refused_with_a_sentence(tmp_path: Path) -> None:
    good = str(record(tmp_path / "good", SHOP))
    partial = str(record(tmp_path / "partial", SHOP, ended=None))
    violation = {"invariant": "stock", "subject": "S1", "message": "sold 501 of 500"}
    broken = str(record(tmp_path / "broken", SHOP, audit={"checked": 1, "violations": [violation]}))
    for arguments, code, says in (
        (["--base", good], 2, "give --base RUN... and --candidate RUN..."),
        ([], 2, "or --interleave to make the runs"),
        (["smoke", "--base", good, "--candidate", good], 2, "give --base RUN..."),
        (["--base", good, "--candidate", str(tmp_path / "nowhere")], 1, "is not a run directory"),
        (["--base", good, "--candidate", partial], 1, "partial is set aside: it was cut off after 6 s"),
        (["--base", good, "--candidate", broken], 1, "broken is BROKEN (stock: sold 501 of 500)"),
        (["--base", good, "--candidate", good], 1, "it was given already"),
        (["--base", good, "--candidate", good, "--floor", "much"], 2, "much"),
        (["--interleave", "--base", good], 2, "leave out --base and --candidate"),
        (["--interleave", "smoke", "--base-host", "http://127.0.0.1:9"], 2, "--interleave takes PROFILE"),
        (["--interleave", "--base-command", "a", "--candidate-command", "b", "--seed", "1"], 2, "two commands"),
        (["--interleave", "smoke", "--base-host", "x", "--candidate-host", "x", "--out", good], 2, "not an empty"),
    ):  # fmt: skip
        run = zerohour("compare", *arguments)
        assert run.code == code, (arguments, run.stdout, run.stderr)
        assert says in run.stderr
        assert run.stderr.startswith("zerohour: ")


def test_a_shop_that_is_not_there_ends_the_turns_with_the_runs_own_words(tmp_path: Path) -> None:
    hosts = "--base-host", "http://127.0.0.1:9", "--candidate-host", "http://127.0.0.1:9"
    run = zerohour("compare", "--interleave", "smoke", *hosts, "--out", str(tmp_path / "out"))
    assert run.code == 1
    assert "base-1 could not be run" in run.stderr
    assert "127.0.0.1:9" in run.stderr


def test_two_versions_run_in_turn_and_two_against_two_are_inconclusive(tmp_path: Path) -> None:
    profile, out = freeze_profile(tmp_path, duration="1s", drain="3s"), tmp_path / "out"
    with ping_server("prompt") as base, slow_server(tmp_path / "took.txt") as candidate:
        hosts = "--base-host", base, "--candidate-host", candidate
        run = zerohour("compare", "--interleave", profile, *hosts, "--runs", "2", "--out", str(out))
    assert run.code == 0, run.stdout + run.stderr
    made = [line.split()[4] for line in run.stdout.splitlines() if line.startswith("run ") and "again" not in line]
    assert made == ["base-1", "candidate-1", "candidate-2", "base-2"]
    assert "INCONCLUSIVE   2 runs against 2" in run.stdout
    comparison = json.loads((out / "comparison.json").read_text())
    [median] = [row for row in comparison["rows"] if row["figure"] == "p50"]
    assert median["operation"] == "/ping"
    assert median["candidate"] == pytest.approx(1.05, abs=0.05)
    assert median["change"] > 10
    assert comparison["runs_needed"] >= 4
    assert not [note for note in comparison["notes"] if "takes turns" in note]
