from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from loadtests.plan.thresholds import parse_threshold
from loadtests.record.second import Second
from loadtests.reports.junit_report import render
from loadtests.reports.material import Material
from tests.loadtests.reports.made_runs import CLEAN, MAKERS, THRESHOLDS, WORDS, failing, made_run

JENKINS = Path(sys.prefix) / "jenkins-junit.xsd"


def written(directory: Path) -> Any:
    return etree.fromstring(render(Material.of(directory)))


def sore(report: Any) -> dict[str, str]:
    """Name of each case that is not well, and how."""
    return {case.get("name"): case[0].tag for case in report.iter("testcase") if len(case)}


@pytest.fixture(scope="module")
def jenkins() -> etree.XMLSchema:
    if not JENKINS.exists() and os.environ.get("CI") != "true":
        pytest.skip("no schema: make .venv/jenkins-junit.xsd")
    return etree.XMLSchema(etree.parse(str(JENKINS)))


@pytest.mark.parametrize("kind", MAKERS)
def test_jenkins_and_gitlab_can_read_it(jenkins: etree.XMLSchema, runs: Mapping[str, Path], kind: str) -> None:
    report = written(runs[kind])
    jenkins.assertValid(report)
    cases = [(case.get("classname"), case.get("name")) for case in report.iter("testcase")]
    assert len(cases) == len(set(cases)), "GitLab drops a second case of the same class and name"
    assert int(report.get("tests")) == len(cases)


@pytest.mark.parametrize("kind", MAKERS)
def test_a_run_that_is_no_pass_has_a_case_that_says_so(runs: Mapping[str, Path], kind: str) -> None:
    report = written(runs[kind])
    bad = int(report.get("failures")) + int(report.get("errors"))
    assert (bad == 0) == (WORDS[kind] == "PASS")


def test_a_missed_threshold_is_a_failure_and_its_time_is_what_was_observed(runs: Mapping[str, Path]) -> None:
    report = written(runs["fail"])
    case = report.xpath("//testcase[@name='response{phase=zero_hour}: p(95) < 500ms']")[0]
    assert case.get("classname") == "made.thresholds"
    assert 1.5 < float(case.get("time")) < 2.5
    assert case[0].tag == "failure"
    assert "first at 10 s of the run" in case[0].get("message")


def test_a_missed_threshold_on_failures_says_why_requests_failed(tmp_path: Path) -> None:
    def out_of_order(second: Second) -> None:
        failing(second)
        next(row for row in second.requests if row.operation == "POST /orders").outcome = "failed"

    of_one = parse_threshold("failures{operation=POST /orders}", "rate < 1%")
    run = made_run(tmp_path / "run", change=out_of_order, thresholds=(*THRESHOLDS, of_one))
    text_of = {case.get("name"): case[0].text for case in written(run).iter("testcase") if len(case)}
    whole, one = text_of["failures: rate < 1%"], text_of["failures{operation=POST /orders}: rate < 1%"]
    assert "48 x POST /orders: status 500" in whole
    assert "48 x POST /orders: status 500" in one
    assert (whole.count(" x "), one.count(" x ")) == (2, 1)


def test_a_threshold_without_data_is_an_error(runs: Mapping[str, Path]) -> None:
    found = sore(written(runs["no_data"]))
    assert [found[f"{t.metric}: {t.expression}"] for t in THRESHOLDS if t.metric == "failures"] == ["error"]


def test_a_broken_invariant_is_a_failure_of_its_system(runs: Mapping[str, Path]) -> None:
    report = written(runs["broken"])
    assert sore(report) == {"no oversell": "failure", "lost order": "failure"}
    classes = {case.get("name"): case.get("classname") for case in report.iter("testcase")}
    assert classes["no oversell"] == "made.invariants_checkout"
    assert classes["lost order"] == "made.invariants_buyers_journals"


def test_a_broken_rule_of_validity_is_a_failure(runs: Mapping[str, Path]) -> None:
    assert sore(written(runs["invalid"])) == {"workers had CPU to spare": "failure"}


def test_books_that_were_not_audited_are_skipped(runs: Mapping[str, Path]) -> None:
    assert sore(written(runs["own_shop"])) == {"the books are audited": "skipped"}


def test_a_run_that_a_threshold_ended_is_a_failure_though_all_hold(tmp_path: Path) -> None:
    run = made_run(tmp_path / "run", ended={"aborted": {"threshold": "failures: rate < 1%", "at_s": 3.0}})
    assert sore(written(run)) == {"no threshold ended it early": "failure"}


def test_what_xml_cannot_hold_is_replaced(jenkins: etree.XMLSchema, tmp_path: Path) -> None:
    violation = {"invariant": "no_oversell", "subject": "\x00", "message": "a \x1b[31mred\x1b[0m ]]> message"}
    report = written(made_run(tmp_path / "run", audit={**CLEAN, "violations": [violation]}, name="my.shop v1/2"))
    jenkins.assertValid(report)
    case = report.xpath("//testcase[@name='no oversell']")[0]
    assert case.get("classname") == "my_shop_v1_2.invariants_checkout"
    assert "\ufffd[31mred" in case[0].get("message")


def test_a_threshold_that_stands_twice_is_two_cases(tmp_path: Path) -> None:
    report = written(made_run(tmp_path / "run", thresholds=(THRESHOLDS[2], THRESHOLDS[2])))
    names = report.xpath("//testcase[@classname='made.thresholds']/@name")
    assert names == ["failures: rate < 1%", "failures: rate < 1% (2)"]
