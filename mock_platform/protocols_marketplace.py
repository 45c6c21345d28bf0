"""The marketplace's own seams: what merchants see of catalogue and orders, their accounts, and settlement batches."""

from __future__ import annotations

from typing import Protocol

from mock_platform.domain.merchant import MerchantAccount
from mock_platform.domain.order import Order
from mock_platform.domain.paging import Page
from mock_platform.domain.payout import Batch, Statement
from mock_platform.domain.price_list import PriceList
from mock_platform.domain.restock import Restock
from mock_platform.domain.sku import Sku
from mock_platform.protocols import CatalogueStore, OrderStore


class MerchantsCatalogue(CatalogueStore, Protocol):
    """The catalogue as those who sell see it: a price and its place in the price list change together."""

    async def list_sku(self, sku: Sku, at: float) -> Sku:
        """Put a new SKU on sale at that instant; asked again for one id: no change, the SKU as it is now."""

    async def reprice(self, sku: str, price_fen: int, at: float) -> Sku:
        """The new price is in force, and in the price list, from that instant. Or UnknownSku."""

    async def price_list(self, sku: str) -> PriceList:
        """Or UnknownSku."""

    async def price_lists(self) -> list[PriceList]:
        """Of every SKU, at one instant. The memory engine does not suspend."""

    async def skus_of(self, merchant: str, page: int, per_page: int) -> Page[Sku]:
        """One merchant's SKUs, the first put first."""


class SalesStore(OrderStore, Protocol):
    """Orders as their merchants see them."""

    async def sold_by(self, merchant: str, page: int, per_page: int) -> Page[Order]:
        """Orders with a line of this merchant's that were paid, the newest first. The rest of them is in there too."""

    async def unsettled(self, limit: int) -> list[Order]:
        """Orders delivered, or forfeited a deposit, and not settled, the oldest first."""

    async def settled_in(self, settlement: str) -> list[Order]:
        """Orders marked with this batch."""


class MerchantStore(Protocol):
    async def subject(self, owner: str, key: str, fingerprint: str, subject: str) -> tuple[str, bool]:
        """The id of what is made under this key, for good: `subject` if the key is new. And whether it was known.

        KeyReused if it was used with another fingerprint; Overloaded if there are too many. What is made is safe to
        make twice, so nothing is locked.
        """

    async def apply(self, application: MerchantAccount) -> MerchantAccount:
        """Write it down; asked again for one id: no change, as it stands. Overloaded if there are too many."""

    async def applications(self, limit: int) -> list[MerchantAccount]:
        """Those not reviewed to the end, oldest first."""

    async def admit(self, merchant: str, at: float) -> MerchantAccount:
        """Decide by the rule, against the names of all who are in; decided before: as it stands. Or NotFound."""

    async def reviewed(self, merchant: str) -> None:
        """The application needs no more looking at."""

    async def account(self, merchant: str) -> MerchantAccount:
        """Or NotFound."""

    async def accounts(self) -> list[MerchantAccount]: ...

    async def set_secret(self, merchant: str, secret_digest: bytes) -> None:
        """Or NotFound."""

    async def ask_restock(self, restock: Restock) -> Restock:
        """Write it down; asked again for one id: no change, as it stands."""

    async def restock_added(self, restock: str) -> Restock:
        """The stock has the units."""

    async def restocks_asked(self, before: float, limit: int) -> list[Restock]:
        """Those not added that were asked for at or before that instant, oldest first."""

    async def restocks(self) -> list[Restock]: ...

    async def under_way(self) -> int:
        """Applications and restocks not dealt with yet. Cheap."""


class SettlementStore(Protocol):
    async def open(self, settlement: str, at: float) -> Batch:
        """The batch that is open; if none is, a new one of this id."""

    async def is_open(self) -> bool:
        """Whether a batch is open. Cheap."""

    async def close(self, batch: Batch) -> Batch:
        """Closed for good, with its orders and statements; closed before: no change, as it was closed then."""

    async def statements_of(self, merchant: str, page: int, per_page: int) -> Page[Statement]:
        """The newest first."""

    async def batches(self) -> list[Batch]: ...
