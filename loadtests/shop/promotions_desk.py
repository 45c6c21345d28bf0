"""The promotions desk: coupons claimed and looked at, prices quoted, and orders at the quoted price or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.json import Decoder

from loadtests.crowd.visit import Festival
from loadtests.http.client import Client
from loadtests.shop import promotion_answers as promises
from loadtests.shop.answers import Order, WantedLine
from loadtests.shop.operations import BUSY, ORDER, Operation
from loadtests.shop.promises import Broken, broken_order
from loadtests.shop.promotion_answers import Coupon, Coupons, Quote
from loadtests.shop.storefront import Storefront

COUPON_REFUSALS = frozenset({"coupon_used", "coupon_not_applicable", "budget_spent"})
CLAIM = Operation(
    "POST /coupons/claims",
    201,
    Decoder(Coupon),
    BUSY | {"sold_out", "limit_per_buyer", "sale_not_open", "sale_closed", "request_in_progress"},
)
MY_COUPONS = Operation("GET /coupons/mine", 200, Decoder(Coupons))
QUOTE = Operation("POST /quotes", 200, Decoder(Quote), BUSY | {"price_changed", *COUPON_REFUSALS})
ORDER_WITH_COUPONS = Operation(
    ORDER.name,
    ORDER.status,
    ORDER.decoder,
    ORDER.refusals | COUPON_REFUSALS,
)


class PromotionsDesk(Storefront):
    """One buyer who knows what coupons are for, for one visit."""

    __slots__ = ("_uses",)

    def __init__(self, client: Client, festival: Festival, buyer: str) -> None:
        super().__init__(client, festival, buyer)
        self._uses: dict[str, str] = {}
        """The order that each coupon was used by."""

    def twin(self) -> PromotionsDesk:
        """The same buyer on a second device: shares the session and what is known of coupons."""
        twin = PromotionsDesk(self.client, self.festival, self.buyer)
        twin._uses = self._uses
        return twin

    def claim(self, campaign: str, *, key: str) -> Coupon | None:
        told: Coupon | None = None

        def broken(coupon: Coupon) -> Broken | None:
            nonlocal told
            told = coupon
            return promises.broken_claim(coupon, campaign, replayed=self.replayed)

        self._note_claim(key, "trying")
        coupon = self.ask(CLAIM, "/coupons/claims", broken, body={"campaign": campaign}, key=key)
        self._note_claim(key, "claimed" if told else self._doubt(), told.coupon if told else None)
        return coupon

    def _note_claim(self, key: str, state: str, coupon: str | None = None) -> None:
        answered = state != "trying"
        self.festival.note(
            buyer=self.buyer,
            key=key,
            step="claim",
            state=state,
            order=None,
            payment=None,
            amount_fen=0,
            code=self.refusal if answered else None,
            replayed=answered and self.replayed,
            subject=coupon,
        )

    def coupons(self, believed: Mapping[str, str | None] | None = None) -> list[Coupon] | None:
        """The buyer's coupons, held against what the buyer was told of them; see `broken_coupons`."""
        answer = self.ask(MY_COUPONS, "/coupons/mine", lambda coupons: promises.broken_coupons(coupons, believed or {}))
        return None if answer is None else answer.coupons

    def quote(self, lines: Sequence[WantedLine], coupons: Sequence[str] = ()) -> Quote | None:
        """What an order of these would come to now."""
        return self.ask(
            QUOTE,
            "/quotes",
            lambda quote: promises.broken_quote(quote, lines, coupons),
            body={"lines": lines, "coupons": coupons},
        )

    def order_quoted(
        self, lines: Sequence[WantedLine], coupons: Sequence[str], payable_fen: int, *, key: str
    ) -> Order | None:
        """Order at the price that was quoted, or not at all; with these coupons, which are used by one order."""
        told: Order | None = None

        def broken(order: Order) -> Broken | None:
            nonlocal told
            told = order
            return (
                self._forgotten(self._orders, key, order.order)
                or self._used_again(coupons, order.order)
                or broken_order(order, self.buyer, lines, None, replayed=self.replayed, told_fen=payable_fen)
            )

        self._note(key, "order", "trying", amount_fen=payable_fen)
        order = self.ask(
            ORDER_WITH_COUPONS if coupons else ORDER,
            "/orders",
            broken,
            body={"lines": lines, "coupons": coupons, "payable_fen": payable_fen},
            key=key,
        )
        return self._acknowledged(key, order, told, payable_fen)

    def _used_again(self, coupons: Sequence[str], order: str) -> Broken | None:
        """A coupon is used by one order, whichever of the buyer's devices sent it."""
        for coupon in coupons:
            if self._uses.setdefault(coupon, order) != order:
                return Broken("one coupon was used by two orders", f"{coupon}: {self._uses[coupon]} and {order}")
        return None
