"""Splitting: each line of an order is in exactly one parcel, of its merchant and out of its warehouse."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.cart import LINES_MAX
from mock_platform.domain.order import Line, Order, OrderState
from mock_platform.domain.shipment import ParcelState, Waybill, parcels_for
from mock_platform.domain.warehouse import CITIES, stocked_in

MASKED = Waybill("王**", "****", "****")
PLACES = st.sampled_from(["web", "flash:F1", "presale:Y1"])
LINES = st.dictionaries(
    st.integers(1, 200).map("S{:07d}".format),
    st.tuples(st.integers(1, 99), st.sampled_from([f"M{number:04d}" for number in range(12)]), PLACES),
    min_size=1,
    max_size=LINES_MAX,
)


def order_of(lines: dict[str, tuple[int, str, str]], outlet: str | None = None) -> Order:
    bought = tuple(Line(sku, place, quantity, 100, merchant) for sku, (quantity, merchant, place) in lines.items())
    history = (("placed", 0.0), ("paid", 1.0))
    return Order("O1", "C1", "k", bought, 0, None, 0.0, 60.0, OrderState.PAID, history, outlet=outlet)


@given(LINES)
def test_every_line_is_in_exactly_one_parcel_of_its_merchant_out_of_its_warehouse(
    lines: dict[str, tuple[int, str, str]],
) -> None:
    parcels = parcels_for(order_of(lines), "carrier", MASKED, "杭州市", 2.0)
    packed = [(line.sku, line.quantity, parcel.merchant) for parcel in parcels for line in parcel.lines]
    assert sorted(packed) == sorted((sku, quantity, merchant) for sku, (quantity, merchant, _) in lines.items())
    for parcel in parcels:
        assert parcel.warehouse in CITIES and parcel.lines
        assert {stocked_in(parcel.merchant, line.sku) for line in parcel.lines} == {parcel.warehouse}
        assert (parcel.order, parcel.city, parcel.state) == ("O1", "杭州市", ParcelState.CREATED)
        assert parcel.history == (("created", 2.0),)


@given(LINES)
def test_no_two_parcels_could_be_one_and_their_ids_are_the_orders(lines: dict[str, tuple[int, str, str]]) -> None:
    order = order_of(lines)
    parcels = parcels_for(order, "carrier", MASKED, "杭州市", 2.0)
    wheres = [(parcel.merchant, parcel.warehouse) for parcel in parcels]
    assert len(set(wheres)) == len(wheres) <= len(lines)
    assert [parcel.parcel for parcel in parcels] == [f"O1-{number}" for number in range(1, len(parcels) + 1)]
    assert parcels_for(order, "carrier", MASKED, "杭州市", 2.0) == parcels, "made twice, they are the same"


@given(LINES)
def test_an_order_that_is_picked_up_is_in_no_parcel(lines: dict[str, tuple[int, str, str]]) -> None:
    assert parcels_for(order_of(lines, outlet="L0001"), "carrier", MASKED, "杭州市", 2.0) == ()
