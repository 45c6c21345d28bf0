"""Dated rates: the one in force is found whatever was given in which order, and what was given once stays known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.currency import ExchangeRate, GivenRate
from mock_platform.stores.rates_memory import MemoryRates
from tests.mock_platform.interruptions import run

given_rates = st.lists(
    st.builds(ExchangeRate, st.sampled_from(["USD", "JPY"]), st.integers(1, 3), st.sampled_from([1.0, 2.0, 3.0])),
    max_size=12,
)


def in_force(rates: MemoryRates, now: float) -> dict[str, int]:
    return {currency: rate.micro_yuan for currency, rate in run(rates.in_force(now)).items()}


def by_the_book(given: list[ExchangeRate], now: float) -> dict[str, int]:
    """One rate after the other, as an operator would strike them out on paper."""
    dated: dict[str, float] = {}
    found: dict[str, int] = {}
    for rate in given:
        if rate.dated_at <= now and rate.dated_at >= dated.get(rate.currency, 0.0):
            dated[rate.currency], found[rate.currency] = rate.dated_at, rate.micro_yuan
    return found


def test_the_rate_dated_last_is_in_force_from_its_very_instant() -> None:
    rates = MemoryRates([ExchangeRate("USD", 1_000, 10.0), ExchangeRate("USD", 3_000, 30.0)])
    run(rates.put(ExchangeRate("USD", 2_000, 20.0), 5.0))
    told = {now: in_force(rates, now) for now in (9.9, 10.0, 19.9, 20.0, 29.9, 30.0, 99.0)}
    assert [found.get("USD") for found in told.values()] == [None, 1_000, 1_000, 2_000, 2_000, 3_000, 3_000]


@given(given_rates, st.sampled_from([0.9, 1.0, 2.5, 3.0]))
def test_of_rates_dated_alike_the_last_word_holds(given: list[ExchangeRate], now: float) -> None:
    """Also where a correction is taken back: the first figure given once more is the last word, not an old one."""
    rates = MemoryRates(given[:3])
    for rate in given[3:]:
        run(rates.put(rate, 5.0))
    assert in_force(rates, now) == by_the_book(given, now)
    assert {each.rate for each in run(rates.rates())} == set(given), "all of them can be looked up for good"


def test_the_same_word_twice_is_one_rate() -> None:
    rates = MemoryRates()
    for given_at in (5.0, 6.0):
        run(rates.put(ExchangeRate("USD", 1_000, 10.0), given_at))
    assert run(rates.rates()) == [GivenRate(ExchangeRate("USD", 1_000, 10.0), 5.0)]
