"""A merchant's desk on the open platform: each step is one request and one verdict on its body."""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import quote

from msgspec.json import Decoder

from loadtests.crowd.visit import Festival
from loadtests.http.client import Client
from loadtests.shop import marketplace_answers as promises
from loadtests.shop.answers import Session
from loadtests.shop.dialogue import Dialogue
from loadtests.shop.marketplace_answers import (
    Application,
    MerchantSession,
    OwnSku,
    OwnSkus,
    PriceInForce,
    Restocked,
    Sales,
    Statements,
)
from loadtests.shop.operations import BUSY, Operation
from loadtests.shop.promises import Broken

ONCE = BUSY | {"request_in_progress"}
APPLY = Operation("POST /merchants", 202, Decoder(Application), ONCE)
SIGN_IN = Operation("POST /merchants/sessions", 201, Decoder(MerchantSession), BUSY | {"not_admitted"})
GOODS = Operation("GET /merchants/mine/skus", 200, Decoder(OwnSkus))
LIST = Operation("POST /merchants/mine/skus", 201, Decoder(OwnSku), ONCE | {"listing_limit"})
PRICE = Operation("GET /merchants/mine/skus/{sku}/price", 200, Decoder(PriceInForce))
REPRICE = Operation("PUT /merchants/mine/skus/{sku}/price", 200, Decoder(PriceInForce))
RESTOCK = Operation("POST /merchants/mine/skus/{sku}/restocks", 201, Decoder(Restocked), ONCE)
SALES = Operation("GET /merchants/mine/orders", 200, Decoder(Sales))
STATEMENTS = Operation("GET /merchants/mine/settlements", 200, Decoder(Statements))
PER_PAGE = 20


class MarketplaceDesk(Dialogue):
    """One merchant's clerk, for one visit. `buyer` is the merchant; `secret` opens the session."""

    __slots__ = ("_restocks", "buyer", "festival", "secret", "sellers")

    def __init__(self, client: Client, festival: Festival, buyer: str, secret: str = "") -> None:
        super().__init__(client, festival.timeout_s)
        self.festival = festival
        self.buyer = buyer
        self.secret = secret
        self.sellers: Mapping[str, str] = festival.shop.get("marketplace", {}).get("sellers", {})
        """Whose the popular SKUs are, as far as the set-up saw."""
        self._restocks: dict[str, str] = {}
        """The restock that each key was first answered with."""

    def apply(self, name: str, city: str, secret: str, *, key: str) -> Application | None:
        """Apply to sell here; from now on this desk is the newcomer's."""

        def broken(application: Application) -> Broken | None:
            if application.name != name:
                return Broken("the application is another's", f"{name} applied, got {application.name}")
            return None

        body = {"name": name, "city": city, "secret": secret}
        application = self.ask_once(APPLY, "/merchants", broken, body=body, key=key)
        if application is not None:
            self.buyer, self.secret = application.merchant, secret
        return application

    def sign_in(self) -> Session | None:
        """Open a merchant's session; None and `not_admitted` while the application is under review."""
        self.leave_session()
        opened = self.ask_once(
            SIGN_IN, "/merchants/sessions", self._broken_session, body={"merchant": self.buyer, "secret": self.secret}
        )
        if opened is None:
            return None
        session = Session(opened.merchant, opened.token, opened.expires_at)
        self.carry(session)
        return session

    def _broken_session(self, session: MerchantSession) -> Broken | None:
        if session.merchant != self.buyer:
            return Broken("the session is another merchant's", f"asked for {self.buyer}, got {session.merchant}")
        if session.expires_at <= time.time():
            return Broken("the new session has expired already", self.buyer)
        return None

    def goods(self, page: int = 1) -> OwnSkus | None:
        return self.ask(
            GOODS,
            f"/merchants/mine/skus?page={page}&per_page={PER_PAGE}",
            lambda goods: promises.broken_goods(goods, self.buyer, page, PER_PAGE),
        )

    def list_sku(self, title: str, category: str, price_fen: int, units: int, *, key: str) -> OwnSku | None:
        def broken(sku: OwnSku) -> Broken | None:
            if (sku.merchant, sku.title, sku.price_fen) != (self.buyer, title, price_fen):
                return Broken("the SKU is not the one listed", f"{title} at {price_fen}, got {sku}")
            return None

        body = {"title": title, "category": category, "price_fen": price_fen, "units": units}
        return self.ask(LIST, "/merchants/mine/skus", broken, body=body, key=key)

    def reprice(self, sku: str, price_fen: int) -> PriceInForce | None:
        return self.ask(
            REPRICE,
            f"/merchants/mine/skus/{quote(sku)}/price",
            lambda price: promises.broken_price(price, sku, price_fen),
            body={"price_fen": price_fen},
        )

    def read_back(self, known: PriceInForce) -> PriceInForce | None:
        """The price in force: the one set, unless a colleague has set another since."""
        return self.ask(
            PRICE,
            f"/merchants/mine/skus/{quote(known.sku)}/price",
            lambda price: promises.broken_readback(price, known),
        )

    def restock(self, sku: str, quantity: int, *, key: str) -> Restocked | None:
        """Bring units; sent again with the same key they are added once."""

        def broken(restock: Restocked) -> Broken | None:
            first = self._restocks.setdefault(key, restock.restock) if self.replayed else self._restocks.get(key)
            self._restocks.setdefault(key, restock.restock)
            return promises.broken_restock(restock, sku, quantity, first, replayed=self.replayed)

        path = f"/merchants/mine/skus/{quote(sku)}/restocks"
        return self.ask(RESTOCK, path, broken, body={"quantity": quantity}, key=key)

    def sales(self, page: int = 1) -> Sales | None:
        return self.ask(
            SALES,
            f"/merchants/mine/orders?page={page}&per_page={PER_PAGE}",
            lambda sales: promises.broken_sales(sales, self.buyer, self.sellers, page, PER_PAGE),
        )

    def statements(self, page: int = 1) -> Statements | None:
        """What was settled, the latest first; what a merchant was told of each goes into the journal."""
        told = self.ask(
            STATEMENTS,
            f"/merchants/mine/settlements?page={page}&per_page={PER_PAGE}",
            lambda statements: promises.broken_statements(statements, self.buyer, page, PER_PAGE),
        )
        for statement in told.settlements if told is not None else ():
            self.festival.note(
                buyer=self.buyer,
                key=f"{statement.settlement}/{self.buyer}",
                step="settle",
                state="stated",
                order=None,
                payment=None,
                amount_fen=statement.net_fen,
                code=None,
                replayed=False,
                subject=statement.settlement,
            )
        return told
