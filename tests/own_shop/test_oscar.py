"""Zerohour on a real shop from PyPI: the festival's shoppers through an adapter, judged by an audit of its database."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.harness import Outcome, zerohour

HERE = Path(__file__).parent / "oscar"
MISSING = importlib.util.find_spec("oscarapi") is None

pytestmark = [
    pytest.mark.system,
    pytest.mark.calm,
    pytest.mark.skipif(
        MISSING and os.environ.get("CI") != "true", reason="django-oscar-api is missing: pip install -e '.[example]'"
    ),
]


@contextmanager
def oscar(directory: Path, fault: str = "") -> Iterator[str]:
    """A fresh Oscar shop in a process of its own; gives its base URL."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "serve.py"), str(directory)],
        stdout=subprocess.PIPE,
        stderr=(directory / "oscar.log").open("w"),
        text=True,
        env={**os.environ, "OSCAR_FAULT": fault},
    )
    try:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        assert words[:1] == ["ready"], (directory / "oscar.log").read_text()
        yield words[1]
    finally:
        process.kill()
        process.wait()


def visit(directory: Path, host: str) -> Outcome:
    books = {"OSCAR_DATABASE": str(directory / "oscar.sqlite")}
    return zerohour("run", str(HERE / "oscar.toml"), "--host", host, out=directory / "run", env=books)


def test_the_crowd_shops_in_a_real_shop_and_leaves_out_what_it_does_not_offer(tmp_path: Path) -> None:
    with oscar(tmp_path) as host:
        outcome = visit(tmp_path, host)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    assert "OscarShop offers no search, flash_sales, take_payment" in outcome.stdout
    asked = {row["operation"]: row["count"] for row in outcome.verdict["requests"] if row["outcome"] == "ok"}
    assert {"POST /api/login/", "POST /api/checkout/", "GET /api/products/{id}/", "GET /api/orders/{id}/"} <= set(asked)
    assert outcome.verdict["audit"]["invariants"] == ["lost_order", "wrong_amount"]
    assert not outcome.verdict["audit"]["violations"]


def test_an_order_that_vanished_from_its_database_is_found_and_named(tmp_path: Path) -> None:
    with oscar(tmp_path, fault="amnesia") as host:
        outcome = visit(tmp_path, host)
    assert outcome.code == 12, outcome.stdout + outcome.stderr
    lost = outcome.verdict["audit"]["violations"]
    assert {violation["invariant"] for violation in lost} == {"lost_order"}
    assert "was told of it; it is not in the books" in lost[0]["message"]
