"""What every order engine promises about idempotency keys: whose one is, and what became of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mock_platform.domain import changes
from mock_platform.domain.errors import (
    ClaimLost,
    KeyReused,
    RequestInProgress,
    UnknownOrder,
)
from mock_platform.domain.idempotency import Claim, Finished, Refusal
from mock_platform.domain.order import OrderState
from mock_platform.protocols import OrderStore
from tests.mock_platform.order_engines import (
    ENGINES,
    LOCK_S,
    OTHER_PRINT,
    PRINT,
    claimed,
    order_for,
    placed,
)


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.__name__)
async def orders(request: pytest.FixtureRequest) -> AsyncIterator[OrderStore]:
    async with request.param() as orders:
        yield orders


async def test_a_key_in_progress_is_nobody_elses(orders: OrderStore) -> None:
    await claimed(orders)
    with pytest.raises(RequestInProgress):
        await orders.claim("C1", "k1", PRINT, "O2", LOCK_S - 0.1, LOCK_S)


async def test_a_silent_claim_is_taken_over_with_its_subject_and_its_owner_cannot_finish(orders: OrderStore) -> None:
    first = await claimed(orders)
    second = await claimed(orders, subject="O2", now=LOCK_S)
    assert second.subject == first.subject == "O1"
    with pytest.raises(ClaimLost):
        await orders.commit(changes.placed(order_for(first), first))
    with pytest.raises(UnknownOrder):
        await orders.order("O1")
    await orders.commit(changes.placed(order_for(second), second))
    with pytest.raises(ClaimLost):
        await orders.commit(changes.refused(first, Refusal("sold_out", "")))
    assert (await orders.order("O1")).state is OrderState.PLACED


async def test_who_lost_the_key_is_told_so_even_when_the_order_has_been_made_meanwhile(orders: OrderStore) -> None:
    first = await claimed(orders)
    second = await claimed(orders, now=LOCK_S)
    await orders.commit(changes.placed(order_for(second), second))
    with pytest.raises(ClaimLost):
        await orders.commit(changes.placed(order_for(first), first))


async def test_a_finished_key_tells_what_it_made_for_ever(orders: OrderStore) -> None:
    await placed(orders)
    for now in (0.0, LOCK_S * 100):
        assert await orders.claim("C1", "k1", PRINT, "O2", now, LOCK_S) == Finished("O1", None)


async def test_a_refused_key_tells_its_refusal(orders: OrderStore) -> None:
    claim = await claimed(orders)
    await orders.commit(changes.refused(claim, Refusal("sold_out", "S1 is sold out")))
    finished = await orders.claim("C1", "k1", PRINT, "O2", 1.0, LOCK_S)
    assert finished == Finished("O1", Refusal("sold_out", "S1 is sold out"))
    with pytest.raises(ClaimLost):
        await orders.commit(changes.placed(order_for(claim), claim))


@pytest.mark.parametrize("finish", [False, True])
async def test_a_key_used_with_another_body_is_refused_whatever_its_state(orders: OrderStore, finish: bool) -> None:
    claim = await claimed(orders)
    if finish:
        await orders.commit(changes.placed(order_for(claim), claim))
    with pytest.raises(KeyReused):
        await orders.claim("C1", "k1", OTHER_PRINT, "O2", LOCK_S * 2, LOCK_S)


async def test_keys_belong_to_their_buyers(orders: OrderStore) -> None:
    await claimed(orders)
    other = await orders.claim("C2", "k1", OTHER_PRINT, "O2", 0.0, LOCK_S)
    assert isinstance(other, Claim) and other.subject == "O2"


async def test_an_abandoned_claim_is_dead_and_its_key_free_for_another_subject(orders: OrderStore) -> None:
    first = await claimed(orders)
    for _ in range(2):
        assert await orders.abandon("O1") is True
    with pytest.raises(ClaimLost):
        await orders.commit(changes.placed(order_for(first), first))
    second = await claimed(orders, subject="O2")
    assert second.subject == "O2"
    assert await orders.abandon("O1") is True
    await orders.commit(changes.placed(order_for(second), second))


async def test_an_order_that_exists_cannot_be_abandoned(orders: OrderStore) -> None:
    await placed(orders)
    assert await orders.abandon("O1") is False
    assert (await orders.order("O1")).state is OrderState.PLACED
    assert await orders.abandon("O-never-heard-of") is True
