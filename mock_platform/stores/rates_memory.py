"""Exchange rates in memory, every one that was ever given: an order's rate can be looked up for good."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from mock_platform.domain.currency import ExchangeRate, GivenRate


class MemoryRates:
    """`rates`: those it begins with, given on their dates."""

    def __init__(self, rates: Iterable[ExchangeRate] = ()) -> None:
        self._rates: list[GivenRate] = []
        """As they were given."""
        self._dated: dict[str, list[ExchangeRate]] = {}
        """By currency, the earliest date first; of those dated alike, the one given last stands last."""
        for rate in rates:
            self._put(rate, rate.dated_at)

    async def put(self, rate: ExchangeRate, at: float) -> None:
        self._put(rate, at)

    def _put(self, rate: ExchangeRate, given_at: float) -> None:
        dated = self._dated.setdefault(rate.currency, [])
        at = bisect_right(dated, rate.dated_at, key=_date)
        if at and dated[at - 1] == rate:
            return
        dated.insert(at, rate)
        self._rates.append(GivenRate(rate, given_at))

    async def rates(self) -> list[GivenRate]:
        return list(self._rates)

    async def in_force(self, now: float) -> dict[str, ExchangeRate]:
        found = {}
        for currency, dated in self._dated.items():
            if at := bisect_right(dated, now, key=_date):
                found[currency] = dated[at - 1]
        return found


def _date(rate: ExchangeRate) -> float:
    return rate.dated_at
