"""What the shop says of presales, and what such an answer must hold: deposits, balances, what is lost or given back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from loadtests.shop.answers import Count, Fen, Name, Order, Payment, Price, Quantity
from loadtests.shop.promises import Broken

CLOCKS_APART_S = 1.0
"""So near an instant, shop and shopper may disagree whether it has come."""


class Presale(Struct, frozen=True, gc=False):
    presale: Name
    sku: Name
    title: Name
    price_fen: Price
    deposit_fen: Price
    allotment: Count
    limit_per_buyer: Quantity
    deposit_opens_at: float
    deposit_closes_at: float
    balance_opens_at: float
    balance_closes_at: float
    refundable_until: float
    state: Literal["upcoming", "deposits", "waiting", "balance", "closed"]


class Presales(Struct, frozen=True, gc=False):
    presales: list[Presale]


class PresaleOrder(Order, frozen=True, gc=False):
    presale: Name | None = None
    deposit_fen: Fen = 0
    due_fen: Fen = 0
    forfeited_fen: Fen = 0
    balance_opens_at: float = 0.0
    balance_closes_at: float = 0.0


class InstalmentPaid(Payment, frozen=True, gc=False):
    instalment: Literal["whole", "deposit", "balance"] = "whole"


def broken_presales(answer: Presales) -> Broken | None:
    ids = [presale.presale for presale in answer.presales]
    if len(set(ids)) != len(ids):
        return Broken("a presale is listed twice", ", ".join(sorted(ids)))
    for presale in answer.presales:
        if presale.deposit_fen >= presale.price_fen:
            return Broken("a deposit is not part of the price", presale.presale)
        if not presale.deposit_closes_at <= presale.balance_opens_at < presale.balance_closes_at:
            return Broken("a presale's windows are out of order", presale.presale)
    return None


def broken_deposit_order(
    order: PresaleOrder, buyer: str, presale: Presale, quantity: int, *, replayed: bool
) -> Broken | None:
    """The units asked for at the presale's price, with its deposit due first."""
    price_fen, deposit_fen = quantity * presale.price_fen, quantity * presale.deposit_fen
    if (order.buyer, order.presale) != (buyer, presale.presale):
        return Broken("the order is not this buyer's of this presale", f"{order.order}: {order.buyer}, {order.presale}")
    if [(line.sku, line.quantity, line.unit_price_fen) for line in order.lines] != [
        (presale.sku, quantity, presale.price_fen)
    ]:
        return Broken("the order's lines are not those asked for", order.order)
    if (order.payable_fen, order.deposit_fen) != (price_fen, deposit_fen):
        asked = f"{order.deposit_fen} of {order.payable_fen}, not {deposit_fen} of {price_fen}"
        return Broken("deposit or price are not the presale's", asked)
    if order.balance_opens_at != presale.balance_opens_at:
        return Broken("the balance opens at another instant", f"{order.balance_opens_at}, {presale.balance_opens_at}")
    if replayed:
        return None
    if (order.state, order.due_fen) != ("placed", deposit_fen):
        return Broken("a new presale order does not ask for its deposit", f"{order.state}, {order.due_fen} fen")
    return None


def broken_instalment(
    payment: InstalmentPaid, order: PresaleOrder, instalment: str, *, replayed: bool
) -> Broken | None:
    if (payment.order, payment.amount_fen) != (order.order, order.due_fen):
        paid = f"{payment.amount_fen} fen for {payment.order}, due were {order.due_fen} for {order.order}"
        return Broken("the payment is not what was due", paid)
    if payment.instalment != instalment:
        return Broken("the payment is another instalment", f"{instalment} asked for, {payment.instalment} told")
    if payment.state in ("refunding", "refunded") and not replayed:
        return Broken("a new payment is refunded already", payment.payment)
    return None


def broken_standing(order: PresaleOrder, known: PresaleOrder, states: Sequence[str]) -> Broken | None:
    """The order looked at again: the same in all that was agreed, in one of these states, and due is what is left."""
    agreed = (order.order, order.buyer, order.payable_fen, order.deposit_fen, order.presale)
    if agreed != (known.order, known.buyer, known.payable_fen, known.deposit_fen, known.presale):
        return Broken("the order is another than was agreed", f"asked for {known.order}, got {order.order}")
    if order.state not in states:
        return Broken(f"the order is not {' or '.join(states)}", f"{order.order} is {order.state}")
    due_fen = order.payable_fen - order.deposit_fen if order.state == "deposited" else 0
    if order.state != "placed" and order.due_fen != due_fen:
        return Broken("another sum is due", f"{order.due_fen} fen of {order.order}, {order.state}, not {due_fen}")
    return None


def broken_ending(order: PresaleOrder, presale: Presale, now: float) -> Broken | None:
    """Given up: the deposit is lost from an instant on, and not before."""
    if order.state != "cancelled":
        return Broken("an order given up is not cancelled", f"{order.order} is {order.state}")
    if now < presale.refundable_until - CLOCKS_APART_S and order.forfeited_fen:
        return Broken("a deposit is lost that was refundable", f"{order.forfeited_fen} fen of {order.order}")
    if now > presale.refundable_until + CLOCKS_APART_S and order.forfeited_fen != order.deposit_fen:
        return Broken("a deposit is not lost that was given up too late", f"{order.forfeited_fen} of {order.order}")
    return None
