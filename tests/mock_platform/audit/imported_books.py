"""Honest books of cross-border trade, for planting faults in them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mock_platform.partners.customs_broker import CustomsBehaviour
from tests.mock_platform.customs_world import CustomsWorld, imported

Row = dict[str, Any]


async def _lived() -> Row:
    world = CustomsWorld()
    await world.paid_import("C1", "a", I1=1)
    await world.paid_import("C2", "b", I3=1)
    await world.paid("C1", "d", S1=1)
    await world.settle()
    world.broker.behaviour = CustomsBehaviour(rejected=1.0)
    await world.paid_import("C3", "c", I1=1)
    await world.settle()
    for wanted in (imported(I2=2), imported(I1=99)):
        with pytest.raises(Exception, match="more than"):
            await world.place("C1", f"much {wanted}", wanted)
    return await world.snapshot()


def honest_books() -> Row:
    """Of C1 one of I1 delivered, of C2 one of I3 delivered, of C3 one of I1 rejected, of C1 an order at home."""
    return asyncio.run(_lived())


def of(books: Row, table: str, buyer: str) -> Row:
    """The row of that table which belongs to the buyer's order from abroad."""
    order = next(row["order"] for row in books["orders"] if row["buyer"] == buyer and row["declared"])
    return next(row for row in books[table] if row["order"] == order)  # type: ignore[no-any-return]
