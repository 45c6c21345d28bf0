"""Ways of selling: every combination that a buyer could ask for takes one way, or is refused; none takes two."""

from __future__ import annotations

from itertools import product

import pytest

from mock_platform.domain.currency import ExchangeRate
from mock_platform.domain.customs import imported_sku
from mock_platform.domain.errors import MalformedRequest, MixedOrigins
from mock_platform.domain.order import WantedLine
from mock_platform.domain.purchase import Purchase, way_of
from mock_platform.domain.sku import Sku

AT_HOME = Sku("S1", "tea", "食品生鲜", "M1", 1_000)
ABROAD = imported_sku(Sku("I1", "wine", "酒水饮料", "X1", 1), "FR", 1_000, ExchangeRate("EUR", 7_712_750, 0.0))
WISHES = [
    {name: value for name, value in zip(("flash_sale", "presale", "outlet", "coupons"), wish, strict=True) if value}
    for wish in product(("F1", None), ("B1", None), ("D1", None), (("U1",), ()))
]
ALONE = {("flash_sale",): "flash_sale", ("presale",): "presale", ("outlet",): "outlet", ("coupons",): "web", (): "web"}


def wished(*skus: Sku, **wish: object) -> Purchase:
    return Purchase("C1", tuple(WantedLine(sku.sku, 1, sku.price_fen) for sku in skus), **wish)  # type: ignore[arg-type]


def test_there_are_sixteen_wishes() -> None:
    assert len({tuple(wish) for wish in WISHES}) == len(WISHES) == 16


@pytest.mark.parametrize("wish", WISHES, ids=str)
def test_of_goods_at_home_one_way_is_taken_or_none(wish: dict[str, object]) -> None:
    purchase = wished(AT_HOME, **wish)
    if tuple(wish) in ALONE:
        assert way_of(purchase, [AT_HOME]) == ALONE[tuple(wish)]
    else:
        with pytest.raises(MalformedRequest):
            way_of(purchase, [AT_HOME])


@pytest.mark.parametrize("wish", WISHES, ids=str)
def test_goods_from_abroad_are_sold_by_themselves(wish: dict[str, object]) -> None:
    purchase = wished(ABROAD, **wish)
    if wish:
        with pytest.raises(MalformedRequest, match="from abroad"):
            way_of(purchase, [ABROAD])
    else:
        assert way_of(purchase, [ABROAD]) == "cross_border"
    for skus in ([ABROAD, AT_HOME], [AT_HOME, ABROAD]):
        with pytest.raises(MixedOrigins):
            way_of(wished(*skus, **wish), skus)


@pytest.mark.parametrize("nothing", ["flash_sale", "presale", "outlet"])
def test_a_way_without_a_name_is_asked_for_all_the_same(nothing: str) -> None:
    """An empty name is no name that was left out: it is somebody's, and there is nobody of it."""
    assert way_of(wished(AT_HOME, **{nothing: ""}), [AT_HOME]) == nothing
    with pytest.raises(MalformedRequest, match="from abroad"):
        way_of(wished(ABROAD, **{nothing: ""}), [ABROAD])
