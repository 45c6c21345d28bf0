"""Exchange rates in memory, every one that was ever given: an order's rate can be looked up for good."""

from __future__ import annotations

from collections.abc import Iterable

from mock_platform.domain.currency import ExchangeRate


class MemoryRates:
    def __init__(self, rates: Iterable[ExchangeRate] = ()) -> None:
        self._rates = list(rates)

    async def put(self, rate: ExchangeRate) -> None:
        if rate not in self._rates:
            self._rates.append(rate)

    async def rates(self) -> list[ExchangeRate]:
        return list(self._rates)
