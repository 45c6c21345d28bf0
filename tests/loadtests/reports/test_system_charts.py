"""A system's chart is in run seconds, says in words what it shows, and leaves out what was before the run."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.reports.system_charts import AFTER_S, system_charts

RUN = {"started_at": 1_000.0}


def audit_of(**course: Any) -> dict[str, Any]:
    told = {"name": "parcels to sort", "kind": "level", "begins_at": 998.0, "every_s": 1.0, "values": [], **course}
    return {"systems": [{"system": "logistics", "courses": [told]}]}


def phase_at(run_s: float) -> str:
    return "zero_hour" if run_s < 3 else "evening"


def chart(**course: Any) -> Any:
    return system_charts(RUN, audit_of(**course), 10.0, phase_at)["logistics"]


def test_a_level_is_drawn_from_the_runs_begin_and_its_peak_is_told() -> None:
    drawn = chart(values=[9, 9, 0, 40, 210, 30, 0])
    (line,) = drawn["lines"]
    assert (line["x"], line["y"]) == ([0.5, 1.5, 2.5, 3.5, 4.5], [0, 40, 210, 30, 0])
    assert drawn["caption"] == "parcels to sort: 210 at most, at 2.5 s in zero_hour"


@pytest.mark.parametrize(
    ("every_s", "caption"),
    [
        (1.0, "till sales: 6, up to 4 a second, at 3.5 s in evening"),
        (3.0, "till sales: 6, up to 4 in 3 s, at 2.5 s in zero_hour"),
    ],
)
def test_a_flow_is_summed(every_s: float, caption: str) -> None:
    begins_at = 1_000.0 if every_s == 1 else 995.0
    values = [1, 1, 0, 4] if every_s == 1 else [0, 2, 4]
    assert (
        chart(name="till sales", kind="flow", begins_at=begins_at, every_s=every_s, values=values)["caption"] == caption
    )


def test_what_settles_after_the_run_is_drawn_for_a_while() -> None:
    drawn = chart(values=[1] * 200)
    assert drawn["lines"][0]["x"][-1] == 10.0 + AFTER_S - 0.5


def test_a_system_of_which_nothing_happened_and_a_run_that_never_began_have_no_chart() -> None:
    assert system_charts(RUN, audit_of(values=[0, 0, 0]), 10.0, phase_at) == {}
    assert system_charts({}, audit_of(values=[1]), 10.0, phase_at) == {}
    assert system_charts(RUN, None, 10.0, phase_at) == {}
    assert system_charts(RUN, {"systems": [{"system": "of an older audit"}]}, 10.0, phase_at) == {}
