"""Boards: written in one form, with stable names, panels that do not overlap, units, and a sentence on each panel."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.dashboards.watched import BOARDS, GRAFANA, ROOT, board, read_yaml

RATE = re.compile(r"\b(?:rate|increase)\(")


def drawn(path: Path) -> list[dict[str, Any]]:
    return [panel for panel in board(path)["panels"] if panel["type"] != "row"]


@pytest.fixture(params=BOARDS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_uids_are_stable_and_their_own() -> None:
    uids = {path.stem: board(path)["uid"] for path in BOARDS}
    assert uids == {
        "festival": "zerohour-festival",
        "generator": "zerohour-generator",
        "money_and_stock": "zerohour-money-and-stock",
        "platform": "zerohour-platform",
    }


def test_a_board_is_written_sorted_so_that_changes_can_be_read(path: Path) -> None:
    assert path.read_text() == json.dumps(board(path), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_every_panel_says_what_it_shows_and_in_which_unit(path: Path) -> None:
    for panel in drawn(path):
        assert panel["description"].endswith("."), panel["title"]
        assert panel["type"] == "heatmap" or panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert all(target["legendFormat"] for target in panel["targets"]), panel["title"]


def test_panels_have_numbers_of_their_own_and_do_not_overlap(path: Path) -> None:
    panels = board(path)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        apart = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert apart or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert one["x"] + one["w"] <= 24


def test_rates_follow_the_zoom(path: Path) -> None:
    for panel in drawn(path):
        for target in panel["targets"]:
            windows = re.findall(r"\[([^\]]+)\]", target["expr"])
            assert len(windows) == len(RATE.findall(target["expr"]))
            assert set(windows) <= {"$__rate_interval", "1m"}, panel["title"]


def test_series_come_from_the_data_source_that_is_chosen_and_runs_and_phases_from_variables(path: Path) -> None:
    content = board(path)
    names = [variable["name"] for variable in content["templating"]["list"]]
    assert names[0] == "datasource"
    assert "run" in names
    asked = json.dumps([content["panels"], content["annotations"]])
    assert set(re.findall(r"\$\{?([a-z]\w*)", asked)) <= set(names)
    assert {note["name"] for note in content["annotations"]["list"]} == {"Phases", "Faults", "Alerts"}
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in drawn(path))


def test_each_system_of_the_shop_has_its_row() -> None:
    rows = {panel["title"].lower() for panel in board(GRAFANA / "boards" / "money_and_stock.json")["panels"]}
    readme = (ROOT / "README.md").read_text().partition("## The shop's systems")[2].partition("\n## ")[0]
    systems = set(re.findall(r"^\| ([a-z][a-z -]+) \|", readme, re.MULTILINE)) - {"system"}
    assert len(systems) >= 10
    assert systems <= rows


def test_provisioning_points_at_what_compose_mounts() -> None:
    (source,) = read_yaml(GRAFANA / "provisioning" / "datasources" / "prometheus.yml")["datasources"]
    (provider,) = read_yaml(GRAFANA / "provisioning" / "dashboards" / "zerohour.yml")["providers"]
    services = read_yaml(ROOT / "docker-compose.yml")["services"]
    mounts = [mount.split(":") for name in ("prometheus", "grafana") for mount in services[name]["volumes"]]
    assert all((ROOT / mount[0]).exists() for mount in mounts)
    assert provider["options"]["path"] in {mount[1] for mount in mounts}
    assert source["url"] == "http://prometheus:9090"
    assert {path.stem for path in BOARDS} >= {
        Path(services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]).stem
    }
