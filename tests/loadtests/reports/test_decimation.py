from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from loadtests.reports.decimation import kept

VALUES = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6), st.integers(0, 9)), max_size=300)


@given(VALUES, st.integers(2, 40))
def test_what_is_drawn_was_measured_and_the_extremes_are_drawn(values: list[float | None], most: int) -> None:
    positions = kept(values, most)
    assert positions == sorted(set(positions))
    assert len(positions) <= max(most, 0) or len(values) <= most
    measured = [value for value in values if value is not None]
    drawn = [values[at] for at in positions if values[at] is not None]
    if measured:
        assert max(drawn) == max(measured)
        assert min(drawn) == min(measured)


def test_the_worst_second_of_an_hour_is_drawn_where_it_was() -> None:
    values: list[float | None] = [random.Random(at).random() for at in range(3600)]
    values[2717] = 60.0
    assert 2717 in kept(values)
    assert len(kept(values)) <= 600


def test_a_stretch_without_values_stays_a_gap() -> None:
    values: list[float | None] = [1.0] * 500 + [None] * 500
    assert [at for at in kept(values, 20) if values[at] is None]
