"""Rules and alerts: promtool finds no fault with them, and each alert is tested by name."""

from __future__ import annotations

import subprocess

import pytest

from tests.dashboards.watched import PROMETHEUS, alerts, program, read_yaml, recorded, rules


@pytest.mark.parametrize(
    "command",
    [
        "check rules --lint=all --lint-fatal rules.yml alerts.yml",
        "check config prometheus.yml",
        "check service-discovery --timeout=2s prometheus.yml zerohour",
        "test rules rules_test.yml",
        "test rules alerts_test.yml",
    ],
)
def test_promtool_finds_no_fault(command: str) -> None:
    ran = subprocess.run(
        [program("promtool"), *command.split()], cwd=PROMETHEUS, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_alert_fires_in_a_test() -> None:
    told = (PROMETHEUS / "alerts_test.yml").read_text()
    assert not {name for name in alerts() if f'alertname="{name}"' not in told}


def test_every_alert_says_how_grave_it_is_what_is_wrong_and_what_to_look_at() -> None:
    for rule in rules("alerts.yml"):
        assert rule["labels"]["severity"] in ("act", "look"), rule["alert"]
        assert {"summary", "description"} == set(rule["annotations"]), rule["alert"]


def test_recorded_names_say_level_metric_and_operation() -> None:
    for name in recorded():
        assert len(name.split(":")) == 3, name


@pytest.mark.parametrize("name", ["targets.yml", "targets_compose.yml"])
def test_shop_and_load_are_scraped_under_the_names_that_rules_use(name: str) -> None:
    assert [group["labels"]["job"] for group in read_yaml(PROMETHEUS / name)] == ["shop", "load"]
