"""What a scenario needs of a shop: fulfil this protocol for your own, and every scenario runs against it.

`storefront.Storefront` fulfils it for the mock platform, `own_shop.OwnShop` for a shop that offers fewer steps. A
scenario makes its adapter anew for each visit, with `(client, festival, buyer)`; see `scenarios/README.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from loadtests.shop.answers import (
    Cart,
    FlashSale,
    Order,
    Parcel,
    Payment,
    Session,
    SkuDetail,
    SkuPage,
    WantedLine,
)


class ShopAdapter(Protocol):
    """One shopper's dealings with a shop.

    A step returns what was served, or None: then `refusal` holds the shop's stable code if it said no as it
    should, and is None if the step failed. Every step has checked the body: what it returns was promised.
    """

    known: ClassVar[Mapping[str, Any]]
    """What there is in the shop where it does not say so itself: customers, skus, categories."""
    refusal: str | None

    @staticmethod
    def customer(number: int) -> str:
        """The customer of a number, from 1 to as many as the shop has (`festival.shop["customers"]`)."""

    @staticmethod
    def sku(rank: int) -> str:
        """The SKU of a rank of popularity, from 1 to as many as the shop has (`festival.shop["skus"]`)."""

    def sign_in(self) -> Session | None: ...

    def browse(self, *, category: str | None = None, page: int = 1) -> SkuPage | None: ...

    def search(self, words: str, *, known: bool = False) -> SkuPage | None:
        """`known`: the words come from a title seen in this shop, so finding nothing is a broken promise."""

    def view(self, sku: str) -> SkuDetail | None: ...

    def open_cart(self) -> Cart | None: ...

    def add_to_cart(self, sku: str, quantity: int = 1) -> Cart | None: ...

    def flash_sales(self) -> list[FlashSale] | None: ...

    def order(
        self,
        lines: Sequence[WantedLine],
        flash_sale: str | None = None,
        *,
        key: str,
        patience_s: float | None = None,
        hang_up: bool = False,
    ) -> Order | None:
        """Place an order under an idempotency key; asked again with the same key it must be the same order.

        `patience_s` is how long this buyer waits for the answer. With `hang_up`, walking away then is the
        buyer's own doing (refusal `hung_up`); without it the shop was too slow, and the step failed.
        """

    def pay(
        self,
        order: Order,
        *,
        key: str,
        method: str = "alipay",
        patience_s: float | None = None,
        hang_up: bool = False,
    ) -> Payment | None: ...

    def await_payment(self, payment: Payment, pauses_s: Iterable[float]) -> Payment | None:
        """Ask after the payment, once after each pause, until it is decided; the last answer, or None."""

    def my_order(self, order: Order) -> Order | None: ...

    def track(self, order: Order) -> list[Parcel] | None: ...
