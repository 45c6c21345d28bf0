"""Locust's web UI over our run: what it may do is asked of the run, what it shows is the gate's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from locust.env import Environment
from locust.runners import WorkerNode

from loadtests.live.judged_statistics import JudgedStatistics
from loadtests.live.locust_ui import RunUI
from loadtests.record.histogram import Histogram
from loadtests.record.second import RequestsOfSecond, Second
from loadtests.running.crowd_master import OVER, CrowdMaster

HOST = "http://127.0.0.1:9000"


class Run:
    """Stands for the rehearsal: notes what it is asked, and refuses."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def start(self) -> tuple[bool, str]:
        self.asked.append("start")
        return True, "off they go"

    def stop(self) -> tuple[bool, str]:
        self.asked.append("stop")
        return False, "not now"

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        return {"phases": [{"phase": "zero_hour", "p95": "12.5"}], "thresholds": []}


@pytest.fixture
def environment() -> Iterator[Environment]:
    made = Environment(host=HOST)
    made.stats = JudgedStatistics()
    runner = made._create_runner(CrowdMaster, "127.0.0.1", 0)
    yield made
    runner.greenlet.kill(block=True)
    runner.server.close()


@pytest.fixture
def run() -> Run:
    return Run()


@pytest.fixture
def pages(environment: Environment, run: Run, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("sys.argv", ["zerohour", "run", "smoke", "--host", HOST, "--set", "run.seed=3"])
    ui = RunUI(environment, run.start, run.stop, run.rows)
    assert ui.app is not None and not ui.app.debug
    histogram = Histogram()
    histogram.record_many([n / 1000 for n in range(1, 101)])
    assert isinstance(environment.stats, JudgedStatistics)
    environment.stats.open(1_700_000_000)
    environment.stats.take(
        Second(0, requests=[RequestsOfSecond("/ping", "B", "zero_hour", "ok", histogram.delta(), histogram.delta())])
    )
    return ui.app.test_client()


def test_the_page_has_our_tabs_links_to_ours_and_a_form_that_asks_for_nothing(pages: Any) -> None:
    page = pages.get("/").text
    given = json.loads(page.split("window.templateArgs = ")[1].split("\n")[0])
    assert [tab["title"] for tab in given["extended_tabs"]] == ["Phases", "Thresholds"]
    assert {table["key"] for table in given["extended_tables"]} == {"phases", "thresholds"}
    assert (given["hide_common_options"], given["extra_options"]) == (True, {})
    assert 'href="control-room"' in page and 'href="big-screen"' in page


def test_its_figures_are_ours_with_the_rows_of_our_tabs(pages: Any) -> None:
    report = pages.get("/stats/requests").json
    (ping, total) = report["stats"]
    assert (
        ping["response_time_percentile_0.95"] == total["response_time_percentile_0.95"] == pytest.approx(95, rel=1e-3)
    )
    assert report["extended_stats"] == [
        {"key": "phases", "data": [{"phase": "zero_hour", "p95": "12.5"}]},
        {"key": "thresholds", "data": []},
    ]


DOWNLOADS = ("/stats/requests/csv", "/stats/failures/csv", "/exceptions/csv", "/stats/report")


@pytest.mark.parametrize("path", [*DOWNLOADS, "/logs", "/exceptions", "/tasks", "/worker-count"])
def test_locusts_other_pages_and_downloads_work(pages: Any, path: str) -> None:
    assert pages.get(path).status_code == 200


def test_start_and_stop_are_asked_of_the_run(pages: Any, run: Run) -> None:
    assert pages.post("/swarm", data={"host": HOST + "/"}).json == {
        "success": True, "message": "off they go", "host": HOST
    }  # fmt: skip
    assert pages.post("/stop").json["message"] == "not now"
    assert run.asked == ["start", "stop"]


def test_another_shop_or_crowd_or_a_clean_slate_is_refused_with_a_sentence(pages: Any, run: Run) -> None:
    elsewhere = pages.post("/swarm", data={"host": "http://elsewhere.example"}).json
    assert (elsewhere["success"], HOST in elsewhere["message"]) == (False, True)
    for path in ("/user", "/stats/reset"):
        refused = pages.post(path, json={})
        assert (refused.status_code, refused.json["success"], bool(refused.json["message"])) == (409, False, True)
    assert run.asked == []
    assert pages.get("/stats/requests").json["stats"][0]["num_requests"] == 100


def test_who_is_in_the_shop_comes_from_the_workers(pages: Any, environment: Environment) -> None:
    runner = environment.runner
    assert isinstance(runner, CrowdMaster)
    node = runner.clients["w"] = WorkerNode("w")
    node.user_classes_count = {"Buyer": 3, "Clerk": 1, "Nobody": 0}
    assert pages.get("/tasks").json["per_class"] == {"Buyer": {"ratio": 0.75}, "Clerk": {"ratio": 0.25}}


def test_locusts_master_starts_and_stops_nobody_of_its_own_accord(environment: Environment) -> None:
    runner = environment.runner
    assert isinstance(runner, CrowdMaster)
    runner.update_state(OVER)
    runner.start(100, 10)
    runner.start_shape()
    runner.stop()
    runner.check_stopped()
    assert (runner.state, runner.target_user_count) == (OVER, 0)
