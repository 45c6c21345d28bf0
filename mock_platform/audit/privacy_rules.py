"""Privacy: no export carries anybody's telephone number in the clear, in whichever field it hides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from mock_platform.audit.evidence import ROWS_AT_ONCE
from mock_platform.audit.exported_books import Books, Finding

_BEFORE = (
    r"(?<![0-9A-Za-z_]1)",
    r"(?<=[^0-9A-Za-z_]861)",
    r"(?<=[^0-9A-Za-z_]00861)",
    r"(?<=\\[bfnrt]1)",
    r"(?<=\\u00[01][0-9a-f]1)",
)
_REST = r"[3-9][0-9](?:[ -]?[0-9]{4}){2}"
MOBILE = f"1(?:{'|'.join(_BEFORE)})" + r"(?<![0-9]\.1)" + _REST + r"(?![0-9A-Za-z_])"
"""A mainland mobile number in a text, with or without 86; digits that touch letters or more digits belong to an id.

The look-behinds stand after the leading 1, so that the search jumps from 1 to 1 instead of asking at every byte.
They know JSON too, where a line break before a number is a backslash and a letter.
"""
IN_TEXT = re.compile(MOBILE)
ENCODED = re.compile(MOBILE.encode())
WHOLE = re.compile(r"(?:(?:\+|00)?86[ -]?)?1" + _REST)

IDENTIFIERS = frozenset(
    {"order", "payment", "parcel", "entry", "event", "key", "account", "boot", "flash_sale", "sku", "place"}
)
"""Names made by a machine: digits between slashes or hyphens are part of them; a name that is a whole number is not."""


def no_personal_data(books: Books) -> Iterator[Finding]:
    # Scanning what is encoded is far cheaper than walking all its strings; the walk only names what is there. Some
    # rows at a time: one search through a long run's books would keep every other thread waiting, the shop's too.
    for name, table in books.snapshot.items():
        yield from _walk(name, "a field name in snapshot", "")
        if not isinstance(table, list):
            yield from _walk(table, f"snapshot.{name}", name)
            continue
        for start in range(0, len(table), ROWS_AT_ONCE):
            some = table[start : start + ROWS_AT_ONCE]
            if ENCODED.search(msgspec.json.encode(some)):
                for index, row in enumerate(some, start=start):
                    yield from _walk(row, f"snapshot.{name}[{index}]", name)


RULES = (no_personal_data,)


def _walk(value: Any, path: str, name: str) -> Iterator[Finding]:
    if isinstance(value, str):
        found = WHOLE.fullmatch(value) if name in IDENTIFIERS else IN_TEXT.search(f" {value}")
        if found:
            digits = "".join(filter(str.isdigit, found.group()))[-11:]
            yield path, f"{path} shows a telephone number in the clear: {digits[:3]}****{digits[-2:]}."
    elif isinstance(value, dict):
        for field, inner in value.items():
            yield from _walk(field, f"a field name in {path}", "")
            yield from _walk(inner, f"{path}.{field}", field)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{index}]", name)
