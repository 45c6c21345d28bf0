"""Listing, repricing and restocking: own goods only, once, and whole after being cut off anywhere."""

from __future__ import annotations

import pytest

from mock_platform.domain.errors import KeyReused, MalformedRequest, PriceChanged, UnknownSku
from mock_platform.domain.restock import QUANTITY_MAX
from mock_platform.services import merchandising
from tests.mock_platform.interruptions import Faults, LineDropped, Suspending, cut_off, run
from tests.mock_platform.market_world import FINISH_AFTER_S, Market

NEW = {"title": "tea", "category": "things", "price_fen": 700, "units": 30}


def test_a_repeated_restock_adds_once() -> None:
    market = Market()
    first, free, replayed = run(market.merchandising.restock("M1", "k1", "S1", 5))
    again, free_again, replayed_again = run(market.merchandising.restock("M1", "k1", "S1", 5))
    assert (first, free, replayed) == (again, free_again, not replayed_again)
    assert free == 25 and market.restocked("S1") == 5
    run(market.merchandising.restock("M1", "k2", "S1", 5))
    assert market.restocked("S1") == 10
    with pytest.raises(KeyReused):
        run(market.merchandising.restock("M1", "k1", "S1", 6))


@pytest.mark.parametrize("quantity", [0, -1, QUANTITY_MAX + 1, True])
def test_a_restock_brings_some_units_and_not_all_the_world_s(quantity: int) -> None:
    with pytest.raises(MalformedRequest):
        run(Market().merchandising.restock("M1", "k1", "S1", quantity))


def test_wherever_a_restock_is_cut_off_asking_again_or_the_sweep_makes_it_one() -> None:
    for ask_again in (True, False):
        for at in range(1, 99):
            market = Market(wrap=Suspending)
            if not cut_off(market.merchandising.restock("M1", "k1", "S1", 5), at):
                assert at > 8
                break
            if ask_again:
                run(market.merchandising.restock("M1", "k1", "S1", 5))
                assert market.restocked("S1") == 5
            market.clock.advance(FINISH_AFTER_S + 1)
            run(market.merchandising.sweep())
            recorded = sum(each.quantity for each in run(market.merchants.restocks()))
            assert market.restocked("S1") == recorded
            assert run(market.merchants.under_way()) == 0


@pytest.mark.parametrize("after", [False, True])
def test_whatever_answer_is_lost_a_restock_adds_once(after: bool) -> None:
    for at in range(1, 99):
        faults = Faults(at, after=after)
        market = Market(wrap=faults.wrap)
        try:
            run(market.merchandising.restock("M1", "k1", "S1", 5))
        except LineDropped:
            run(market.merchandising.restock("M1", "k1", "S1", 5))
        assert market.restocked("S1") == 5
        if faults.struck is None:
            break


def test_wherever_a_listing_is_cut_off_asking_again_lists_one_sku_with_its_units() -> None:
    for at in range(1, 99):
        market = Market(wrap=Suspending)
        interrupted = cut_off(market.merchandising.list_sku("M1", "k1", **NEW), at)
        sku, _ = run(market.merchandising.list_sku("M1", "k1", **NEW))
        assert run(market.stock.free(sku.sku, "web")) == 30
        assert run(market.catalogue.skus_of("M1", 1, 20)).total == 3
        assert run(market.catalogue.search("tea", "", 1, 20)).items == (sku,)
        if not interrupted:
            break


def test_another_merchant_s_goods_are_as_if_there_were_none() -> None:
    market = Market()
    for work in (
        market.merchandising.reprice("M2", "S1", 5),
        market.merchandising.restock("M2", "k", "S1", 5),
        market.merchandising.price_list("M2", "S1"),
    ):
        with pytest.raises(UnknownSku):
            run(work)
    goods, free = run(market.merchandising.goods("M2", 1, 20))
    assert [sku.sku for sku in goods.items] == ["S2"] and free == [5]


def test_one_key_belongs_to_one_merchant() -> None:
    market = Market()
    first, _, _ = run(market.merchandising.restock("M1", "k", "S1", 5))
    second, _, replayed = run(market.merchandising.restock("M2", "k", "S2", 5))
    assert first.restock != second.restock and not replayed


def test_a_buyer_who_was_shown_the_former_price_is_refused() -> None:
    market = Market()
    assert run(market.merchandising.reprice("M1", "S1", 1_050)).prices[-1][1] == 1_050
    with pytest.raises(PriceChanged):
        run(market.placed("C1", "k1", S1=1))
    run(market.merchandising.reprice("M1", "S1", 1_000))
    assert run(market.placed("C1", "k2", S1=1)).payable_fen == 1_000


def test_what_could_not_be_finished_is_tried_again_and_holds_nobody_up() -> None:
    market = Market(wrap=Suspending)
    for key, sku in (("a", "S1"), ("b", "S3")):
        cut_off(market.merchandising.restock("M1", key, sku, 5), 6)
    assert run(market.merchants.under_way()) == 2
    market.clock.advance(FINISH_AFTER_S + 1)
    counts = market.stock._counts
    hidden = counts.pop(("S1", "web"))
    assert run(market.merchandising.sweep()) == 1
    counts["S1", "web"] = hidden
    assert run(market.merchandising.sweep()) == 1
    assert market.restocked("S1") == market.restocked("S3") == 5
    assert merchandising.SWEPT_MAX >= 2
