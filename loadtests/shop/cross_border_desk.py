"""Goods from abroad as a buyer meets them: tariff, list, order with its duty, and the way through customs."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from msgspec.json import Decoder

from loadtests.crowd.visit import Festival
from loadtests.http.client import Client
from loadtests.shop import cross_border_answers as promises
from loadtests.shop.answers import Order, Parcels, WantedLine
from loadtests.shop.cross_border_answers import (
    Allowance,
    Declaration,
    Declarations,
    ImportedOrder,
    ImportedPage,
    ImportedSku,
    ImportedSkuDetail,
    Tariffs,
)
from loadtests.shop.operations import BUSY, ORDER, Operation
from loadtests.shop.promises import Broken, broken_parcels, sum_fen
from loadtests.shop.storefront import PER_PAGE, Storefront

TARIFFS = Operation("GET /imports/tariffs", 200, Decoder(Tariffs))
IMPORTS = Operation("GET /imports", 200, Decoder(ImportedPage))
VIEW_IMPORT = Operation("GET /skus/{sku}", 200, Decoder(ImportedSkuDetail))
ALLOWANCE = Operation("GET /imports/allowance", 200, Decoder(Allowance))
LIMITS = frozenset({"order_limit", "yearly_limit"})
ORDER_IMPORTS = Operation("POST /orders", 201, Decoder(ImportedOrder), ORDER.refusals | LIMITS)
ORDER_TOO_MUCH = Operation("POST /orders", 201, Decoder(ImportedOrder), ORDER.refusals | LIMITS | {"mixed_origins"})
CANCEL = Operation("POST /orders/{order}/cancellations", 200, Decoder(Order), BUSY | {"illegal_transition"})
TAKE_BACK = Operation(
    "POST /orders/{order}/refunds",
    202,
    Decoder(ImportedOrder),
    BUSY | {"request_in_progress", "illegal_transition"},
)
"""Whoever asks when it is on its way already, or rejected and paid back, is too late."""
DECLARATIONS = Operation("GET /declarations", 200, Decoder(Declarations))
CUSTOMS_ORDER = Operation("GET /orders/{order}", 200, Decoder(ImportedOrder))
PARCELS = Operation("GET /shipments", 200, Decoder(Parcels))


class CrossBorderDesk(Storefront):
    """One buyer of goods from abroad, for one visit; `tariffs` first, for everything else is held against them."""

    __slots__ = ("_declared", "_tariffs")

    def __init__(self, client: Client, festival: Festival, buyer: str) -> None:
        super().__init__(client, festival, buyer)
        self._tariffs: Tariffs | None = None
        self._declared: dict[str, list[tuple[str, float]]] = {}

    def tariffs(self) -> Tariffs | None:
        self._tariffs = self.ask(TARIFFS, "/imports/tariffs", lambda _: None)
        return self._tariffs

    def imports(self, page: int) -> ImportedPage | None:
        tariffs = self._known_tariffs()
        return self.ask(
            IMPORTS,
            f"/imports?page={page}&per_page={PER_PAGE}",
            lambda answer: promises.broken_imports(answer, page, tariffs),
        )

    def view_import(self, sku: str) -> ImportedSkuDetail | None:
        tariffs = self._known_tariffs()
        return self.ask(VIEW_IMPORT, f"/skus/{quote(sku)}", lambda answer: promises.broken_goods(answer, tariffs))

    def allowance(self) -> Allowance | None:
        tariffs = self._known_tariffs()

        def broken(answer: Allowance) -> Broken | None:
            if answer.spent_fen > tariffs.yearly_limit_fen:
                return Broken("a year's sum is beyond its limit", f"{self.buyer}: {answer.spent_fen} fen")
            if answer.spent_fen + answer.left_fen != tariffs.yearly_limit_fen:
                return Broken("an allowance does not add up", f"{answer.spent_fen} and {answer.left_fen} fen")
            return None

        return self.ask(ALLOWANCE, "/imports/allowance", broken)

    def order_imports(self, goods: Sequence[tuple[ImportedSku, int]], *, key: str) -> ImportedOrder | None:
        """So many units of each, at the price and duty shown."""
        wanted = [WantedLine(sku.sku, quantity, sku.price_fen) for sku, quantity in goods]
        return self._order(ORDER_IMPORTS, wanted, sum(sku.imported.duty_fen * units for sku, units in goods), key)

    def order_too_much(self, wanted: Sequence[WantedLine], *, key: str) -> ImportedOrder | None:
        """What the shop must refuse; an order made all the same is one broken promise, and in the journal."""
        return self._order(ORDER_TOO_MUCH, wanted, 0, key)

    def _order(
        self, operation: Operation[ImportedOrder], wanted: Sequence[WantedLine], duty_fen: int, key: str
    ) -> ImportedOrder | None:
        tariffs = self._known_tariffs()
        amount_fen = sum_fen(wanted) + duty_fen
        told: ImportedOrder | None = None

        def broken(order: ImportedOrder) -> Broken | None:
            nonlocal told
            told = order
            if operation is ORDER_TOO_MUCH:
                return Broken("what may not be sold was sold", f"{order.order}: {sum_fen(wanted)} fen")
            return self._forgotten(self._orders, key, order.order) or promises.broken_imported_order(
                order, self.buyer, wanted, duty_fen, tariffs, replayed=self.replayed
            )

        self._note(key, "order", "trying", amount_fen=amount_fen)
        order = self.ask(operation, "/orders", broken, body={"lines": wanted}, key=key)
        state = "placed" if told is not None else self._doubt()
        self._note(key, "order", state, order=told.order if told else None, amount_fen=amount_fen)
        if order is not None and key not in self._counted:
            self._counted.add(key)
            self.festival.count(orders=1)
        return order

    def cancel(self, order: ImportedOrder) -> Order | None:
        def broken(answer: Order) -> Broken | None:
            if (answer.order, answer.state) != (order.order, "cancelled"):
                return Broken("a cancelled order is not cancelled", f"{answer.order} is {answer.state}")
            return None

        return self.ask(CANCEL, f"/orders/{quote(order.order)}/cancellations", broken, body=None)

    def take_back(self, order: ImportedOrder, *, key: str) -> ImportedOrder | None:
        """Ask for the money back, duty and all."""

        def broken(answer: ImportedOrder) -> Broken | None:
            if (answer.order, answer.state, answer.payable_fen) != (order.order, "refunded", order.payable_fen):
                return Broken("an order taken back is not refunded", f"{answer.order} is {answer.state}")
            return None

        return self.ask(TAKE_BACK, f"/orders/{quote(order.order)}/refunds", broken, key=key)

    def declaration(self, order: ImportedOrder, *, is_packed: bool) -> Declaration | None:
        """How far it has come; None also for the moment in which it is not written down yet.

        `is_packed`: a parcel of the order was seen before this look, so customs must have cleared it.
        """
        seen = self._declared.get(order.order, [])

        def broken(answer: Declarations) -> Broken | None:
            if is_packed and [found.state for found in answer.declarations] != ["cleared"]:
                return Broken("a parcel was made before customs cleared it", order.order)
            return promises.broken_declarations(answer, order, seen)

        answer = self.ask(DECLARATIONS, f"/declarations?order={quote(order.order)}", broken)
        if answer is None or not answer.declarations:
            return None
        self._declared[order.order] = answer.declarations[0].history
        return answer.declarations[0]

    def parcels(self, order: ImportedOrder) -> Parcels | None:
        return self.ask(PARCELS, f"/shipments?order={quote(order.order)}", lambda answer: broken_parcels(answer, order))

    def rejected_order(self, order: ImportedOrder) -> ImportedOrder | None:
        """An order customs rejected: it has ended, and its money is on its way back."""

        def broken(answer: ImportedOrder) -> Broken | None:
            if (answer.order, answer.payable_fen) != (order.order, order.payable_fen):
                return Broken("this is another order", f"asked for {order.order}, got {answer.order}")
            if answer.state != "refunded":
                return Broken("a rejected order is not refunded", f"{answer.order} is {answer.state}")
            return None

        return self.ask(CUSTOMS_ORDER, f"/orders/{quote(order.order)}", broken)

    def _known_tariffs(self) -> Tariffs:
        if self._tariffs is None:
            raise RuntimeError("ask for the tariffs first")
        return self._tariffs
