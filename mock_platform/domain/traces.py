"""Traces: finds a customer's name, phone or address in any text, without keeping one: only keyed fingerprints are kept.

A fingerprint says that a value was seeded, not whose it is, so erasing a customer leaves no link behind. What is found:

phone     the whole number, with or without 86, its digits apart by a blank, a hyphen or a dot
name      standing alone between other signs; of three characters or more, also inside a longer run of them
address   eight characters in a row from the beginning or the end of what a mask hides

Text that was escaped on its way is read as what it stands for, and base64 as what it holds (domain/escapes.py). A name
of two characters inside a longer word is not found: Chinese is full of such pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b

from mock_platform.domain.customer import Customer
from mock_platform.domain.escapes import held_in_base64, unescaped
from mock_platform.domain.personal_data import MASK, masked_address, masked_name, masked_phone
from mock_platform.domain.shipment import Waybill

GRAM = 8
NAME_LENGTH_MIN = 3
"""Shorter names are found only where they stand alone."""
RUNS_KEPT = 50_000
"""Runs that were found harmless and need no second look; the books repeat themselves."""

_RUN = re.compile(r"[\u3400-\u9fff][0-9\u3400-\u9fff]+")
_NO_NAME = re.compile(r"[0-9]+|自治区|行政区")
"""What no name reaches over: numbers, and regions that end in what is a family name too."""
_PHONE = re.compile(r"1[3-9](?:[-. \u00a0]?[0-9]){9}(?![0-9A-Za-z_])")
_COUNTRY = re.compile(r"(?:^|[^0-9A-Za-z_])(?:00)?86[-. \u00a0]?$")


class Traces:
    """`secret` keys the fingerprints: without it, nobody can try all numbers there are."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._names: set[bytes] = set()
        self._phones: set[bytes] = set()
        self._grams: set[bytes] = set()
        self._name_lengths: set[int] = set()
        self._harmless: set[str] = set()
        self.values = 0
        """How many names, phones and addresses were learnt, the same ones of different people counted each."""

    def learn(self, customer: Customer, shown: Waybill) -> None:
        """Take the fingerprints of one customer's values, given what a mask shows of them. About 4 us."""
        self._names.add(self._print(customer.name))
        self._name_lengths.add(len(customer.name))
        self._phones.add(self._print(customer.phone))
        hidden = customer.address[len(shown.address.rstrip(MASK)) :]
        if len(hidden) >= GRAM:
            self._grams.add(self._print(hidden[:GRAM]))
            self._grams.add(self._print(hidden[-GRAM:]))
        self.values += 3

    def find(self, text: str) -> Iterator[tuple[str, str]]:
        """(kind, the value masked) of each trace in the text. Linear in its length."""
        yield from self._find(unescaped(text))
        for held in held_in_base64(text):
            yield from self._find(held)

    def _find(self, text: str) -> Iterator[tuple[str, str]]:
        for found in _PHONE.finditer(text):
            digits = "".join(filter(str.isdigit, found.group()))
            if _begins_there(text, found.start()) and self._print(digits) in self._phones:
                yield "phone", masked_phone(digits)
        if text.isascii():
            return
        for run in _RUN.findall(text):
            if run not in self._harmless:
                traces = list(self._in_run(run))
                yield from traces
                if not traces:
                    self._keep_harmless(run)

    def _in_run(self, run: str) -> Iterator[tuple[str, str]]:
        for part in _NO_NAME.split(run):
            for name in self._names_in(part):
                if self._print(name) in self._names:
                    yield "name", masked_name(name)
        for start in range(len(run) - GRAM + 1):
            if self._print(run[start : start + GRAM]) in self._grams:
                yield "address", masked_address(run)
                return

    def _names_in(self, part: str) -> Iterator[str]:
        if len(part) in self._name_lengths:
            yield part
        for length in self._name_lengths:
            if NAME_LENGTH_MIN <= length < len(part):
                yield from (part[start : start + length] for start in range(len(part) - length + 1))

    def _keep_harmless(self, run: str) -> None:
        if len(self._harmless) >= RUNS_KEPT:
            self._harmless.clear()
        self._harmless.add(run)

    def _print(self, value: str) -> bytes:
        return blake2b(value.encode(errors="replace"), digest_size=8, key=self._secret).digest()


def _begins_there(text: str, at: int) -> bool:
    """Whether a number begins here, rather than goes on: what touches letters or more digits is part of an id."""
    before = text[max(0, at - 6) : at]
    touches = before[-1:].isascii() and (before[-1:].isalnum() or before[-1:] in ("_", "."))
    return not touches or _COUNTRY.search(before) is not None
