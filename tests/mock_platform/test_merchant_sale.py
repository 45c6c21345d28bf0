"""What a merchant may see of an order: own lines, all of them, nobody else's, and a buyer whom nobody could name."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.merchant_sale import masked_buyer, sale_of
from mock_platform.domain.order import Line, Order, OrderState

SHOPS = ("M1", "M2", "M3")
BASKETS = st.lists(st.tuples(st.sampled_from(SHOPS), st.integers(1, 9), st.integers(1, 999)), min_size=1, max_size=8)
BUYERS = st.from_regex(r"C[0-9]{7}", fullmatch=True)


@given(BASKETS, BUYERS)
def test_merchants_together_see_every_line_once_and_alone_their_own(
    basket: list[tuple[str, int, int]], buyer: str
) -> None:
    lines = tuple(
        Line(f"{shop}-{number}", "web", quantity, price_fen, shop)
        for number, (shop, quantity, price_fen) in enumerate(basket)
    )
    order = Order("O1", buyer, "a key", lines, 0, None, 0.0, 60.0, OrderState.PAID, ())
    views = {shop: sale_of(order, shop) for shop in SHOPS}
    assert sorted(line.sku for view in views.values() for line in view.lines) == sorted(line.sku for line in lines)
    assert sum(view.due_fen for view in views.values()) == sum(line.merchant_fen for line in lines)
    for shop, view in views.items():
        told = msgspec.json.encode(view).decode()
        assert not any(other in told for other in SHOPS if other != shop)
        assert buyer not in told and "a key" not in told


@pytest.mark.parametrize(
    ("buyer", "shown"), [("C0000123", "C0****23"), ("C00123", "C0**23"), ("C1", "**"), ("12345", "*****"), ("", "")]
)
def test_a_buyer_s_id_is_masked_and_a_short_one_hidden(buyer: str, shown: str) -> None:
    assert masked_buyer(buyer) == shown
