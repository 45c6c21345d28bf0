"""Every expression that dashboards/ holds, where it stands, and what it reads; read by the tests of this folder."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "dashboards" / "prometheus"
GRAFANA = ROOT / "dashboards" / "grafana"
BOARDS = sorted((GRAFANA / "boards").glob("*.json"))
VARIABLES = {"$__rate_interval": "4s", "$run": ".*", "$phase": ".*", "$shop": ".*", "$route": ".*", "$operation": ".*"}


@dataclass(frozen=True)
class Expression:
    where: str
    text: str
    """With Grafana's variables filled in, as Prometheus gets it."""
    alert: bool = False

    def selectors(self) -> list[promql.VectorSelector]:
        return list(_selectors(promql.parse(self.text)))

    def __str__(self) -> str:
        return self.where


def _selectors(node: Any) -> Iterator[promql.VectorSelector]:
    if isinstance(node, promql.VectorSelector):
        yield node
    elif isinstance(node, promql.MatrixSelector):
        yield node.vector_selector
    elif isinstance(node, promql.Call):
        for argument in node.args:
            yield from _selectors(argument)
    else:
        for name in ("expr", "param", "lhs", "rhs"):
            if (part := getattr(node, name, None)) is not None:
                yield from _selectors(part)


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def rules(name: str) -> Iterator[dict[str, Any]]:
    for group in read_yaml(PROMETHEUS / name)["groups"]:
        yield from group["rules"]


def recorded() -> frozenset[str]:
    return frozenset(rule["record"] for rule in rules("rules.yml"))


def alerts() -> frozenset[str]:
    return frozenset(rule["alert"] for rule in rules("alerts.yml"))


def board(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def expressions() -> list[Expression]:
    found = [Expression(rule["record"], rule["expr"]) for rule in rules("rules.yml")]
    found += [Expression(rule["alert"], rule["expr"], alert=True) for rule in rules("alerts.yml")]
    for path in BOARDS:
        content = board(path)
        for note in content["annotations"]["list"]:
            found.append(Expression(f"{path.stem}: note {note['name']}", _filled(note["expr"]), alert=True))
        for panel in content["panels"]:
            for target in panel.get("targets", []):
                where = f"{path.stem} {panel['id']}{target['refId']}: {panel['title']}"
                found.append(Expression(where, _filled(target["expr"])))
    return found


def _filled(expression: str) -> str:
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    assert "$" not in expression, expression
    return expression


def program(name: str) -> str:
    """Where a tool is; the test skips without it, and fails under CI."""
    path = shutil.which(name)
    if path is None and os.environ.get("CI"):
        pytest.fail(f"CI needs {name} (apt-get install prometheus)")
    if path is None:
        pytest.skip(f"{name} is not installed (apt-get install prometheus)")
    return path
