"""Buys from abroad: works the shown duty out again, orders, pays, and follows the parcel's papers through customs.

Some push over the limits on purpose: more than 5,000 yuan in one order, more than 26,000 in one year, or goods from
abroad together with others. Each of these must be refused.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from loadtests.scenarios.buyer import Buyer
from loadtests.shop.answers import WantedLine
from loadtests.shop.cross_border_answers import ImportedOrder, ImportedSku, Tariffs
from loadtests.shop.cross_border_desk import CrossBorderDesk

DECIDED = frozenset({"cleared", "rejected", "withdrawn"})
UNITS_MOST = 99


class CrossBorderBuyer(Buyer):
    """Of ten visits, some look only, most buy one thing or two, and a few try what they may not have."""

    weight = 1
    adapter = CrossBorderDesk
    pages_most: ClassVar[int] = 5
    choose_s: ClassVar[float] = 0.5
    look_only_share: ClassVar[float] = 0.25
    push_share: ClassVar[float] = 0.15
    """Of visits, how many try what must be refused."""
    second_share: ClassVar[float] = 0.3
    take_back_share: ClassVar[float] = 0.05
    """Of who paid, how many think better of it while customs are thinking."""
    dear_orders_most: ClassVar[int] = 10
    """Orders of one who means to fill the year: each is worth several thousand yuan."""
    looks_at_customs: ClassVar[int] = 8
    look_again_s: ClassVar[float] = 0.6

    shop: CrossBorderDesk

    def stay(self) -> None:
        tariffs = self.shop.tariffs()
        if tariffs is None:
            return
        goods = self.goods()
        if not goods or not self.think(self.choose_s):
            return
        chance = self.rng.random()
        if chance < self.push_share:
            self.rng.choice((self.push_order, self.push_year, self.push_mix))(goods, tariffs)
        elif chance < self.push_share + self.look_only_share:
            self.shop.view_import(self.rng.choice(goods).sku)
        else:
            self.buy_imports(goods, tariffs)

    def goods(self) -> list[ImportedSku] | None:
        """A page of the list: mostly the first, where the popular things are."""
        page = self.shop.imports(1)
        if page is None:
            return None
        number = min(page.pages, 1 + self.some(1.0, self.pages_most - 1))
        if number > 1 and self.think(self.choose_s):
            page = self.shop.imports(number)
        return None if page is None else page.skus

    # -- buying ------------------------------------------------------------------------------------------------

    def buy_imports(self, goods: list[ImportedSku], tariffs: Tariffs) -> None:
        wanted = self.within_limit(goods, tariffs)
        order = self.place_imports(wanted)
        if order is None and self.shop.refusal == "price_changed":  # a new rate came while we were choosing
            fresh = [(detail, units) for sku, units in wanted if (detail := self.shop.view_import(sku.sku))]
            order = self.place_imports(fresh) if len(fresh) == len(wanted) else None
        if order is None or not self.think(self.checkout_s):
            return
        payment = self.pay(order)
        settled = self.shop.await_payment(payment, self.poll_pauses_s()) if payment is not None else None
        if settled is not None and settled.state == "posted":
            if self.rng.random() < self.take_back_share:
                self.shop.take_back(order, key=self.festival.next_key())
            self.follow(order)

    def within_limit(self, goods: list[ImportedSku], tariffs: Tariffs) -> list[tuple[ImportedSku, int]]:
        """One thing; perhaps a second, if both together may come in one order."""
        first = self.rng.choice(goods)
        second = self.rng.choice(goods)
        fits = first.price_fen + second.price_fen <= tariffs.order_limit_fen and first.sku != second.sku
        return [(first, 1), (second, 1)] if fits and self.rng.random() < self.second_share else [(first, 1)]

    def place_imports(self, wanted: Sequence[tuple[ImportedSku, int]]) -> ImportedOrder | None:
        key = self.festival.next_key()
        return self.insist(lambda: self.shop.order_imports(wanted, key=key))

    def follow(self, order: ImportedOrder) -> None:
        """Until customs have decided, as long as a buyer would wait; nothing may leave before."""
        for _ in range(self.looks_at_customs):
            # Parcels first: those seen now must have been cleared by the time of the second look.
            parcels = self.shop.parcels(order)
            if parcels is None:
                return
            declaration = self.shop.declaration(order, is_packed=bool(parcels.shipments))
            if declaration is not None and declaration.state in DECIDED:
                if declaration.state == "rejected":
                    self.shop.rejected_order(order)
                return
            if not self.think(self.look_again_s):
                return

    # -- trying what may not be --------------------------------------------------------------------------------

    def push_order(self, goods: list[ImportedSku], tariffs: Tariffs) -> None:
        """More than 5,000 yuan of something that could be divided."""
        sku = self.rng.choice(goods)
        units = max(2, tariffs.order_limit_fen // sku.price_fen + 1)
        if units <= UNITS_MOST:
            self.refused([WantedLine(sku.sku, units, sku.price_fen)])

    def push_mix(self, goods: list[ImportedSku], tariffs: Tariffs) -> None:
        """Something from abroad together with something that is in the country."""
        at_home = self.shop.view(self.wanted_sku())
        if at_home is not None:
            sku = self.rng.choice(goods)
            self.refused([WantedLine(sku.sku, 1, sku.price_fen), WantedLine(at_home.sku, 1, at_home.price_fen)])

    def push_year(self, goods: list[ImportedSku], tariffs: Tariffs) -> None:
        """One dear thing after another, until the shop says that the year is full; then all is given up again."""
        dear = max(goods, key=lambda sku: sku.price_fen)
        mine: list[ImportedOrder] = []
        if self.shop.allowance() is None:
            return
        while len(mine) < self.dear_orders_most and self.ours_fen(mine) + dear.price_fen <= tariffs.yearly_limit_fen:
            order = self.place_imports([(dear, 1)])
            if order is None:
                break
            mine.append(order)
        else:
            if self.ours_fen(mine) + dear.price_fen > tariffs.yearly_limit_fen:
                self.refused([WantedLine(dear.sku, 1, dear.price_fen)])
        for order in mine:
            self.shop.cancel(order)

    def ours_fen(self, orders: list[ImportedOrder]) -> int:
        """What this visit's orders count for the year, as far as they surely live."""
        now = time.time()
        return sum(
            line.quantity * line.unit_price_fen
            for order in orders
            if order.pay_before > now + 1
            for line in order.lines
        )

    def refused(self, wanted: list[WantedLine]) -> None:
        key = self.festival.next_key()
        self.insist(lambda: self.shop.order_too_much(wanted, key=key))
