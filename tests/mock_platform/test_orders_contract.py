"""What every order engine promises: one transaction for orders, payments, parcels, ledger, keys and outbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from mock_platform.domain import changes
from mock_platform.domain.changes import Changes
from mock_platform.domain.errors import (
    ClaimLost,
    NotFound,
    UnknownOrder,
    UnknownPayment,
    VersionConflict,
)
from mock_platform.domain.events import OrderCancelled
from mock_platform.domain.idempotency import Claim, Refusal, fingerprint
from mock_platform.domain.payment import Outcome, new_payment
from mock_platform.protocols import OrderStore
from mock_platform.stores.orders_memory import MemoryOrders
from tests.mock_platform.order_engines import (
    ENGINES,
    LOCK_S,
    asked,
    claimed,
    order_for,
    paid,
    placed,
)


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.__name__)
async def orders(request: pytest.FixtureRequest) -> AsyncIterator[OrderStore]:
    async with request.param() as orders:
        yield orders


# Commits


async def test_a_commit_is_everything_at_once(orders: OrderStore) -> None:
    order = await placed(orders)
    books = await orders.books()
    assert [each.order for each in books.orders] == ["O1"]
    assert [entry.entry for entry in books.entries] == ["O1:placed"]
    assert [event.event for event in books.events] == ["O1:order_placed"]
    assert [(key.key, key.is_finished, key.subject) for key in books.keys] == [("k1", True, "O1")]
    assert order.version == 1


async def test_a_commit_on_an_old_version_changes_nothing_at_all(orders: OrderStore) -> None:
    order = await placed(orders)
    await orders.commit(changes.cancelled(order, 5.0))
    before = await orders.books()
    claim = await orders.claim("C1", "pay", fingerprint("pay", 1), "P1", 6.0, LOCK_S)
    assert isinstance(claim, Claim)
    payment = new_payment("P1", order, "pay", order.payable_fen, "card", 6.0)
    with pytest.raises(VersionConflict):
        await orders.commit(changes.payment_asked(order, payment, claim))
    after = await orders.books()
    assert (after.orders, after.payments, after.entries, after.events) == (
        before.orders,
        [],
        before.entries,
        before.events,
    )
    # The key is still ours: not even the finish of a refused commit may stick.
    await orders.commit(changes.refused(claim, Refusal("illegal_transition", "")))


async def test_a_commit_under_a_lost_claim_changes_nothing_at_all(orders: OrderStore) -> None:
    order = await placed(orders)
    claim = Claim("C1", "pay", "P1", 1)
    payment = new_payment("P1", order, "pay", order.payable_fen, "card", 6.0)
    with pytest.raises(ClaimLost):
        await orders.commit(changes.payment_asked(order, payment, claim))
    assert await orders.order("O1") == order
    with pytest.raises(UnknownPayment):
        await orders.payment("P1")


async def test_of_two_changes_to_one_order_the_second_must_look_again(orders: OrderStore) -> None:
    order = await placed(orders)
    results = await asyncio.gather(
        orders.commit(changes.cancelled(order, 5.0)),
        orders.commit(changes.cancelled(order, 5.0)),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [type(None), VersionConflict]
    assert len((await orders.books()).entries) == 2


async def test_even_a_commit_that_only_touches_the_order_counts(orders: OrderStore) -> None:
    order = await placed(orders)
    await orders.commit(Changes(order=order))
    with pytest.raises(VersionConflict):
        await orders.commit(changes.cancelled(order, 5.0))
    await orders.commit(changes.cancelled(await orders.order("O1"), 5.0))


# Reading


async def test_what_is_not_there_is_unknown(orders: OrderStore) -> None:
    with pytest.raises(UnknownOrder):
        await orders.order("O9")
    with pytest.raises(UnknownPayment):
        await orders.payment("P9")
    with pytest.raises(NotFound):
        await orders.parcel("O9-1")
    assert await orders.parcels_of("O9") == ()


async def test_a_buyers_orders_come_newest_first_and_in_pages(orders: OrderStore) -> None:
    for number in range(1, 6):
        await placed(orders, number, at=float(number))
    first = await orders.orders_of("C1", 1, 2)
    assert ([order.order for order in first.items], first.pages, first.total) == (["O5", "O4"], 3, 5)
    assert [order.order for order in (await orders.orders_of("C1", 3, 2)).items] == ["O1"]
    assert (await orders.orders_of("C2", 1, 2)).items == ()


# What sweeps look for


async def test_unpaid_orders_are_found_once_their_time_is_over(orders: OrderStore) -> None:
    for number in (1, 2, 3):
        await placed(orders, number, at=float(number))
    assert await orders.unpaid(60.9, 10) == []
    assert [order.order for order in await orders.unpaid(62.0, 10)] == ["O1", "O2"]
    assert [order.order for order in await orders.unpaid(99.0, 1)] == ["O1"]
    await orders.commit(changes.cancelled(await orders.order("O1"), 62.0))
    assert [order.order for order in await orders.unpaid(99.0, 10)] == ["O2", "O3"]


async def test_orders_paid_in_instalments_end_when_their_own_time_is_over(orders: OrderStore) -> None:
    """Whenever they were placed; those that wait for their balance keep no other from being found."""
    for number in (1, 2, 3):
        claim = await claimed(orders, f"k{number}", f"O{number}")
        order = replace(order_for(claim), deposit_fen=10, pay_before=90.0 - number, balance_closes_at=200.0)
        await orders.commit(changes.placed(order, claim))
    await placed(orders, 4, at=20.0)
    assert [order.order for order in await orders.unpaid(99.0, 2)] == ["O4", "O3"]
    assert [order.order for order in await orders.unpaid(88.0, 9)] == ["O4", "O3", "O2"]
    order = await orders.order("O3")
    asking = new_payment("P3", order, "pay", 10, "card", 5.0)
    posted = changes.bank_spoke(order, asking, Outcome.POSTED, None, 6.0)
    assert posted is not None
    await orders.commit(posted)
    assert [order.order for order in await orders.unpaid(199.0, 9)] == ["O4", "O2", "O1"]
    assert [order.order for order in await orders.unpaid(200.0, 9)] == ["O4", "O2", "O1", "O3"]
    assert [order.order for order in await orders.unpaid(200.0, 9)] == ["O4", "O2", "O1", "O3"], (
        "looking changes nothing"
    )


async def test_two_payments_of_an_order_change_in_one_commit(orders: OrderStore) -> None:
    order = await paid(orders)
    deposit = new_payment("P0", await placed(orders, 2), "other", order.payable_fen, "card", 1.0)
    both = Changes(order=order, payment=await orders.payment("P1"), deposit=deposit)
    await orders.commit(both)
    assert [(await orders.payment(name)).payment for name in ("P0", "P1")] == ["P0", "P1"]
    assert [payment.payment for payment in await orders.pending_payments(9.0, 9)] == ["P0"]


async def test_pending_payments_are_found_until_the_bank_spoke(orders: OrderStore) -> None:
    order = await placed(orders)
    await asked(orders, order, at=5.0)
    assert await orders.pending_payments(4.9, 10) == []
    assert [payment.payment for payment in await orders.pending_payments(5.0, 10)] == ["P1"]
    assert (await orders.under_way()).payments == 1
    posted = changes.bank_spoke(await orders.order("O1"), await orders.payment("P1"), Outcome.POSTED, None, 6.0)
    assert posted is not None
    await orders.commit(posted)
    assert await orders.pending_payments(99.0, 10) == []
    assert (await orders.under_way()).payments == 0


# The outbox


async def test_an_event_is_given_out_once_per_lease_until_acknowledged(orders: OrderStore) -> None:
    await placed(orders, at=1.0)
    assert [event.event for event in await orders.take_events(1.0, 10, 5.0)] == ["O1:order_placed"]
    assert await orders.take_events(5.9, 10, 5.0) == []
    assert [event.event for event in await orders.take_events(6.0, 10, 5.0)] == ["O1:order_placed"]
    await orders.acknowledge(["O1:order_placed", "O1:order_placed"])
    assert await orders.take_events(99.0, 10, 5.0) == []
    assert (await orders.under_way()).events == 0


async def test_a_postponed_event_comes_at_its_time_and_only_once(orders: OrderStore) -> None:
    await placed(orders, at=1.0)
    await orders.take_events(1.0, 10, 5.0)
    await orders.postpone("O1:order_placed", 2.0)
    assert await orders.take_events(1.9, 10, 5.0) == []
    assert len(await orders.take_events(2.0, 10, 50.0)) == 1
    assert await orders.take_events(6.0, 10, 5.0) == [], "the first lease must not give it out a second time"
    await orders.postpone("nobody knows this one", 2.0)


async def test_events_come_oldest_first_and_no_more_than_asked_for(orders: OrderStore) -> None:
    for number in (1, 2, 3):
        await placed(orders, number, at=float(number))
    assert [event.order for event in await orders.take_events(9.0, 2, 50.0)] == ["O1", "O2"]
    assert [event.order for event in await orders.take_events(9.0, 2, 50.0)] == ["O3"]


async def test_the_books_list_keys_of_orders_only(orders: OrderStore) -> None:
    order = await placed(orders)
    await asked(orders, order)
    await claimed(orders, "k2", "O2")
    refused = await claimed(orders, "k3", "O3")
    await orders.commit(changes.refused(refused, Refusal("sold_out", "")))
    keys = {key.key: (key.is_finished, key.subject, key.refusal) for key in (await orders.books()).keys}
    assert keys == {
        "k1": (True, "O1", None),
        "k2": (False, "O2", None),
        "k3": (True, None, Refusal("sold_out", "")),
    }


async def test_an_event_of_a_kind_nobody_handles_is_not_queued() -> None:
    orders = MemoryOrders()
    orders.heard = frozenset({OrderCancelled})
    order = await placed(orders)
    assert (await orders.under_way()).events == 0
    await orders.commit(changes.cancelled(order, 5.0))
    assert [event.event for event in await orders.take_events(9.0, 10, 5.0)] == ["O1:order_cancelled"]
