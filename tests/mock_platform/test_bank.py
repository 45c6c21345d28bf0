"""The simulated bank: late, lost and doubled callbacks, but never a fen taken twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

import pytest

from mock_platform.domain.errors import UnknownPayment
from mock_platform.domain.payment import Outcome
from mock_platform.partners.bank import BankBehaviour, SimulatedBank
from tests.mock_platform.core_world import FakeClock
from tests.mock_platform.interruptions import LineDropped

PAYMENTS = 400


class Shop:
    """Somebody for the bank to call."""

    def __init__(self) -> None:
        self.heard: Counter[tuple[str, Outcome]] = Counter()

    async def on_outcome(self, payment: str, outcome: Outcome, reason: str | None) -> None:
        assert (reason is None) == (outcome is Outcome.POSTED)
        self.heard[payment, outcome] += 1


def bank_with(behaviour: BankBehaviour, **more: object) -> tuple[SimulatedBank, FakeClock, Shop]:
    clock, shop = FakeClock(), Shop()
    bank = SimulatedBank(clock=clock, rng=Random(7), behaviour=behaviour, **more)  # type: ignore[arg-type]
    bank.on_outcome = shop.on_outcome
    return bank, clock, shop


async def charge_many(bank: SimulatedBank) -> None:
    for number in range(PAYMENTS):
        await bank.charge(f"P{number}", f"O{number}", 100, "card")


async def test_it_decides_after_a_while_and_calls_back_once() -> None:
    bank, clock, shop = bank_with(BankBehaviour(latency_s=0.2))
    await charge_many(bank)
    await bank.diary.step()
    assert await bank.inquire("P0") is None
    clock.advance(0.2)
    await bank.diary.step()
    assert 0.4 * PAYMENTS < len(shop.heard) < 0.6 * PAYMENTS, "the median is the latency set"
    clock.advance(10.0)
    await bank.diary.step()
    assert shop.heard == {(f"P{number}", Outcome.POSTED): 1 for number in range(PAYMENTS)}
    assert await bank.inquire("P0") is Outcome.POSTED


async def test_asked_twice_it_charges_once() -> None:
    bank, clock, shop = bank_with(BankBehaviour(latency_s=0.0))
    for _ in range(3):
        await bank.charge("P1", "O1", 100, "card")
        clock.advance(1.0)
        await bank.diary.step()
    (line,) = await bank.statement()
    assert (line.captures, line.captured_fen, line.refunded_fen) == (1, 100, 0)
    assert shop.heard == {("P1", Outcome.POSTED): 1}
    with pytest.raises(ValueError, match="another order or amount"):
        await bank.charge("P1", "O1", 99, "card")


async def test_a_refund_pays_back_what_was_taken_once() -> None:
    bank, _, _ = bank_with(BankBehaviour(latency_s=0.0))
    await bank.charge("P1", "O1", 100, "card")
    await bank.diary.step()
    for _ in range(2):
        await bank.refund("P1")
    assert [(line.captured_fen, line.refunded_fen) for line in await bank.statement()] == [(100, 100)]
    for ask in (bank.refund, bank.inquire):
        with pytest.raises(UnknownPayment):
            await ask("P9")


@pytest.mark.parametrize(
    ("behaviour", "share_posted", "callbacks_per_payment"),
    [
        (BankBehaviour(declined=0.25), 0.75, 1.0),
        (BankBehaviour(lost=0.25), 1.0, 0.75),
        (BankBehaviour(doubled=0.25), 1.0, 1.25),
    ],
)
async def test_rates_are_kept(behaviour: BankBehaviour, share_posted: float, callbacks_per_payment: float) -> None:
    bank, clock, shop = bank_with(behaviour)
    await charge_many(bank)
    clock.advance(60.0)
    await bank.diary.step()
    captured = sum(line.captures for line in await bank.statement())
    assert captured / PAYMENTS == pytest.approx(share_posted, abs=0.06)
    assert sum(shop.heard.values()) / PAYMENTS == pytest.approx(callbacks_per_payment, abs=0.06)


async def test_a_late_callback_comes_after_the_decision_and_not_too_late() -> None:
    bank, clock, shop = bank_with(BankBehaviour(latency_s=0.0, late=1.0, late_s=5.0))
    await charge_many(bank)
    await bank.diary.step()
    assert await bank.inquire("P0") is Outcome.POSTED
    assert not shop.heard
    clock.advance(2.5)
    await bank.diary.step()
    assert 0.4 * PAYMENTS < len(shop.heard) < 0.6 * PAYMENTS
    clock.advance(2.5)
    await bank.diary.step()
    assert len(shop.heard) == PAYMENTS


@pytest.mark.parametrize(("times", "heard"), [(0, 0), (3, 3)])
async def test_faults_decide_how_often_a_callback_arrives(times: int, heard: int) -> None:
    bank, _, shop = bank_with(BankBehaviour(latency_s=0.0), deliveries=lambda planned: planned * times)
    await bank.charge("P1", "O1", 100, "card")
    await bank.diary.step()
    assert shop.heard[("P1", Outcome.POSTED)] == heard


async def test_the_same_seed_is_the_same_bank() -> None:
    outcomes = []
    for _ in range(2):
        bank, clock, _ = bank_with(BankBehaviour(declined=0.5, lost=0.2, doubled=0.2, late=0.2))
        await charge_many(bank)
        clock.advance(60.0)
        await bank.diary.step()
        outcomes.append([await bank.inquire(f"P{number}") for number in range(PAYMENTS)])
    assert outcomes[0] == outcomes[1]
    assert len(set(outcomes[0])) == 2


async def test_a_shop_that_fails_or_hangs_does_not_stop_the_bank() -> None:
    bank, _, shop = bank_with(BankBehaviour(latency_s=0.0))
    gate = asyncio.Event()

    async def moody(payment: str, outcome: Outcome, reason: str | None) -> None:
        if payment == "P0":
            raise LineDropped(payment)
        if payment == "P1":
            await gate.wait()
        await shop.on_outcome(payment, outcome, reason)

    bank.on_outcome = moody
    await charge_many(bank)
    running = asyncio.create_task(bank.run())
    for _ in range(PAYMENTS):
        await asyncio.sleep(0)
    assert len(shop.heard) == PAYMENTS - 2
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sum(line.captures for line in await bank.statement()) == PAYMENTS
