"""How the suite is spread over its processes: what shares a dear set-up stays together, and whole runs, which mostly
wait, come evenly among the tests that compute. Examples may take any time: several tests share two cores."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("beside others", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("beside others")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Otherwise the cores would be overloaded in one half of the suite and idle in the other."""
    files = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
    placed: list[tuple[float, list[pytest.Item]]] = []
    for kind in (True, False):
        group = [tests for tests in files if bool(tests[0].get_closest_marker("system")) == kind]
        total, seen = sum(map(len, group)), 0
        for tests in group:
            placed.append(((seen + len(tests) / 2) / total, tests))
            seen += len(tests)
    items[:] = [item for _, tests in sorted(placed, key=lambda one: one[0]) for item in tests]


def pytest_collection_finish(session: pytest.Session) -> None:
    """A pytest whose node ids xdist does not know how to mark would ignore the groups without a word."""
    if session.config.getoption("loadgroup", False):
        ungrouped = [
            item.nodeid
            for item in session.items
            if item.get_closest_marker("xdist_group") and "@" not in item.nodeid.rpartition("]")[2]
        ]
        if ungrouped:
            raise pytest.UsageError(f"xdist_group has no effect on {ungrouped[0]}: this pytest and xdist do not fit")
