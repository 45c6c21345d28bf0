"""The till: paid and taken away at once, from the shelf the web sells from, for money that is in no bank."""

from __future__ import annotations

import pytest

from mock_platform.domain.errors import KeyReused, MalformedRequest, NotFound, PriceChanged, SoldOut, UnknownSku
from mock_platform.domain.order import OrderState, WantedLine
from mock_platform.domain.outlet import Tender
from tests.mock_platform.core_world import lines
from tests.mock_platform.outlet_world import SHELF, OutletWorld


@pytest.fixture
def world() -> OutletWorld:
    return OutletWorld()


async def test_a_sale_is_paid_and_taken_away_in_one_instant(world: OutletWorld) -> None:
    order = await world.sold(S1=2, S2=1)
    assert (order.state, order.tender, order.buyer, order.outlet) == ("collected", "cash", "till/D1", "D1")
    assert [step for step, _ in order.history] == ["placed", "paid", "collected"]
    assert len({at for _, at in order.history}) == 1
    assert await world.free() == SHELF["S1"] - 2
    snapshot = await world.settled_books()
    assert snapshot["bank"] == [] and snapshot["payments"] == [] and snapshot["pickups"] == []
    legs = {leg["account"]: leg["amount_fen"] for entry in snapshot["ledger"] for leg in entry["legs"]}
    assert legs == {"till/D1": 2_250, "merchant/M1": -2_000, "merchant/M2": -250}
    assert world.tally.gmv_fen == 2_250


async def test_the_same_key_is_one_sale_and_another_body_under_it_a_mistake(world: OutletWorld) -> None:
    first, replayed = await world.till.sell("D1", "t1", lines(S1=1), Tender.CARD)
    again, repeated = await world.till.sell("D1", "t1", lines(S1=1), Tender.CARD)
    assert (replayed, repeated, again.order) == (False, True, first.order)
    for other in ((lines(S1=2), Tender.CARD), (lines(S1=1), Tender.CASH)):
        with pytest.raises(KeyReused):
            await world.till.sell("D1", "t1", *other)
    elsewhere, _ = await world.till.sell("D2", "t1", lines(S1=1), Tender.CARD)
    assert elsewhere.order != first.order, "another outlet's keys are its own"
    await world.settled_books()


@pytest.mark.parametrize(
    ("outlet", "wanted", "refusal"),
    [
        ("D1", lines(S1=7), SoldOut),
        ("D1", (WantedLine("S1", 1, 999),), PriceChanged),
        ("D1", (WantedLine("S9", 1, 999),), UnknownSku),
        ("D9", lines(S1=1), NotFound),
        ("D1", (), MalformedRequest),
    ],
)
async def test_what_a_till_refuses_it_sells_to_nobody(world: OutletWorld, outlet: str, wanted: tuple[WantedLine, ...],
                                                      refusal: type[Exception]) -> None:  # fmt: skip
    for _ in range(2):
        with pytest.raises(refusal):
            await world.till.sell(outlet, "t1", wanted, Tender.CASH)
    assert (await world.settled_books())["orders"] == []


async def test_till_and_web_sell_from_one_shelf_to_its_last_unit(world: OutletWorld) -> None:
    reserved = await world.ready(S3=1)
    with pytest.raises(SoldOut):
        await world.sold(S3=1)
    await world.charging.refund("C1", "r1", reserved.order)
    await world.outbox.step()
    assert (await world.sold(key="t2", S3=1)).state is OrderState.COLLECTED
    with pytest.raises(SoldOut):
        await world.reserved("C2", "k2", S3=1)
    await world.settled_books()
