"""A festival set up by an operator who is not sure the first request arrived: with one key, there is one of each."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from mock_platform.domain.coupon import CouponCampaign
from mock_platform.domain.errors import KeyReused, MalformedRequest
from mock_platform.domain.idempotency import named_by
from mock_platform.domain.promotion import CrossShopDiscount
from tests.mock_platform.core_world import OPENING
from tests.mock_platform.interruptions import Suspending, cut_off, run
from tests.mock_platform.presale_world import TERMS, PresaleWorld
from tests.mock_platform.promoted_world import DAY_S, PromotedWorld


class Desk:
    """Sets one thing up, by what the operator wants (a number) and a key; how many there are."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.world: Any = PresaleWorld(wrap=Suspending) if what == "presale" else PromotedWorld(wrap=Suspending)

    def set_up(self, wanted: int, key: str) -> Any:
        world = self.world
        if self.what == "presale":
            return world.deposits.create(**(TERMS | {"allotment": wanted}), key=key)
        window = {"starts_at": 1.0, "ends_at": OPENING + DAY_S}
        if self.what == "promotion":
            return world.promoting.promote(
                lambda name: CrossShopDiscount(name, "across", **window, every_fen=1_000, saves_fen=wanted), key
            )
        terms = {"face_fen": 1, "minimum_spend_fen": 2, "coupons": wanted, "limit_per_buyer": 1, "budget_fen": 9}
        return world.promoting.open_campaign(
            lambda name: CouponCampaign(name, "few", None, (), **terms, claims_open_at=1.0, **window), key
        )

    async def there_are(self) -> int:
        if self.what == "presale":
            return len(await self.world.presales.presales()) - 1  # the world has one of its own
        if self.what == "promotion":
            return len((await self.world.promotions.board()).promotions)
        return len(await self.world.coupons.campaigns())


desks = pytest.mark.parametrize("what", ["presale", "promotion", "campaign"])


@desks
async def test_the_same_key_again_is_the_same_thing_and_another_wish_under_it_is_a_mistake(what: str) -> None:
    desk = Desk(what)
    made, replayed = await desk.set_up(5, "one")
    desk.world.clock.advance(9.0)
    assert (replayed, await desk.set_up(5, "one")) == (False, (made, True))
    with pytest.raises(KeyReused):
        await desk.set_up(6, "one")
    assert await desk.there_are() == 1
    other, _ = await desk.set_up(5, "another")
    assert other != made
    assert [replayed for _, replayed in (await desk.set_up(5, ""), await desk.set_up(5, ""))] == [False, False]
    assert await desk.there_are() == 4, "without a key each request is a wish of its own"
    with pytest.raises(MalformedRequest):
        await desk.set_up(5, "k" * 201)


def test_an_id_that_follows_from_a_key_is_none_that_the_shop_makes_up() -> None:
    assert named_by("one", "D") == named_by("one", "D") != named_by("two", "D")
    assert named_by("one", "D")[1] not in "0123456789abcdef", "the shop's own go on with its boot id"


@desks
async def test_hung_up_on_at_any_moment_and_asked_again_there_is_one(what: str) -> None:
    for moment in count(1):
        desk = Desk(what)
        if not cut_off(desk.set_up(5, "one"), moment):
            break
        await desk.set_up(5, "one")
        assert await desk.there_are() == 1
        if what == "presale":
            made = (await desk.world.presales.presales())[1]
            assert await desk.world.stock.free("S1", made.place) == 5, "and its units are there once"
            await desk.world.settled_books()
    assert moment > 4


@desks
async def test_two_at_once_under_one_key_are_one_or_one_is_told_of_its_mistake(what: str) -> None:
    for wanted in (5, 6):
        for moment in count(1):
            desk = Desk(what)
            first = desk.set_up(5, "one")
            try:
                for _ in range(moment):
                    first.send(None)
            except StopIteration:
                break
            answers: list[Any] = []
            for work in (desk.set_up(wanted, "one"), first):
                try:
                    answers.append(run(work)[0])
                except KeyReused:
                    answers.append(None)
            assert await desk.there_are() == 1
            told = [answer for answer in answers if answer is not None]
            assert len(told) == (2 if wanted == 5 else 1)
            assert len(set(map(repr, told))) == 1
        assert moment > 4
