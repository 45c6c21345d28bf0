"""The answer of a search in a sentence, its exit code, and what it adds for whoever plans on it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from loadtests.record.run_record import RunRecordError
from loadtests.sizing.capacity import Capacity
from loadtests.sizing.growth_plan import plan
from loadtests.sizing.measured_runs import read_measured
from loadtests.sizing.probe import Figures, Probe, ProbeOutcome
from loadtests.sizing.scalability_law import Law
from loadtests.sizing.staircase import Search
from loadtests.terminal.capacity_text import print_capacity
from loadtests.terminal.plan_text import print_plan

TRUTH = Law(100, 0.02, 0.0005)


def probes(*told: tuple[float, ProbeOutcome]) -> tuple[Probe, ...]:
    made = []
    for number, (rate, outcome) in enumerate(told, 1):
        in_shop = rate / 10
        figures = Figures(
            seconds=10,
            arrivals_per_s=rate,
            requests_per_s=TRUTH.throughput(in_shop),
            response_s=in_shop / TRUTH.throughput(in_shop),
            response_s_p95=0.2,
            in_shop=in_shop,
            slowdown=1.0,
            orders_per_arrival=0.5,
            arrivals_per_cpu_s=1_000.0,
            generator_cpu=0.1,
        )
        why = "" if outcome == "holds" else "response: p(95) < 500ms, was 800 ms"
        made.append(Probe(number, rate, outcome, "PASS", why, f"probe-{number}", figures, "add workers"))
    return tuple(made)


def searched(*told: tuple[float, ProbeOutcome], finished: bool = True, trouble: str = "") -> Capacity:
    return Capacity("ordering", Search(40), probes(*told), finished=finished, trouble=trouble)


FOUND = searched((40, "holds"), (60, "holds"), (90, "fails"), (66, "fails"), (66, "fails"), (60, "holds"))


@pytest.mark.parametrize(
    ("capacity", "kind", "code", "words"),
    [
        (FOUND, "bracket", 0, "holds 60/s and not 66/s (both tried more than once)"),
        (searched((40, "holds"), (60, "fails")), "bracket", 0, "not both tried more than once"),
        (
            searched((40, "holds"), (60, "generator"), (60, "generator")),
            "generator",
            20,
            "at least 40/s; the generator gave in at 60/s (a core of it starts at most about 1,000 arrivals/s of this "
            "kind): add a worker",
        ),
        (searched((40, "generator"), (40, "generator")), "generator", 20, "nothing is known of the shop"),
        (searched((40, "fails"), (40, "fails")), "lowest_fails", 10, "not even 40/s holds"),
        (searched((40, "fails"), (40, "holds")), "lowest_fails", 10, "even 40/s held one time and not another"),
        (searched((40, "holds"), (60, "holds")), "nothing_gave_in", 1, "at least 60/s; nothing gave in within 2 runs"),
        (searched((40, "holds"), finished=False), "unfinished", 1, "at least 40/s"),
        (searched((40, "holds"), (60, "undecided"), trouble="too few"), "unfinished", 1, "at least 40/s"),
        (searched((40, "broken_off"), trouble="it broke"), "unfinished", 1, "nothing is known yet"),
        (searched(finished=False), "unfinished", 1, "nothing is known yet"),
    ],
)
def test_the_answer(capacity: Capacity, kind: str, code: int, words: str) -> None:
    told = capacity.to_json()
    assert (told["kind"], told["exit_code"]) == (kind, code)
    assert words in told["answer"]


def test_what_a_planner_should_know_is_said() -> None:
    notes = " | ".join(searched((40, "holds"), (60, "fails"), (60, "holds"), (90, "fails")).to_json()["notes"])
    assert "60/s held one time and not another" in notes
    assert "wider than 10%" in notes
    slowing = probes((40, "holds"), (44, "fails"))
    slowed = replace(slowing[0].figures, slowdown=3.0, arrivals_per_s=38.0)
    slowing = (replace(slowing[0], figures=slowed), slowing[1])
    assert "took 3.0 times as long at the end of the step as at its beginning and 38/s came through" in " ".join(
        Capacity("o", Search(40), slowing, finished=True).to_json()["notes"]
    )
    broken = (slowing[0], replace(slowing[1], verdict="BROKEN", why="the books broke: sold 501 of 500"))
    assert "sold 501 of 500" in " ".join(Capacity("o", Search(40), broken, finished=True).to_json()["notes"])


def test_the_law_is_fitted_and_checked_on_a_rate_it_has_not_seen() -> None:
    scaling = FOUND.to_json()["scaling"]
    assert scaling["law"]["sigma"] == pytest.approx(0.02, abs=0.005)
    assert scaling["hold_out"]["miss"] == pytest.approx(0, abs=0.02)
    off = probes((40, "holds"), (60, "holds"), (90, "holds"), (135, "holds"), (200, "holds"))
    off = (*off[:4], replace(off[4], figures=replace(off[4].figures, requests_per_s=4_000.0)))
    notes = " ".join(Capacity("o", Search(40), off, finished=True).to_json()["notes"])
    assert "the law misses a rate it was not fitted on" in notes


def written(tmp_path: Path, capacity: Capacity) -> Path:
    (tmp_path / "capacity.json").write_text(json.dumps(capacity.to_json()))
    return tmp_path


def test_a_plan_can_be_made_of_what_was_written_down(tmp_path: Path) -> None:
    measured = read_measured(written(tmp_path, FOUND))
    assert (measured.holds, measured.fails, measured.highest) == (60, 66, 90)
    made = plan(measured, 3_000, load=1.0)
    assert made.replicas is not None and made.replicas.planned == 100  # 6,000 arrivals/s at 60 each
    assert made.workers is not None and made.workers.planned == 6
    assert read_measured(tmp_path / "capacity.json") == measured


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"bracket": {"holds": "x", "fails": 1}, "probes": [], "scaling": {}}']
)
def test_what_is_no_search_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "capacity.json").write_text(content)
    with pytest.raises(RunRecordError, match=r"capacity\.json"):
        read_measured(tmp_path)


def test_a_search_without_a_sound_run_is_no_ground(tmp_path: Path) -> None:
    with pytest.raises(RunRecordError, match="no run from which"):
        read_measured(written(tmp_path, searched((40, "generator"))))


def test_what_people_read(tmp_path: Path) -> None:
    console = Console(width=160, file=io.StringIO(), force_terminal=False)
    print_capacity(console, FOUND.to_json(), "runs/x")
    print_capacity(console, searched(finished=False).to_json(), "runs/x")
    made = plan(read_measured(written(tmp_path, FOUND)), 583_000)
    print_plan(console, made.to_json())
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "CAPACITY   ordering: holds 60/s and not 66/s" in text
    assert "sigma" in text and "checked on the highest rate that held" in text
    assert "shop replicas that share nothing" in text
    assert "- The target is 12,956 times the highest rate measured" in text
