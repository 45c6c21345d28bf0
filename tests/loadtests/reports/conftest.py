"""One run directory of every kind, made once for all tests of reports: they only read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.loadtests.reports.made_runs import MAKERS


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("runs")
    return {name: make(folder / name) for name, make in MAKERS.items()}
