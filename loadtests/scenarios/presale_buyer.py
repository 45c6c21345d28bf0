"""Pays a deposit before midnight and the balance when it opens: two visits, for nobody waits in the shop between them.

Who comes while balances are open is somebody who paid a deposit here, as far as there are any left. Some never come
back and lose theirs, some give up in time and have it back, and some pay the balance from two devices at once.
"""

from __future__ import annotations

import time
from typing import ClassVar

import gevent

from loadtests.scenarios.buyer import Buyer
from loadtests.shop.answers import Payment
from loadtests.shop.presale_answers import CLOCKS_APART_S, Presale, PresaleOrder
from loadtests.shop.presale_desk import Deposited, PresaleDesk

PAID = ("paid", "shipped", "delivered")
FURTHEST_FIRST = ("posted", "pending", "voided", "refunding", "refunded")
SWEPT_WITHIN_S = 5.0
"""How long after its balance closed an order may still wait for its end."""


class PresaleBuyer(Buyer):
    weight = 1
    adapter = PresaleDesk
    shop: PresaleDesk
    forfeit_share: ClassVar[float] = 0.1
    """Of depositors, how many never come back. Ours, like the next two: what was published is the rule, not its use."""
    refund_share: ClassVar[float] = 0.1
    early_share: ClassVar[float] = 0.1
    """Of depositors, how many try to pay the balance at once, to be told that it is too early."""
    two_share: ClassVar[float] = 0.2
    balance_tries: ClassVar[int] = 3
    """A declined balance may be tried again, each time with a key of its own."""
    twice_share: ClassVar[float] = 0.2
    """Of balances, how many are paid from two devices at once, each with a key of its own: one is told that it is."""
    _deposit: Deposited | None = None

    def come_in(self) -> bool:
        """Once balances are open, as somebody who paid a deposit; else as anybody."""
        self._deposit = None
        deposits = self.festival.deposits
        if not deposits or deposits[0].presale.balance_opens_at > time.time():
            return super().come_in()
        self._deposit = deposits.popleft()
        self.shop = self.adapter(self.client, self.festival, self._deposit.buyer)
        return self.shop.sign_in() is not None

    def stay(self) -> None:
        if self._deposit is not None:
            self.come_back(self._deposit)
            return
        presales = self.shop.presales()
        if presales is None:
            return
        taking = [presale for presale in presales if presale.state == "deposits"]
        if not taking:
            self.think(self.checkout_s)
            self.shop.view(self.rng.choice(presales).sku if presales else self.wanted_sku())
            return
        deposit = self.deposit_for(self.rng.choice(taking))
        if deposit is not None:
            self.after_deposit(deposit)

    def deposit_for(self, presale: Presale) -> Deposited | None:
        """Order, pay the deposit and see it in the order; None if it came to nothing."""
        quantity = min(presale.limit_per_buyer, 2 if self.rng.random() < self.two_share else 1)
        key = self.festival.next_key()
        order = self.insist(lambda: self.shop.order_deposit(presale, quantity, key=key))
        if order is None:
            return None
        self.think(self.checkout_s)
        payment = self.pay_instalment(order)
        if payment is None or payment.state != "posted":
            return None
        deposited = self.shop.standing(order, "deposited", "cancelled")  # it may have come too late
        if deposited is None or deposited.state != "deposited":
            return None
        return Deposited(self.shop.buyer, presale, deposited)

    def after_deposit(self, deposit: Deposited) -> None:
        chance = self.rng.random()
        if chance < self.refund_share:
            self.think(self.checkout_s)
            self.shop.give_up(deposit)
            return
        if chance > 1.0 - self.early_share:
            self.shop.pay_due(deposit.order, key=self.festival.next_key())
            if self.shop.refusal != "balance_not_open":
                return  # its window opened this moment, or the shop was busy
        if self.rng.random() >= self.forfeit_share:
            self.festival.deposits.append(deposit)

    def come_back(self, deposit: Deposited) -> None:
        """Pay the balance and look at the order; too late, see that the deposit is lost."""
        if time.time() >= deposit.presale.balance_closes_at - CLOCKS_APART_S:
            self.come_too_late(deposit)
            return
        order = self.shop.standing(deposit.order, "deposited")
        for _ in range(self.balance_tries):
            if order is None or order.state != "deposited":
                return
            self.think(self.checkout_s)
            payment = self.pay_balance(order)
            if payment is not None and payment.state == "posted":
                self.shop.standing(order, *PAID)
            if payment is None or payment.state != "voided":
                return
            order = self.shop.standing(order, "deposited", "cancelled")

    def come_too_late(self, deposit: Deposited) -> None:
        self.shop.pay_due(deposit.order, key=self.festival.next_key())
        if time.time() > deposit.presale.balance_closes_at + SWEPT_WITHIN_S:
            self.shop.standing(deposit.order, "cancelled")

    def pay_balance(self, order: PresaleOrder) -> Payment | None:
        """From one device or from two; of two payments the one that came furthest."""
        if self.rng.random() >= self.twice_share:
            return self.pay_instalment(order)
        other = gevent.spawn(self.pay_instalment, order, self.shop.twin(), twice=True)
        try:
            both = self.pay_instalment(order, twice=True), other.get()
        finally:
            other.kill(block=False)
        taken: list[Payment] = [payment for payment in both if payment is not None]
        return min(taken, key=lambda payment: FURTHEST_FIRST.index(payment.state), default=None)

    def pay_instalment(
        self, order: PresaleOrder, desk: PresaleDesk | None = None, *, twice: bool = False
    ) -> Payment | None:
        """The payment as it was last seen: posted, declined, or still undecided; None if it was not taken."""
        desk = desk or self.shop
        key, method = self.festival.next_key(), self.method()
        payment = self.insist(lambda: desk.pay_due(order, key=key, method=method, twice=twice), desk)
        if payment is None:
            return None
        return desk.await_payment(payment, self.poll_pauses_s())
