"""/scans: is a customer's name, phone or address in this text? For operators who keep logs and reports of their own."""

from __future__ import annotations

import asyncio

import msgspec

from mock_platform.api.route import Call, Route
from mock_platform.domain.traces import Traces


class ScanAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text is looked at and kept nowhere."""

    text: str


class Trace(msgspec.Struct, frozen=True):
    line: int
    """Counted from 1."""
    kind: str
    masked: str


class Scanned(msgspec.Struct, frozen=True):
    """`values`: how many names, phones and addresses were looked for."""

    values: int
    found: list[Trace]


class Scans:
    def __init__(self, traces: Traces) -> None:
        self._traces = traces

    async def scan(self, call: Call) -> Scanned:
        asked: ScanAsked = call.body
        return Scanned(self._traces.values, await asyncio.to_thread(self._found, asked.text))

    def _found(self, text: str) -> list[Trace]:
        return [
            Trace(number, kind, masked)
            for number, line in enumerate(text.split("\n"), start=1)
            for kind, masked in self._traces.find(line)
        ]

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                path="/scans",
                handler=self.scan,
                says="Look for personal data of customers in a text; what is found is told masked, nothing is kept.",
                gives=Scanned,
                audience="operators",
                takes=ScanAsked,
                bounded=False,
                hurtable=False,
            ),
        )
