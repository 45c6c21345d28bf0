"""Small changes of an export: every field of every table to another value, every row dropped and doubled.

Changes are made in place and taken back, since an export is large and a change is small.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

FAR = 1_000.0
"""Seconds by which an instant is moved: beyond every grace."""
SCALARS = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class Place:
    """One value in an export."""

    field: str
    """The table and the way down to it, "orders.lines.quantity"; of a history "orders.history.0" and ".1"."""
    holder: Any
    key: Any

    @property
    def value(self) -> Any:
        return self.holder[self.key]


def places(snapshot: dict[str, Any]) -> dict[str, list[Place]]:
    """Every value of the export, by its field."""
    found: defaultdict[str, list[Place]] = defaultdict(list)
    for table in snapshot:
        for place in _walk(table, snapshot, table):
            found[place.field].append(place)
    return dict(found)


def _walk(field: str, holder: Any, key: Any) -> Iterator[Place]:
    value = holder[key]
    if isinstance(value, SCALARS):
        yield Place(field, holder, key)
    elif isinstance(value, dict):
        for inner in value:
            yield from _walk(f"{field}.{inner}", value, inner)
    elif value and isinstance(value[0], list):  # pairs, as in a history
        for pair in value:
            for index in range(len(pair)):
                yield from _walk(f"{field}.{index}", pair, index)
    else:
        for index in range(len(value)):
            yield from _walk(field, value, index)


def changes(place: Place, column: list[Any], rng: Random) -> dict[str, Any]:
    """By what kind of change it is, the value to put there instead."""
    value = place.value
    others = [other for other in column if other != value and type(other) is type(value)]
    filled = [other for other in column if other is not None]
    match value:
        case bool():
            return {"flipped": not value}
        case None:
            return {"filled": rng.choice(filled)} if filled else {}
        case int():
            changed: dict[str, Any] = {"more": value + 1, "less": value - 1, "far more": 10 * value + 1_000_000}
            changed["far less"] = -changed["far more"]
        case float():
            changed = {"later": value + FAR, "earlier": value - FAR}
        case _:
            changed = {"unknown": f"{value}?"}
            if others:
                changed["another's"] = rng.choice(others)
    if len(filled) < len(column):
        changed["emptied"] = None
    return changed


@contextmanager
def put(place: Place, value: Any) -> Iterator[None]:
    before = place.value
    place.holder[place.key] = value
    try:
        yield
    finally:
        place.holder[place.key] = before


@contextmanager
def dropped(rows: list[Any], index: int) -> Iterator[None]:
    row = rows.pop(index)
    try:
        yield
    finally:
        rows.insert(index, row)


@contextmanager
def doubled(rows: list[Any], index: int) -> Iterator[None]:
    rows.append(copy.deepcopy(rows[index]))
    try:
        yield
    finally:
        rows.pop()


def tables(snapshot: dict[str, Any]) -> dict[str, list[Any]]:
    """Every list of rows in the export, inner ones too: "orders.lines" is one list of all orders' lists."""
    found: dict[str, list[Any]] = {}
    for name, table in snapshot.items():
        if isinstance(table, list):
            found[name] = [table]
            for row in table:
                for field, value in row.items():
                    if isinstance(value, list):
                        found.setdefault(f"{name}.{field}", []).append(value)
    found["pending.events"] = [snapshot["pending"]["events"]]
    return found
