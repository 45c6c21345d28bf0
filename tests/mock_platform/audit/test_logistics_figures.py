"""What the report tells of logistics, worked out by hand on small books, and by another way on any."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.audit.exported_books import Books
from mock_platform.audit.logistics_figures import _most_within, figures

Snapshot = dict[str, Any]
Find = Callable[..., Any]
NOW = 1_510_329_600.0


def test_the_figures_of_clean_books(clean: Snapshot) -> None:
    """Nine parcels made within a second: two came back, three wait, two are on their way, two have arrived."""
    assert len(clean["parcels"]) == 9
    assert figures(Books(clean)) == {
        "parcels": 9,
        "sorting_capacity_a_second_parcels": 50.0,
        "sorted_in_busiest_second_parcels": 4,
        "backlog_peak_parcels": 9,
        "backlog_peak_after_first_parcel_s": 0.8,
        "backlog_peak_to_a_tenth_s": "not yet",
        # Packed ten seconds after it was made, 100 before the books were written, and not sorted yet.
        "longest_wait_for_sorter_s": 80.0,
        "line_haul_median_s": 5.0,
        "delivered_share": pytest.approx(2 / 7, abs=1e-4),
        "paid_to_handed_over_median_s": pytest.approx(25.35, abs=0.01),
        # Paid 95 s ago; the first parcel of O4 was made 0.4 s later and takes six steps of five seconds.
        "first_payment_to_first_delivery_s": pytest.approx(35.4),
    }


def test_a_backlog_that_drained_tells_how_long_it_took(new_books: Any) -> None:
    books = new_books()
    for _ in range(20):
        books.order("delivered")
    told = figures(Books(books.snapshot()))
    assert told["delivered_share"] == 1.0
    # Made at 0.0 to 1.9 s, sorted from 15.0 s on: the 18th of 20 leaves a tenth.
    assert (told["backlog_peak_parcels"], told["backlog_peak_to_a_tenth_s"]) == (20, pytest.approx(14.8))
    assert told["backlog_peak_after_first_parcel_s"] == pytest.approx(1.9)
    assert (told["longest_wait_for_sorter_s"], told["sorted_in_busiest_second_parcels"]) == (5.0, 10)


def test_who_waited_longest_is_told_whether_sorted_recalled_or_still_waiting(clean: Snapshot, find: Find) -> None:
    for parcel in clean["parcels"]:
        if parcel["order"] in ("O2", "O7"):
            parcel["history"] = [["created", NOW - 9.0], ["picked", NOW - 8.0], ["packed", NOW - 7.0]]
    assert figures(Books(clean))["longest_wait_for_sorter_s"] == 7.0
    history = find(clean, "parcels", parcel="O4-0")["history"]
    history[3][1] = history[2][1] + 11.0
    assert figures(Books(clean))["longest_wait_for_sorter_s"] == 11.0
    find(clean, "parcels", parcel="O6-0")["history"] = [
        ["created", 1.0],
        ["picked", 2.0],
        ["packed", 3.0],
        ["recalled", 99.0],
    ]
    assert figures(Books(clean))["longest_wait_for_sorter_s"] == 96.0


def test_books_without_parcels_have_figures_too(new_books: Any) -> None:
    assert figures(Books(new_books().snapshot())) == {
        "parcels": 0,
        "sorting_capacity_a_second_parcels": 50.0,
        "sorted_in_busiest_second_parcels": 0,
        "backlog_peak_parcels": 0,
        "backlog_peak_after_first_parcel_s": 0.0,
        "backlog_peak_to_a_tenth_s": "not yet",
        "longest_wait_for_sorter_s": 0.0,
        "line_haul_median_s": "none yet",
        "delivered_share": 0.0,
        "paid_to_handed_over_median_s": "none yet",
        "first_payment_to_first_delivery_s": "none yet",
    }


@given(st.lists(st.integers(0, 40), max_size=30), st.integers(1, 10))
def test_the_busiest_stretch_holds_as_many_as_counting_from_every_instant_finds(ticks: list[int], long: int) -> None:
    instants = [float(tick) for tick in sorted(ticks)]
    by_hand = max((sum(0 <= at - start < long for at in instants) for start in instants), default=0)
    assert _most_within(instants, float(long)) == by_hand
