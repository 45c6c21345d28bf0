"""A real Prometheus scrapes a real run: what boards and rules ask for is there, and says what the gate says.

The run is Double 11 with all systems pressed into twenty seconds, the shop and the crowd on ports of their own.
"""

from __future__ import annotations

import json
import math
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from loadtests.live.bucket_bounds import response_bounds_s
from loadtests.plan.profile import Profile
from tests.dashboards.watched import PROMETHEUS, Expression, alerts, expressions, program, read_yaml, recorded
from tests.system.harness import finish, start_zerohour, until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("prometheus")]

MAY_BE_EMPTY = {
    "Failures by operation": "nothing fails in a sound run",
    "Clearance": "customs decide so little in twenty seconds that a window may hold no verdict",
    "Wait at the counter": "few parcels are laid out and fetched within twenty seconds",
    "instance:shop_clearance_seconds:p95_60s": "customs may decide nothing in twenty seconds",
}
"""By a panel's title or a rule's name."""
BROKEN_BOOKS = ("StockBelowZero", "MorePaidThanAsked", "OrdersLost", "WorkerLost")
"""Alerts that no sound run sees, however busy the machine is."""


@dataclass(frozen=True)
class Watched:
    """A run that is over, with the Prometheus that saw it."""

    url: str
    began_at: float
    ended_at: float
    directory: Path

    @property
    def verdict(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.directory / "verdict.json").read_text())
        return found

    def ask(self, path: str, **query: object) -> Any:
        return ask(self.url, path, **query)

    def values(self, expression: str) -> list[float]:
        """Every number that the expression had while the run was on."""
        found = self.ask(
            "/api/v1/query_range", query=expression, start=self.began_at, end=self.ended_at, step="500ms", timeout="20s"
        )
        numbers = [float(value) for series in found["result"] for _, value in series["values"]]
        return [number for number in numbers if not math.isnan(number)]


def ask(url: str, path: str, **query: object) -> Any:
    with urllib.request.urlopen(f"{url}{path}?{urllib.parse.urlencode(query)}", timeout=30) as answer:
        found = json.load(answer)
    assert found["status"] == "success", found
    return found["data"]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def prometheus(folder: Path, shop: int, load: int) -> Iterator[str]:
    """Prometheus with our own files, its targets set to this run's ports."""
    for file in PROMETHEUS.glob("*.yml"):
        (folder / file.name).write_text(file.read_text())
    groups = read_yaml(PROMETHEUS / "targets.yml")
    for group, port in zip(groups, (shop, load), strict=True):
        group["targets"] = [f"127.0.0.1:{port}"]
    (folder / "targets.yml").write_text(json.dumps(groups))
    port = free_port()
    flags = [
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    url = f"http://127.0.0.1:{port}"
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([program("prometheus"), *flags], stdout=log, stderr=log)
        try:
            until(lambda: answers(f"{url}/-/ready"))
            yield url
        finally:
            process.terminate()
            process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    program("prometheus")
    folder, out = tmp_path_factory.mktemp("prometheus"), tmp_path_factory.mktemp("runs") / "run"
    shop, load = free_port(), free_port()
    with prometheus(folder, shop, load) as url:
        began_at = time.time()
        process = start_zerohour(
            "rehearse", "double11", "--set", "run.duration=20s", "--set", "run.peak_rate=40",
            "--shop", f"port={shop}", "--metrics-port", str(load), out=out,
        )  # fmt: skip
        finish(process, out)
        time.sleep(1.0)  # a last evaluation of rules
        yield Watched(url, began_at, time.time(), out)


EXPRESSIONS = expressions()


def may_be_empty(expression: Expression) -> bool:
    return expression.where.partition(": ")[2] in MAY_BE_EMPTY or expression.where in MAY_BE_EMPTY


def test_what_may_be_empty_is_still_there() -> None:
    names = {name for each in EXPRESSIONS for name in (each.where, each.where.partition(": ")[2])}
    assert set(MAY_BE_EMPTY) <= names
    assert set(BROKEN_BOOKS) <= alerts()


@pytest.mark.parametrize("expression", [each for each in EXPRESSIONS if not each.alert], ids=str)
def test_an_expression_of_a_rule_or_panel_returns_data(expression: Expression, watched: Watched) -> None:
    if not may_be_empty(expression):
        assert watched.values(expression.text), expression.text


def test_every_series_that_an_alert_looks_at_is_there(watched: Watched) -> None:
    asked = {str(one) for each in EXPRESSIONS if each.alert for one in each.selectors() if one.name != "ALERTS"}
    missing = {text for text in asked if not watched.values(text)}
    assert missing <= {
        "load_faults_active{}",  # the profile plans none
        "instance:shop_clearance_seconds:p95_60s{}",
    }


def test_every_rule_is_evaluated_without_a_mistake(watched: Watched) -> None:
    found = [rule for group in watched.ask("/api/v1/rules")["groups"] for rule in group["rules"]]
    assert {rule["name"] for rule in found} == recorded() | alerts()
    assert {rule["health"] for rule in found} == {"ok"}, [rule.get("lastError") for rule in found]


def test_no_alert_speaks_of_broken_books_in_a_sound_run(watched: Watched) -> None:
    fired = {name for name in BROKEN_BOOKS if watched.values(f'ALERTS{{alertstate="firing",alertname="{name}"}}')}
    assert fired == set()


def test_prometheus_took_every_line_of_both_sides(watched: Watched) -> None:
    for job in ("shop", "load"):
        assert watched.values(f'scrape_samples_scraped{{job="{job}"}} > 100')


def test_percentiles_lie_in_the_bucket_of_the_verdicts(watched: Watched) -> None:
    run = json.loads((watched.directory / "run.json").read_text())
    bounds_s = (0.0, *response_bounds_s(Profile.from_json(run["profile"])))
    compared = 0
    for row in watched.verdict["thresholds"]:
        quantile = re.match(r"p\(([\d.]+)\)", row["expression"])
        if row["metric"] != "response" or "scenario" in row["labels"] or quantile is None or not row["samples"]:
            continue
        labels = ",".join(f'{name}="{value}"' for name, value in row["labels"].items())
        series = f"last_over_time(load_response_seconds_%s{{{labels}}}[5m])"
        counted = watched.ask("/api/v1/query", query=f"sum({series % 'count'})", time=watched.ended_at)["result"]
        assert float(counted[0]["value"][1]) == row["samples"], row
        asked = f"histogram_quantile({float(quantile[1]) / 100}, sum by (le) ({series % 'bucket'}))"
        answer = watched.ask("/api/v1/query", query=asked, time=watched.ended_at)["result"]
        said_s = float(answer[0]["value"][1])
        low_s, high_s = next(pair for pair in pairwise(bounds_s) if row["observed"] <= pair[1])
        assert low_s <= said_s <= high_s, row
        compared += 1
    assert compared >= 5


def test_counters_end_where_the_verdict_ends(watched: Watched) -> None:
    arrivals = watched.verdict["arrivals"]
    for state in ("offered", "completed", "failed", "dropped", "unfinished"):
        asked = f'sum(last_over_time(load_arrivals_total{{state="{state}"}}[5m]))'
        (found,) = watched.ask("/api/v1/query", query=asked, time=watched.ended_at)["result"]
        assert float(found["value"][1]) == arrivals[state], state
