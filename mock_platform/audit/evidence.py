"""Evidence: what the audit may look at beside the tables, and how it knows a customer's data when it sees it.

The audit stays pure: traces and texts are handed to it. They hold no personal value themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from mock_platform.domain.traces import Traces

ROWS_AT_ONCE = 2_000
"""Encoded and searched together: long enough to be cheap, short enough to let other threads have their turn."""


@dataclass(frozen=True, slots=True)
class Evidence:
    traces: Traces
    texts: Mapping[str, Iterable[str] | None]
    """By name, the lines of what the shop wrote beside its books: its log, its metrics. Read once; None: nobody can."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Where a customer's data stands in the clear: (place, kind, the value masked)."""

    found: tuple[tuple[str, str, str], ...]
    values: int
    """How many names, phones and addresses were looked for; 0: nobody could say which there are."""
    lines: Mapping[str, int | None]
    """How many lines of each text were looked at; None: nobody could read it."""


def scan(snapshot: Mapping[str, Any], evidence: Evidence | None) -> Scan:
    """Look through all tables and texts. Linear in their length."""
    if evidence is None:
        return Scan((), 0, {})
    traces = evidence.traces
    found = list(_in_tables(snapshot, traces))
    lines: dict[str, int | None] = dict.fromkeys(evidence.texts)
    for name, text in evidence.texts.items():
        if text is None:
            continue
        number = 0
        for number, line in enumerate(text, start=1):
            found += [(f"{name} line {number}", kind, masked) for kind, masked in traces.find(line)]
        lines[name] = number
    return Scan(tuple(found), traces.values, lines)


def _in_tables(snapshot: Mapping[str, Any], traces: Traces) -> Iterator[tuple[str, str, str]]:
    for name, table in snapshot.items():
        rows = table if isinstance(table, list) else [table]
        for start in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[start : start + ROWS_AT_ONCE]
            # Searching what is encoded is far cheaper than walking all its strings; the walk only names the place.
            if any(traces.find(msgspec.json.encode(some).decode())):
                for index, row in enumerate(some, start=start):
                    yield from _walk(row, f"snapshot.{name}[{index}]", traces)


def _walk(value: Any, path: str, traces: Traces) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, str):
        yield from ((path, kind, masked) for kind, masked in traces.find(value))
    elif isinstance(value, dict):
        for field, inner in value.items():
            yield from _walk(field, f"a field name in {path}", traces)
            yield from _walk(inner, f"{path}.{field}", traces)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{index}]", traces)
