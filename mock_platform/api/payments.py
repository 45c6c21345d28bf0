"""/payments: paying for an order, and seeing what the bank said."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from mock_platform.api.orders import REPLAYED
from mock_platform.api.route import Answer, Call, Route
from mock_platform.domain.money import FEN_MAX
from mock_platform.domain.payment import Instalment, Payment, PaymentState
from mock_platform.services.charging import Charging


class Pay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    order: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    amount_fen: Annotated[int, msgspec.Meta(gt=0, lt=FEN_MAX)]
    method: Literal["alipay", "card", "wallet"]


class PaymentView(msgspec.Struct, frozen=True, omit_defaults=True):
    payment: str
    order: str
    amount_fen: int
    state: PaymentState
    reason: str | None
    """Why the bank declined."""
    instalment: Instalment = Instalment.WHOLE
    """Left out where it is the whole price."""


def view(payment: Payment) -> PaymentView:
    return PaymentView(
        payment.payment, payment.order, payment.amount_fen, payment.state, payment.reason, payment.instalment
    )


class Payments:
    def __init__(self, charging: Charging) -> None:
        self._charging = charging

    async def pay(self, call: Call) -> object:
        asked: Pay = call.body
        payment, replayed = await self._charging.pay(call.buyer, call.key, asked.order, asked.amount_fen, asked.method)
        return Answer(view(payment), REPLAYED) if replayed else view(payment)

    async def show(self, call: Call) -> PaymentView:
        return view(await self._charging.payment(call.buyer, call.path["payment"]))

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                path="/payments",
                handler=self.pay,
                says="Pay what is due of an order: all, a deposit, or the balance; the bank's word comes later.",
                gives=PaymentView,
                status=202,
                takes=Pay,
                keyed=True,
                refuses=(
                    *("unknown_order", "already_paid", "illegal_transition", "amount_mismatch"),
                    *("balance_not_open", "balance_closed"),
                ),
            ),
            Route(
                method="GET",
                path="/payments/{payment}",
                handler=self.show,
                says="Show one of the buyer's own payments.",
                gives=PaymentView,
                refuses=("unknown_payment",),
            ),
        )
