"""An outlet's clerk at counter and till: codes for goods, goods for money. All goes into the journal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from urllib.parse import quote

from msgspec.json import Decoder

from loadtests.crowd.visit import Festival
from loadtests.http.client import Client
from loadtests.shop import outlet_answers as promises
from loadtests.shop.answers import Order, Session, WantedLine
from loadtests.shop.dialogue import Dialogue
from loadtests.shop.operations import BUSY, HUNG_UP, Operation
from loadtests.shop.outlet_answers import CLOCKS_APART_S, ClerkSession, HandedOver, Receipt, Shelf
from loadtests.shop.outlet_desk import PER_PAGE, SHELF
from loadtests.shop.promises import Broken, sum_fen

ONCE = BUSY | {"request_in_progress"}
SIGN_IN = Operation("POST /outlets/{outlet}/sessions", 201, Decoder(ClerkSession))
HAND_OVER = Operation("POST /outlets/{outlet}/pickups", 201, Decoder(HandedOver), ONCE | {"too_many_codes"})
HAND_OVER_LATE = Operation(HAND_OVER.name, 201, Decoder(HandedOver), HAND_OVER.refusals | {"illegal_transition"})
"""After `collect_before` the goods may be gone, and the shop may say so."""
TRY_CODE = Operation(
    HAND_OVER.name, 201, Decoder(HandedOver), HAND_OVER.refusals | {"unknown_code", "illegal_transition"}
)
"""A code that must not work: made up, of another outlet, or spent."""
SELL = Operation("POST /outlets/{outlet}/sales", 201, Decoder(Receipt), ONCE | {"sold_out", "price_changed"})


class ClerkDesk(Dialogue):
    """One outlet's clerk, for one visit. `secret` opens the session."""

    __slots__ = ("_counted", "_sales", "festival", "outlet", "secret")

    def __init__(self, client: Client, festival: Festival, outlet: str, secret: str) -> None:
        super().__init__(client, festival.timeout_s)
        self.festival = festival
        self.outlet = outlet
        self.secret = secret
        self._sales: dict[str, str] = {}
        """The sale that each key was first answered with."""
        self._counted: set[str] = set()

    @property
    def _path(self) -> str:
        return f"/outlets/{quote(self.outlet)}"

    def sign_in(self) -> Session | None:
        self.leave_session()
        opened = self.ask_once(SIGN_IN, f"{self._path}/sessions", self._broken_session, body={"secret": self.secret})
        if opened is None:
            return None
        session = Session(opened.outlet, opened.token, opened.expires_at)
        self.carry(session)
        return session

    def _broken_session(self, session: ClerkSession) -> Broken | None:
        if session.outlet != self.outlet:
            return Broken("the session is another outlet's", f"asked for {self.outlet}, got {session.outlet}")
        if session.expires_at <= time.time():
            return Broken("the new session has expired already", self.outlet)
        return None

    def shelf(self) -> Shelf | None:
        return self.ask(
            SHELF,
            f"{self._path}/stock?per_page={PER_PAGE}",
            lambda answer: promises.broken_shelf(answer, self.outlet, PER_PAGE),
        )

    def hand_over(self, code: str, order: Order, collect_before: float, *, key: str) -> HandedOver | None:
        """Give out the goods of an order; sent again with the same key, it is the same hand-over."""
        operation = HAND_OVER_LATE if time.time() >= collect_before - CLOCKS_APART_S else HAND_OVER
        told: HandedOver | None = None

        def broken(given: HandedOver) -> Broken | None:
            nonlocal told
            told = given
            return promises.broken_hand_over(given, order, self.outlet)

        self._note(key, "trying", order.payable_fen, order.order, step="collect")
        given = self.ask(operation, f"{self._path}/pickups", broken, body={"code": code}, key=key)
        name = told.order if told is not None else order.order
        self._note(key, "collected" if told else self._doubt(), order.payable_fen, name, step="collect")
        return given

    def try_code(self, code: str, *, key: str) -> HandedOver | None:
        """A code that opens nothing here; goods handed over all the same are a broken promise."""

        def broken(given: HandedOver) -> Broken | None:
            return Broken("goods were handed over for a code that is none", given.order)

        return self.ask(TRY_CODE, f"{self._path}/pickups", broken, body={"code": code}, key=key)

    def sell(self, wanted: Sequence[WantedLine], tender: str, *, key: str) -> Receipt | None:
        """Ring up; the till believes in its receipt as a buyer does in an order."""
        amount_fen = sum_fen(wanted)
        told: Receipt | None = None

        def broken(receipt: Receipt) -> Broken | None:
            nonlocal told
            told = receipt
            first = self._sales.setdefault(key, receipt.order)
            if receipt.order != first:
                return Broken("one key was answered with two different things", f"{key}: {first}, {receipt.order}")
            if key in self._counted and not self.replayed:
                return Broken("a second answer under one key is not marked as a replay", f"{key}: {first}")
            return promises.broken_receipt(receipt, self.outlet, wanted, tender)

        self._note(key, "trying", amount_fen)
        receipt = self.ask(
            SELL, f"{self._path}/sales", broken, body={"lines": wanted, "tender": tender}, key=key
        )  # fmt: skip
        self._note(key, "placed" if told else self._doubt(), amount_fen, told.order if told else None)
        if receipt is not None and key not in self._counted:
            self._counted.add(key)
            self.festival.count(orders=1, payments=1, gmv_fen=amount_fen)
        return receipt

    def _doubt(self) -> str:
        """No answer that names anything: refused, if the shop said so; else only its books can tell."""
        return "unknown" if self.refusal in (None, HUNG_UP) else "refused"

    def _note(self, key: str, state: str, amount_fen: int, order: str | None = None, *, step: str = "order") -> None:
        answered = state != "trying"
        self.festival.note(
            buyer=f"till/{self.outlet}",
            key=key,
            step=step,
            state=state,
            order=order,
            payment=None,
            amount_fen=amount_fen,
            code=self.refusal if answered else None,
            replayed=answered and self.replayed,
        )
