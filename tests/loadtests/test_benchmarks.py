"""Every benchmark runs, at a size that says nothing about speed, and writes what it is to write."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SIZES = {
    # benchmark: arguments that keep it short, what its summary has a row for
    "recording": ("--samples 200 --rounds 1", "both, as in a run"),
    "merging": ("--workers 3 --keys 4 --samples 5 --rounds 2", "all"),
    "gate": ("--seconds 20 --keys 10 --samples 5 --rounds 1", "one missed near the end"),
    "report": ("--seconds 20 --keys 10 --samples 5 --rounds 1", "seconds"),
    "idle_shopper": ("--shoppers 50 --rounds 1", "http_user"),
    "scrapes": ("--seconds 0.1 --rounds 1", "in parts"),
    "counting": ("--rounds 1 --turns 1", "get"),
    "platform": ("--seconds 0.1 --connections 2 --rounds 1", "post shop"),
    "journey": ("--seconds 0.1 --shoppers 4 --rounds 1", "ours"),
    "arrivals": ("--visits Glancer --rates --jump 100 --seconds 1", "Glancer 5 to 100"),
}


def finite_numbers(content: Any) -> Iterator[float]:
    """All numbers anywhere in the content."""
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list):
        for part in content:
            yield from finite_numbers(part)
    elif isinstance(content, int | float):
        yield content


pytestmark = pytest.mark.xdist_group("benchmarks")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def running(results: Path) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """All of them at once: what they measure does not matter here."""
    processes = {
        name: subprocess.Popen(
            [sys.executable, "-m", f"tests.benchmarks.{name}", *arguments.split(), "--json", str(results)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name, (arguments, _) in SIZES.items()
    }  # fmt: skip
    yield processes
    for process in processes.values():
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.parametrize("name", SIZES)
def test_a_benchmark_runs_and_writes_well_formed_json(
    name: str, running: dict[str, subprocess.Popen[str]], results: Path
) -> None:
    printed, errors = running[name].communicate(timeout=90)
    assert running[name].returncode == 0, printed + errors
    assert "Traceback" not in errors
    assert printed.strip()
    row = SIZES[name][1]
    written = json.loads((results / f"{name}.json").read_text())
    assert set(written) == {"schema", "benchmark", "machine", "settings", "goals", "summary", "rounds"}
    assert written["benchmark"] == name
    assert {"processor", "cores", "load_average", "versions"} <= set(written["machine"])
    assert row in written["summary"]
    assert written["rounds"]
    for goal in written["goals"]:
        assert set(goal) == {"what", "measured", "limit", "unit", "at_least", "met"}
    assert all(math.isfinite(number) for number in finite_numbers(written))


def test_the_suite_has_every_benchmark_there_is() -> None:
    folder = ROOT / "tests" / "benchmarks"
    with_main = {path.stem for path in folder.glob("*.py") if "def main(" in path.read_text()} - {"__main__"}
    asked = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert with_main == set(SIZES)
    assert all(name in asked.stdout for name in with_main)


def test_a_benchmark_nobody_knows_is_refused() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "jorney"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 2
    assert "no benchmark jorney" in asked.stderr
