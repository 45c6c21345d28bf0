"""Setting promotions up: each once, with the instant since when the shop has known it."""

from __future__ import annotations

from typing import Any

from mock_platform.audit import audit
from mock_platform.domain.promotion import CrossShopDiscount, ItemDiscount
from mock_platform.stores.promotions_memory import MemoryPromotions
from tests.mock_platform.promoted_world import DAY_S, PromotedWorld


def window(world: PromotedWorld) -> dict[str, Any]:
    return {"starts_at": world.clock() - 10, "ends_at": world.clock() + DAY_S}


async def test_a_promotion_put_twice_is_there_once() -> None:
    store = MemoryPromotions()
    promotion = CrossShopDiscount("D1", "across", 0.0, 9.0, every_fen=100, saves_fen=1)
    await store.put(promotion)
    await store.put(promotion)
    assert (await store.board()).promotions == (promotion,)


async def test_an_order_from_before_a_promotion_was_set_up_has_none_of_it_and_that_is_right() -> None:
    """However early the promotion says that it starts."""
    world = PromotedWorld()
    plain = await world.buy(S2=2)
    world.clock.advance(5.0)
    promoted, _ = await world.promoting.promote(
        lambda name: ItemDiscount(name, "item", skus=("S2",), percent_off=10, **window(world))
    )
    assert promoted.set_up_at == world.clock()
    assert (await world.promotions.board()).promotions == (promoted,)
    cheaper = await world.buy(S2=2, key="k2")
    assert (plain.payable_fen, cheaper.payable_fen) == (500, 450)
    assert audit(await world.bookkeeping.snapshot()).violations == ()
    snapshot = await world.bookkeeping.snapshot()
    snapshot["promotions"][0]["set_up_at"] -= 5.0
    assert [each.invariant for each in audit(snapshot).violations] == ["best_discounts_are_given"]
