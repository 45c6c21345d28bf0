"""Deposits: made up by the balance, given back, or forfeited; units are kept for those who paid one alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mock_platform.domain.errors import (
    AlreadyPaid,
    BalanceClosed,
    BalanceNotOpen,
    IllegalTransition,
    LimitPerBuyer,
    MalformedRequest,
    NotFound,
    PriceChanged,
    SaleClosed,
    SaleNotOpen,
    ShopError,
    SoldOut,
    UnknownSku,
)
from mock_platform.domain.order import OrderState, WantedLine
from mock_platform.domain.reservation import WEB
from mock_platform.partners.bank import BankBehaviour
from tests.mock_platform.core_world import PAYMENT_WINDOW_S, lines, orders_in
from tests.mock_platform.interruptions import Suspending
from tests.mock_platform.presale_world import (
    BALANCE_CLOSES_S,
    BALANCE_OPENS_S,
    DEPOSIT_FEN,
    DEPOSITS_CLOSE_S,
    PRICE_FEN,
    REFUNDABLE_S,
    TERMS,
    PresaleWorld,
)

DECLINES = BankBehaviour(declined=1.0)


async def test_a_depositor_pays_the_balance_in_its_window_and_gets_the_goods() -> None:
    world = PresaleWorld()
    order = await world.wanted(quantity=2)
    assert (order.payable_fen, order.deposit_fen, order.due_fen) == (2 * PRICE_FEN, 2 * DEPOSIT_FEN, 2 * DEPOSIT_FEN)
    assert (await world.stock.free("S1", world.presale.place), await world.stock.free("S1", WEB)) == (2, 20)
    order = await world.paid_up("C2", "k2")
    assert (order.state, order.due_fen) == (OrderState.PAID, 0)
    assert world.tally.gmv_fen == PRICE_FEN, "once, and whole"
    snapshot = await world.settled_books()
    assert [row["state"] for row in snapshot["orders"]] == ["cancelled", "delivered"]
    assert world.tally.counts["order", "deposited"] == 1


async def test_nothing_is_packed_for_a_deposit() -> None:
    world = PresaleWorld()
    order = await world.deposited()
    for _ in range(3):
        await world.turn()
    assert await world.orders.parcels_of(order.order) == ()
    await world.settled_books()


@pytest.mark.parametrize(
    ("at", "refusal"), [(0.0, BalanceNotOpen), (39.0, BalanceNotOpen), (BALANCE_CLOSES_S, BalanceClosed)]
)
async def test_a_balance_outside_its_window_is_refused(at: float, refusal: type[ShopError]) -> None:
    world = PresaleWorld()
    order = await world.deposited()
    world.at(at)
    with pytest.raises(refusal):
        await world.due(order, "early")
    if refusal is BalanceNotOpen:
        world.at(BALANCE_OPENS_S)
        with pytest.raises(refusal):  # the key has its answer; a new attempt takes a new key
            await world.due(order, "early")
        await world.due(order, "now")
    await world.settled_books()


async def test_a_declined_balance_leaves_the_units_kept_and_may_be_tried_again() -> None:
    world = PresaleWorld()
    order = await world.deposited()
    world.at(BALANCE_OPENS_S)
    world.bank.behaviour = DECLINES
    for attempt in ("b1", "b2"):
        await world.due(order, attempt)
        with pytest.raises(AlreadyPaid):
            await world.due(order, f"{attempt} again")
        await world.bank_speaks()
        assert (await world.now(order)).state is OrderState.DEPOSITED
    assert await world.stock.free("S1", world.presale.place) == 3
    world.bank.behaviour = BankBehaviour()
    await world.due(order, "b3")
    await world.bank_speaks()
    assert (await world.now(order)).state is OrderState.PAID
    snapshot = await world.settled_books()
    assert sum(line["captures"] for line in snapshot["bank"]) == 2


async def test_who_does_not_pay_the_balance_loses_the_deposit_and_the_units() -> None:
    world = PresaleWorld()
    order = await world.deposited(quantity=2)
    world.at(BALANCE_CLOSES_S - 0.1)
    await world.expiry.sweep()
    assert (await world.now(order)).state is OrderState.DEPOSITED
    world.at(BALANCE_CLOSES_S)
    await world.expiry.sweep()
    gone = await world.now(order)
    assert (gone.state, gone.forfeited_fen) == (OrderState.CANCELLED, 2 * DEPOSIT_FEN)
    snapshot = await world.settled_books()
    assert await world.stock.free("S1", world.presale.place) == 4
    assert await world.back_fen() == [0]
    kept = [leg for entry in snapshot["ledger"] for leg in entry["legs"] if leg["account"].startswith("forfeits/")]
    assert kept == [{"account": "forfeits/M1", "amount_fen": -2 * DEPOSIT_FEN}]
    assert world.tally.counts["order", "forfeited"] == 1


@pytest.mark.parametrize(("at", "back_fen"), [(REFUNDABLE_S - 0.1, DEPOSIT_FEN), (REFUNDABLE_S, 0), (50.0, 0)])
async def test_who_gives_up_in_time_has_the_deposit_back_and_later_not(at: float, back_fen: int) -> None:
    world = PresaleWorld()
    order = await world.deposited()
    world.at(at)
    gone = await world.checkout.cancel("C1", order.order)
    assert gone.forfeited_fen == DEPOSIT_FEN - back_fen
    again = await world.checkout.cancel("C1", order.order)
    assert again.state is OrderState.CANCELLED
    await world.settled_books()
    assert await world.back_fen() == [back_fen]
    assert world.tally.counts.get(("order", "forfeited"), 0) == (not back_fen)
    assert await world.stock.free("S1", world.presale.place) == 4


@pytest.mark.parametrize("refundable_s", [REFUNDABLE_S, BALANCE_CLOSES_S], ids=["forfeited", "given back"])
async def test_a_balance_that_comes_after_the_buyer_gave_up_goes_back(refundable_s: float) -> None:
    world = PresaleWorld(refundable_until=TERMS["deposit_opens_at"] + refundable_s)
    order = await world.deposited()
    world.at(BALANCE_OPENS_S)
    await world.due(order, "b1")
    gone = await world.checkout.cancel("C1", order.order)
    assert gone.forfeited_fen == (DEPOSIT_FEN if refundable_s == REFUNDABLE_S else 0)
    snapshot = await world.settled_books()
    assert await world.back_fen() == [DEPOSIT_FEN - gone.forfeited_fen, PRICE_FEN - DEPOSIT_FEN]
    assert len({row["entry"] for row in snapshot["ledger"]}) == len(snapshot["ledger"])


async def test_a_deposit_that_comes_after_the_order_expired_goes_back() -> None:
    world = PresaleWorld(behaviour=BankBehaviour(latency_s=0.0, late=1.0, late_s=500.0, lost=1.0))
    order = await world.wanted()
    await world.due(order)
    world.at(PAYMENT_WINDOW_S)
    await world.expiry.sweep()
    assert (await world.now(order)).state is OrderState.CANCELLED
    await world.settled_books()
    assert await world.back_fen() == [DEPOSIT_FEN]


async def test_an_order_paid_in_two_instalments_is_refunded_in_two() -> None:
    world = PresaleWorld()
    order = await world.paid_up()
    await world.charging.refund("C1", "r1", order.order)
    await world.settled_books()
    assert await world.back_fen() == [DEPOSIT_FEN, PRICE_FEN - DEPOSIT_FEN]
    assert (await world.now(order)).state is OrderState.REFUNDED


async def test_a_deposit_alone_is_not_refunded_but_cancelled() -> None:
    world = PresaleWorld()
    order = await world.deposited()
    with pytest.raises(IllegalTransition):
        await world.charging.refund("C1", "r1", order.order)
    await world.settled_books()


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (lines(S2=1), MalformedRequest),
        ((*lines(S2=1), WantedLine("S1", 1, PRICE_FEN)), MalformedRequest),
        (lines(S1=1), PriceChanged),
        ((WantedLine("S1", 3, PRICE_FEN),), LimitPerBuyer),
    ],
)
async def test_a_presale_sells_its_one_sku_at_its_one_price(
    wanted: tuple[WantedLine, ...], refusal: type[ShopError]
) -> None:
    world = PresaleWorld()
    with pytest.raises(refusal):
        await world.place("C1", "k1", wanted, presale=world.presale.presale)
    await world.settled_books()


@pytest.mark.parametrize(("opens_s", "at", "refusal"), [(5.0, 0.0, SaleNotOpen), (0.0, DEPOSITS_CLOSE_S, SaleClosed)])
async def test_deposits_are_taken_in_their_window_alone(opens_s: float, at: float, refusal: type[ShopError]) -> None:
    world = PresaleWorld(deposit_opens_at=TERMS["deposit_opens_at"] + opens_s)
    world.at(at)
    with pytest.raises(refusal):
        await world.wanted()
    with pytest.raises(NotFound):
        await world.place("C1", "k2", (WantedLine("S1", 1, PRICE_FEN),), presale="A9")


async def test_units_are_kept_for_those_who_paid_a_deposit() -> None:
    world = PresaleWorld()
    for number in range(4):
        await world.deposited(f"C{number}", f"k{number}")
    world.at(25.0)
    with pytest.raises(SoldOut):
        await world.wanted("C9", "k9")
    await world.checkout.cancel("C1", (await world.orders.orders_of("C1", 1, 1)).items[0].order)
    await world.outbox.step()
    await world.wanted("C9", "k10")
    await world.settled_books()


async def test_two_hundred_buyers_and_four_units_are_exactly_four_depositors() -> None:
    world = PresaleWorld(wrap=Suspending)

    async def buyer(number: int) -> Any:
        return await world.wanted(f"C{number}", f"k{number}")

    answers = await asyncio.gather(*(buyer(number) for number in range(200)), return_exceptions=True)
    assert sum(isinstance(answer, SoldOut) for answer in answers) == 196
    assert len(orders_in(await world.bookkeeping.snapshot())) == 4
    await world.settled_books()


async def test_a_presale_for_nothing_on_sale_is_refused() -> None:
    world = PresaleWorld()
    with pytest.raises(UnknownSku):
        await world.deposits.create(**(TERMS | {"sku": "S9"}))
    with pytest.raises(MalformedRequest):
        await world.deposits.create(**(TERMS | {"deposit_fen": PRICE_FEN}))
    assert [(presale.presale, title) for presale, title in await world.deposits.presales()] == [("A1", "thing S1")]


async def test_presales_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_platform.services.deposits.PRESALES_MAX", 2)
    world = PresaleWorld()
    await world.deposits.create(**TERMS)
    with pytest.raises(MalformedRequest, match="at most 2 presales"):
        await world.deposits.create(**TERMS)


async def test_depositors_who_wait_keep_no_unpaid_order_from_ending() -> None:
    """A sweep looks at a bounded number of orders, oldest first: those that wait for the balance must not fill it."""
    world = PresaleWorld(allotment=40, limit_per_buyer=40)
    for number in range(12):
        await world.deposited(f"C{number}", f"k{number}")
    plain = await world.placed("C1", "plain")
    due = await world.orders.unpaid(plain.pay_before, 5)
    assert [order.order for order in due] == [plain.order]
    due = await world.orders.unpaid(TERMS["balance_closes_at"], 5)
    assert len(due) == 5
    assert due == sorted(due, key=lambda order: order.pay_before)
    await world.settled_books()
