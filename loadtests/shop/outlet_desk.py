"""Buying online and fetching in town, as a buyer meets it: outlets, their shelves, a reservation and its code."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from msgspec.json import Decoder

from loadtests.crowd.visit import Festival
from loadtests.http.client import Client
from loadtests.shop import operations
from loadtests.shop import outlet_answers as promises
from loadtests.shop.answers import Order, WantedLine
from loadtests.shop.operations import BUSY, Operation
from loadtests.shop.outlet_answers import Outlet, OutletOrder, Outlets, Pickup, Shelf
from loadtests.shop.promises import Broken, sum_fen
from loadtests.shop.storefront import Storefront

OUTLETS = Operation("GET /outlets", 200, Decoder(Outlets))
SHELF = Operation("GET /outlets/{outlet}/stock", 200, Decoder(Shelf))
RESERVE = Operation("POST /orders", 201, Decoder(OutletOrder), operations.ORDER.refusals)
PICKUP = Operation("GET /orders/{order}/pickup", 200, Decoder(Pickup))
REFUND = Operation(
    "POST /orders/{order}/refunds", 202, Decoder(OutletOrder), BUSY | {"request_in_progress", "illegal_transition"}
)
"""Whoever asks after the goods expired is too late: they are paid back already."""
PER_PAGE = 20


class OutletDesk(Storefront):
    """One buyer who means to fetch something in town, for one visit."""

    __slots__ = ("_codes",)

    def __init__(self, client: Client, festival: Festival, buyer: str) -> None:
        super().__init__(client, festival, buyer)
        self._codes: dict[str, str] = {}

    def come_back(self) -> None:
        """Speak for oneself again, after a clerk spoke over the same connection."""
        if self._session is not None:
            self.carry(self._session)

    def outlets(self, city: str) -> list[Outlet] | None:
        query = urlencode({"city": city, "per_page": PER_PAGE})
        answer = self.ask(OUTLETS, f"/outlets?{query}", lambda found: promises.broken_outlets(found, city, PER_PAGE))
        return None if answer is None else answer.outlets

    def shelf(self, outlet: str) -> Shelf | None:
        return self.ask(
            SHELF,
            f"/outlets/{quote(outlet)}/stock?per_page={PER_PAGE}",
            lambda answer: promises.broken_shelf(answer, outlet, PER_PAGE),
        )

    def reserve(self, outlet: str, wanted: Sequence[WantedLine], *, key: str) -> OutletOrder | None:
        """Order from an outlet's shelf, to be fetched there."""
        amount_fen = sum_fen(wanted)
        told: OutletOrder | None = None

        def broken(order: OutletOrder) -> Broken | None:
            nonlocal told
            told = order
            return self._forgotten(self._orders, key, order.order) or promises.broken_reservation(
                order, self.buyer, outlet, wanted, replayed=self.replayed
            )

        self._note(key, "order", "trying", amount_fen=amount_fen)
        order = self.ask(RESERVE, "/orders", broken, body={"lines": wanted, "outlet": outlet}, key=key)
        state = "placed" if told is not None else self._doubt()
        self._note(key, "order", state, order=told.order if told else None, amount_fen=amount_fen)
        if order is not None and key not in self._counted:
            self._counted.add(key)
            self.festival.count(orders=1)
        return order

    def pickup(self, order: Order, outlet: str) -> Pickup | None:
        """How far it has come; with the code while the goods wait."""
        answer = self.ask(
            PICKUP,
            f"/orders/{quote(order.order)}/pickup",
            lambda pickup: promises.broken_pickup(pickup, order, outlet, self._codes.get(order.order)),
        )
        if answer is not None and answer.code is not None:
            self._codes[order.order] = answer.code
        return answer

    def give_up(self, order: Order, *, key: str) -> OutletOrder | None:
        """Ask for the money back instead of coming."""
        told = False

        def broken(answer: OutletOrder) -> Broken | None:
            nonlocal told
            if (answer.order, answer.state) != (order.order, "refunded"):
                return Broken("an order given back is not refunded", f"{answer.order} is {answer.state}")
            told = True
            return None

        self._note(key, "refund", "trying", order=order.order, amount_fen=order.payable_fen)
        answer = self.ask(REFUND, f"/orders/{quote(order.order)}/refunds", broken, key=key)
        state = "refunded" if told else self._doubt()
        self._note(key, "refund", state, order=order.order, amount_fen=order.payable_fen)
        return answer
