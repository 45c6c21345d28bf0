"""Holds the buyers' journal against the shop's export: what was each buyer promised, and is it in the books?

The audit proves that the books agree with themselves; a shop that forgets an order everywhere at once passes
it. Only the buyers remember. An answer that never came is no accusation: such a key is looked up in the export,
is fine either way, and is counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from loadtests.judgement import reconcile_promises
from loadtests.judgement.export import Export, ExportedOrder, ExportedPayment
from loadtests.record.journal import Belief, Entry, fold

PAID_ORDER_STATES = frozenset({"paid", "shipped", "delivered", "collected", "refunded"})
DEPOSIT_KEPT_STATES = frozenset({"deposited", "cancelled"})
KEPT_PAYMENT_STATES = frozenset({"posted", "refunding", "refunded"})
VIOLATIONS_NAMED = 20
"""Named per invariant; the rest are counted in one more, so that a lost table does not drown the report."""

INVARIANTS = (
    "lost_order",
    "doubled_order",
    "phantom_order",
    "wrong_amount",
    "order_despite_refusal",
    "lost_payment",
    "charge_despite_refusal",
    "changed_answer",
    *reconcile_promises.INVARIANTS,
)


@dataclass(frozen=True, slots=True)
class Violation:
    invariant: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    checked: int
    """Number of invariants, as in the audit's report."""
    invariants: tuple[str, ...]
    violations: tuple[Violation, ...]
    explained: dict[str, int]
    """What was looked at, and what had an innocent explanation: unknown answers and how they ended."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "checked": self.checked,
            "invariants": list(self.invariants),
            "violations": [
                {"invariant": found.invariant, "subject": found.subject, "message": found.message}
                for found in self.violations
            ],
            "explained": dict(self.explained),
        }


def reconcile(
    run_id: str,
    entries: Iterable[Entry],
    snapshot: dict[str, Any],
    lost_workers: frozenset[int] = frozenset(),
) -> Reconciliation:
    """What the buyers of this run were told against the export taken after it.

    A lost worker took the last second of its journal with it, so what its keys leave unexplained is counted,
    not held against the shop; a promise it did write down still binds. Raises ExportError for a snapshot that
    lacks what is read here.
    """
    export = Export(run_id, snapshot)
    entries = list(entries)
    orders = fold(entry for entry in entries if entry.step == "order")
    payments = fold(entry for entry in entries if entry.step == "pay")
    run = _Run(run_id, lost_workers, export)
    found = [
        *(violation for belief in orders.values() for violation in _order(run, belief)),
        *_phantoms(run, orders),
        *(violation for belief in payments.values() for violation in _payment(run, belief)),
    ]
    others = reconcile_promises.promises(entries, export, run.excuses)
    found += [Violation(each.invariant, each.subject, each.message) for each in others]
    run.explained.update(orders_tried=len(orders), payments_tried=len(payments), **reconcile_promises.tried(entries))
    return Reconciliation(len(INVARIANTS), INVARIANTS, _shorten(found), dict(sorted(run.explained.items())))


@dataclass(slots=True)
class _Run:
    run_id: str
    lost_workers: frozenset[int]
    export: Export
    explained: Counter[str] = field(default_factory=Counter)

    def excuses(self, key: str, what: str) -> bool:
        """Whether the worker that made this key was lost with part of its journal; counted if so."""
        worker = key.removeprefix(f"{self.run_id}/").partition("/")[0]
        lost = worker.isdecimal() and int(worker) in self.lost_workers
        if lost:
            self.explained[what] += 1
        return lost


def _order(run: _Run, belief: Belief) -> Iterator[Violation]:
    made = run.export.orders_by_key.get(belief.key, [])
    if belief.changed_answer:
        yield _changed(belief)
    if len(made) > 1 or len(belief.orders) > 1:
        yield _doubled(belief, made)
    if belief.state == "placed":
        yield from _promised(belief, made)
    elif belief.state == "refused" and made and not run.excuses(belief.key, "lost_worker_orders"):
        yield Violation(
            "order_despite_refusal",
            belief.key,
            f"Buyer {belief.buyer} was refused ({belief.code}) under {belief.key}, yet the export has order "
            f"{made[0].order} over {made[0].payable_fen} fen as {made[0].state}.",
        )
    elif belief.state == "unknown":
        run.explained["unknown_order_placed" if made else "unknown_order_not_placed"] += 1
        if len(made) == 1 and belief.amount_fen not in (0, made[0].payable_fen):
            yield _wrong_amount(belief, made[0], "asked for")


def _changed(belief: Belief) -> Violation:
    message = f"Buyer {belief.buyer} was told both a yes and a lasting no under key {belief.key}."
    return Violation("changed_answer", belief.key, message)


def _doubled(belief: Belief, made: list[ExportedOrder]) -> Violation:
    exported = " and ".join(f"{order.order} ({order.payable_fen} fen)" for order in made) or "none"
    told = " and ".join(belief.orders) or "none"
    message = f"Key {belief.key} of buyer {belief.buyer}: told {told}, the export has {exported}."
    return Violation("doubled_order", belief.key, message)


def _promised(belief: Belief, made: list[ExportedOrder]) -> Iterator[Violation]:
    """The buyer was told 201 with an order and an amount."""
    order = next((order for order in made if order.order in belief.orders), None)
    if order is None or order.buyer != belief.buyer:
        instead = f"{made[0].order} of buyer {made[0].buyer}" if made else "none"
        yield Violation(
            "lost_order",
            belief.key,
            f"Buyer {belief.buyer} was told order {belief.order} over {belief.amount_fen} fen under key "
            f"{belief.key}; the export has {instead}.",
        )
    elif order.payable_fen != belief.amount_fen:
        yield _wrong_amount(belief, order, "was told")


def _wrong_amount(belief: Belief, order: ExportedOrder, verb: str) -> Violation:
    return Violation(
        "wrong_amount",
        belief.key,
        f"Buyer {belief.buyer} {verb} {belief.amount_fen} fen under key {belief.key}; "
        f"the export has order {order.order} over {order.payable_fen} fen.",
    )


def _phantoms(run: _Run, beliefs: dict[str, Belief]) -> Iterator[Violation]:
    for key, made in run.export.orders_by_key.items():
        for order in made if key not in beliefs else []:
            if not run.excuses(key, "lost_worker_orders"):
                yield Violation(
                    "phantom_order",
                    key,
                    f"Order {order.order} of buyer {order.buyer} over {order.payable_fen} fen has key {key}, "
                    "which no buyer of the run ever tried.",
                )


def _payment(run: _Run, belief: Belief) -> Iterator[Violation]:
    payment = run.export.payment_of(belief.key, belief.payment)
    charged_fen = run.export.charged_fen(payment) if payment is not None else 0
    if belief.changed_answer:
        yield _changed(belief)
    if belief.state == "paid":
        yield from _paid(run, belief, payment)
    elif belief.state not in ("declined", "refused"):
        run.explained["unknown_payment_charged" if charged_fen else "unknown_payment_not_charged"] += 1
    elif payment is not None and charged_fen and not run.excuses(belief.key, "lost_worker_payments"):
        yield Violation(
            "charge_despite_refusal",
            belief.key,
            f"Buyer {belief.buyer} was told {belief.state} ({belief.code}) for order {belief.order} under "
            f"key {belief.key}, yet payment {payment.payment} took {charged_fen} fen.",
        )


def _paid(run: _Run, belief: Belief, payment: ExportedPayment | None) -> Iterator[Violation]:
    order = run.export.order.get(belief.order or "")
    told = f"Buyer {belief.buyer} saw order {belief.order} paid with {belief.amount_fen} fen (key {belief.key})"
    if payment is None:
        yield Violation("lost_payment", belief.key, f"{told}; the export has no such payment.")
    elif payment.state not in KEPT_PAYMENT_STATES:
        message = f"{told}; the export has payment {payment.payment} as {payment.state}."
        yield Violation("lost_payment", belief.key, message)
    elif payment.amount_fen != belief.amount_fen:
        message = f"{told}; the export has payment {payment.payment} over {payment.amount_fen} fen."
        yield Violation("wrong_amount", belief.key, message)
    elif payment.state != "posted":
        run.explained["paid_then_refunded"] += 1  # also a payment that came after its order had been cancelled
    elif order is not None and payment.instalment == "deposit" and order.state in DEPOSIT_KEPT_STATES:
        run.explained["deposit_without_balance"] += 1  # it waits for the balance, or is forfeited
    elif order is None or order.state not in PAID_ORDER_STATES:
        state = "has no such order" if order is None else f"has the order as {order.state}"
        yield Violation("lost_payment", belief.key, f"{told}; the export {state}.")


def _shorten(found: list[Violation]) -> tuple[Violation, ...]:
    """In the order of INVARIANTS, then of keys; at most VIOLATIONS_NAMED of each."""
    by_invariant: defaultdict[str, list[Violation]] = defaultdict(list)
    for violation in sorted(found, key=lambda violation: (violation.subject, violation.message)):
        by_invariant[violation.invariant].append(violation)
    named: list[Violation] = []
    for invariant in INVARIANTS:
        violations = by_invariant[invariant]
        named += violations[:VIOLATIONS_NAMED]
        if rest := violations[VIOLATIONS_NAMED:]:
            named.append(Violation(invariant, "more", f"{len(rest)} more violations like these."))
    return tuple(named)
