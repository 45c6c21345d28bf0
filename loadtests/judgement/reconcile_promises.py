"""Holds what people were told beside orders and payments against the export: money back, goods, coupons, settlements.

Each rule looks for what was promised and is not there, is there twice, is of another sum, or was never asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from loadtests.judgement.export import Export
from loadtests.record.journal import Entry, Step

INVARIANTS = (
    "lost_refund",
    "wrong_refund",
    "phantom_refund",
    "lost_collection",
    "doubled_collection",
    "phantom_collection",
    "lost_coupon",
    "doubled_coupon",
    "lost_statement",
    "wrong_statement",
)
GOING_BACK = frozenset({"refunding", "refunded", "voided"})
"""What payments of a refunded order are."""


class Found(NamedTuple):
    invariant: str
    subject: str
    message: str


Excuses = Callable[[str, str], bool]
"""Whether the worker that made this key was lost, counting it as that."""


def promises(entries: Iterable[Entry], export: Export, excuses: Excuses) -> Iterator[Found]:
    """What these entries promise and the export does not keep; `entries` are of every step."""
    steps: defaultdict[Step, list[Entry]] = defaultdict(list)
    for entry in entries:
        steps[entry.step].append(entry)
    yield from _refunds(steps["refund"], export, excuses)
    yield from _collections(steps["collect"], export, excuses)
    yield from _coupons(steps["claim"], export)
    yield from _statements(steps["settle"], export)


def tried(entries: Iterable[Entry]) -> Mapping[str, int]:
    """How many keys of each of these steps were tried, and of how many no answer ever came."""
    counts: dict[str, int] = {}
    for step, name in (("refund", "refunds"), ("collect", "collections"), ("claim", "claims")):
        keys: dict[str, set[str]] = defaultdict(set)
        for entry in entries:
            if entry.step == step:
                keys[entry.key].add(entry.state)
        if keys:
            counts[f"{name}_tried"] = len(keys)
            counts[f"unknown_{name}"] = sum(states <= {"trying", "unknown"} for states in keys.values())
    return {name: count for name, count in counts.items() if count}


def _refunds(entries: Iterable[Entry], export: Export, excuses: Excuses) -> Iterator[Found]:
    asked = set()
    for entry in entries:
        asked.add(entry.order)
        if entry.state != "refunded" or entry.order is None:
            continue
        order = export.order.get(entry.order)
        told = f"Buyer {entry.buyer} was told that order {entry.order} over {entry.amount_fen} fen is paid back"
        states = {payment.state for payment in export.payments_by_order.get(entry.order, ())}
        if order is None or order.state != "refunded":
            state = "has no such order" if order is None else f"has it as {order.state}"
            yield Found("lost_refund", entry.key, f"{told} (key {entry.key}); the export {state}.")
        elif not states <= GOING_BACK:
            payments = ", ".join(sorted(states))
            yield Found("lost_refund", entry.key, f"{told} (key {entry.key}); its payments are {payments}.")
        elif (back_fen := export.refunded_fen(entry.order)) not in (None, entry.amount_fen):
            yield Found("wrong_refund", entry.key, f"{told} (key {entry.key}); the bank gave back {back_fen} fen.")
    for key, orders in export.orders_by_key.items():
        for order in orders:
            pickup = export.pickup.get(order.order)
            expired = pickup is not None and pickup.state == "expired"
            # Of what is sent, customs or an operator may pay back too; of what is fetched, only who gave it up.
            if order.state != "refunded" or order.outlet is None or expired or order.order in asked:
                continue
            if not excuses(key, "lost_worker_refunds"):
                message = f"Order {order.order} of buyer {order.buyer} is paid back, which nobody of the run asked for."
                yield Found("phantom_refund", key, message)


def _collections(entries: Iterable[Entry], export: Export, excuses: Excuses) -> Iterator[Found]:
    tried: set[str | None] = set()
    given: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        tried.add(entry.order)
        if entry.state != "collected" or entry.order is None:
            continue
        given[entry.order].add(entry.key)
        order, pickup = export.order.get(entry.order), export.pickup.get(entry.order)
        states = (None if order is None else order.state, None if pickup is None else pickup.state)
        if states != ("collected", "collected"):
            message = (
                f"Clerk {entry.buyer} was told to hand over order {entry.order} (key {entry.key}); the export has the "
                f"order as {states[0] or 'unknown'}, its goods as {states[1] or 'unknown'}."
            )
            yield Found("lost_collection", entry.key, message)
    for name, keys in given.items():
        if len(keys) > 1:
            named = " and ".join(sorted(keys))
            yield Found("doubled_collection", name, f"Order {name} was handed over {len(keys)} times: {named}.")
    for key, orders in export.orders_by_key.items():
        for order in orders:
            fetched = order.state == "collected" and order.tender is None
            if fetched and order.order not in tried and not excuses(key, "lost_worker_collections"):
                message = (
                    f"Order {order.order} of buyer {order.buyer} was fetched, and no clerk of the run gave it out."
                )
                yield Found("phantom_collection", key, message)


def _coupons(entries: Iterable[Entry], export: Export) -> Iterator[Found]:
    by_key: defaultdict[str, set[str]] = defaultdict(set)
    keys: defaultdict[str, set[str]] = defaultdict(set)
    lost: dict[tuple[str, str], str] = {}
    for entry in entries:
        if entry.state != "claimed" or entry.subject is None:
            continue
        by_key[entry.key].add(entry.subject)
        keys[entry.subject].add(entry.key)
        coupon = export.coupon.get(entry.subject)
        if coupon is None or coupon.buyer != entry.buyer:
            instead = "no such coupon" if coupon is None else f"it as buyer {coupon.buyer}'s"
            told = f"Buyer {entry.buyer} was told coupon {entry.subject} (key {entry.key})"
            lost[entry.key, entry.subject] = f"{told}; the export has {instead}."
    yield from (Found("lost_coupon", key, message) for (key, _), message in lost.items())
    for key, coupons in by_key.items():
        if len(coupons) > 1:
            named = " and ".join(sorted(coupons))
            yield Found("doubled_coupon", key, f"Key {key} claimed {len(coupons)} coupons: {named}.")
    for name, claims in keys.items():
        if len(claims) > 1:
            named = " and ".join(sorted(claims))
            yield Found("doubled_coupon", name, f"Coupon {name} was given out {len(claims)} times: {named}.")


def _statements(entries: Iterable[Entry], export: Export) -> Iterator[Found]:
    for entry in entries:
        if entry.state != "stated" or entry.subject is None:
            continue
        net_fen = export.net_fen.get((entry.subject, entry.buyer))
        told = f"Merchant {entry.buyer} was told of {entry.amount_fen} fen from settlement {entry.subject}"
        if net_fen is None:
            yield Found("lost_statement", entry.subject, f"{told}; the export has no such statement.")
        elif net_fen != entry.amount_fen:
            yield Found("wrong_statement", entry.subject, f"{told}; the export has {net_fen} fen.")
