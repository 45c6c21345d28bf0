"""How faults are planted in an export: find a row by what it says, change as little as can be, name what is wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from mock_platform.audit import (
    Violation,
    account_rules,
    clear_read_rules,
    instant_rules,
    link_rules,
    listing_rules,
    risk_tally_rules,
    shelf_rules,
)

Row = dict[str, Any]
FAR_S = 1_000.0
ACROSS = frozenset(
    rule.__name__
    for rules in (
        account_rules,
        clear_read_rules,
        instant_rules,
        link_rules,
        listing_rules,
        risk_tally_rules,
        shelf_rules,
    )
    for rule in rules.RULES
)
"""Invariants that hold tables against one another, and so find many a fault a second time."""


def within(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    """What the rules of one system found, without those that look across all books."""
    return tuple(each for each in violations if each.invariant not in ACROSS)


class Books:
    """An export to plant one fault in."""

    def __init__(self, snapshot: Row) -> None:
        self.snapshot = snapshot

    def one(self, table: str, holds: Callable[[Row], bool] = lambda row: True, **values: Any) -> Row:
        """The first row with these values for which it holds."""
        for row in self.snapshot[table]:
            if all(row[field] == value for field, value in values.items()) and holds(row):
                return row  # type: ignore[no-any-return]
        raise AssertionError(f"no row of {table} has {values}")

    def drop(self, table: str, row: Row) -> None:
        self.snapshot[table].remove(row)

    def double(self, table: str, row: Row, **changes: Any) -> None:
        self.snapshot[table].append({**copy.deepcopy(row), **changes})

    def web(self, state: str = "delivered", holds: Callable[[Row], bool] = lambda row: True) -> Row:
        """An order of the web shop, at home and for no sale."""
        plain = ("flash_sale", "presale", "outlet")
        return self.one(
            "orders",
            lambda row: not row["declared"] and all(row[field] is None for field in plain) and holds(row),
            state=state,
        )

    def of(self, table: str, order: Row, **values: Any) -> Row:
        """A row about this order."""
        return self.one(table, order=order["order"], **values)

    def from_abroad(self, state: str = "delivered") -> Row:
        return self.one("orders", declared=True, state=state)

    def deposit(self, given_up: bool, in_time: bool = True) -> Row:
        """An order of the presale whose deposit was paid: given up in time or too late, or waiting for its balance."""
        if not given_up:
            return self.one("orders", state="deposited")

        def holds(row: Row) -> bool:
            was_deposited = any(step == "deposited" for step, _ in row["history"])
            return was_deposited and (row["history"][-1][1] < row["refundable_until"]) is in_time

        return self.one("orders", holds, state="cancelled")

    def entry(self, order: Row, move: str) -> Row:
        return self.one("ledger", entry=f"{order['order']}:{move}")

    def leg(self, order: Row, move: str, account: str) -> Row:
        return next(leg for leg in self.entry(order, move)["legs"] if leg["account"].startswith(account))

    def pickup(self, state: str) -> Row:
        return self.one("pickups", state=state)

    def index(self, table: str, row: Row) -> int:
        return next(index for index, each in enumerate(self.snapshot[table]) if each is row)


def at(row: Row) -> str:
    """How stock is named."""
    return f"{row['sku']} at {row['place']}"


Plant = Callable[[Books], str]
"""Plants its fault and says what the audit has to name: an order, a SKU and its place, a coupon, a parcel, ..."""
