"""Claims coupons before midnight, then asks what the cart comes to with them and orders at that price or not at all.

Sometimes spends the same coupon from two devices at once, each order under a key of its own: one of them must be told
that it is used.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

import gevent

from loadtests.scenarios.cart_loaded_buyer import CartLoadedBuyer
from loadtests.shop.answers import Order, WantedLine
from loadtests.shop.promises import sum_fen
from loadtests.shop.promotion_answers import Coupon, Quote
from loadtests.shop.promotions_desk import PromotionsDesk

SECOND_THOUGHTS = frozenset({"price_changed", "coupon_used", "coupon_not_applicable", "budget_spent"})
"""Why a buyer would ask for a new quote and order once more."""


class CouponHunter(CartLoadedBuyer):
    weight = 1
    adapter: ClassVar[type[PromotionsDesk]] = PromotionsDesk
    claims_most: ClassVar[int] = 3
    choose_s: ClassVar[float] = 0.2
    """Mean time from the quote to the tap on "submit"."""
    twice_share: ClassVar[float] = 0.3
    """Of orders with a coupon, how many are sent from two devices at once."""

    shop: PromotionsDesk

    def stay(self) -> None:
        self.claim()
        cart = self.cart()
        if cart is None:
            return
        cart = self.wait_for_midnight(cart)
        lines = cart.wanted()
        if not self.spend(lines, self.usable(lines)) and self.shop.refusal in SECOND_THOUGHTS:
            latest = self.shop.open_cart()
            if latest is not None and latest.lines:
                self.spend(latest.wanted(), [])

    def campaigns(self) -> dict[str, list[str] | None]:
        """What can be claimed, and the SKUs for which it is good; None: all."""
        set_up = self.festival.shop.get("promotions") or {}
        return {known["campaign"]: known["skus"] for known in set_up.get("campaigns", ())}

    def claim(self) -> None:
        """Some of what there is. Who has been here before may have all one can have."""
        campaigns = list(self.campaigns())
        self.rng.shuffle(campaigns)
        for campaign in campaigns[: self.rng.randint(1, self.claims_most)]:
            key = self.festival.next_key()
            self.insist(lambda campaign=campaign, key=key: self.shop.claim(campaign, key=key))  # type: ignore[misc]

    def usable(self, lines: Sequence[WantedLine]) -> list[str]:
        """The best coupon of each giver that these lines seem to be worth; the shop has the last word."""
        campaigns = self.campaigns()
        best: dict[str | None, Coupon] = {}
        for coupon in self.shop.coupons() or () if campaigns else ():
            skus = campaigns.get(coupon.campaign)
            covered = [line for line in lines if skus is None or line.sku in skus]
            if coupon.used_by is not None or coupon.campaign not in campaigns or coupon.starts_at > time.time():
                continue
            known = best.get(coupon.merchant)
            if sum_fen(covered) >= coupon.minimum_spend_fen and (known is None or known.face_fen < coupon.face_fen):
                best[coupon.merchant] = coupon
        return [coupon.coupon for coupon in best.values()]

    def spend(self, lines: Sequence[WantedLine], coupons: Sequence[str]) -> bool:
        """Ask for a quote, order at that price, pay; False if there is no order."""
        quote = self.shop.quote(lines, coupons)
        if quote is None:
            return False
        self.think(self.choose_s)
        if coupons and self.rng.random() < self.twice_share:
            order = self.order_twice(lines, coupons, quote)
        else:
            order = self.order(self.shop, lines, coupons, quote)
        if order is None:
            return False
        self.think(self.checkout_s)
        payment = self.pay(order)
        if payment is not None:
            self.see_through(order, payment)
        return True

    def order(
        self, desk: PromotionsDesk, lines: Sequence[WantedLine], coupons: Sequence[str], quote: Quote
    ) -> Order | None:
        key = self.festival.next_key()
        return self.insist(lambda: desk.order_quoted(lines, coupons, quote.payable_fen, key=key), desk)

    def order_twice(self, lines: Sequence[WantedLine], coupons: Sequence[str], quote: Quote) -> Order | None:
        """The same coupons from two devices at once; then the list of coupons must say which order has them."""
        twin = self.shop.twin()
        other = gevent.spawn(self.order, twin, lines, coupons, quote)
        try:
            mine = self.order(self.shop, lines, coupons, quote)
            theirs: Order | None = other.get()
        finally:
            other.kill(block=False)
        refusal = self.shop.refusal
        order = mine or theirs
        if order is not None:
            self.shop.coupons(dict.fromkeys(coupons, order.order))
        elif refusal == twin.refusal == "coupon_used" and len(coupons) == 1:
            self.shop.coupons({coupons[0]: None})
        self.shop.refusal = refusal
        return order
