"""What an order from abroad comes to, worked out once more with decimals and in the law's own order of taxes."""

from __future__ import annotations

import asyncio
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mock_platform.domain.currency import RATE_MICRO_YUAN_MAX, RATE_MICRO_YUAN_MIN, ExchangeRate
from mock_platform.domain.customs import imported_sku
from mock_platform.domain.order import WantedLine
from mock_platform.domain.reservation import WEB, Units
from mock_platform.domain.sku import Sku
from mock_platform.domain.tariff import GENERAL, TARIFFS
from tests.mock_platform.customs_world import CustomsWorld

MINOR_UNITS = {"USD": 100, "EUR": 100, "GBP": 100, "AUD": 100, "JPY": 1, "KRW": 1}
PERCENT = Decimal("0.0001")
"""A hundredth of one, as the tariff's rates are given."""


def fen(exact: Decimal) -> int:
    return int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))


def price_fen(price_minor: int, currency: str, micro_yuan: int) -> int:
    yuan = Decimal(price_minor) / MINOR_UNITS[currency] * Decimal(micro_yuan) / 1_000_000
    return max(1, fen(yuan * 100))


def duty_fen(unit_fen: int, heading: str) -> int:
    """Customs duty first, then consumption tax on all that with itself, then VAT on all of it."""
    tariff = TARIFFS.get(heading, GENERAL)
    duty_rate = Decimal(0) if unit_fen <= 500_000 else tariff.duty_bp * PERCENT
    taxed = unit_fen * (1 + duty_rate)
    consumption = taxed / (1 - tariff.consumption_bp * PERCENT) * tariff.consumption_bp * PERCENT
    vat = (taxed + consumption) * tariff.vat_bp * PERCENT
    share = Decimal("0.7") if unit_fen <= 500_000 else Decimal(1)
    return fen(unit_fen * duty_rate + (consumption + vat) * share)


lines = st.tuples(
    st.sampled_from([*TARIFFS, "no such heading"]),
    st.sampled_from(sorted(MINOR_UNITS)),
    st.integers(1, 10**7),
    st.integers(RATE_MICRO_YUAN_MIN, RATE_MICRO_YUAN_MAX),
    st.integers(1, 9),
)


@settings(max_examples=150)
@given(st.lists(lines, min_size=1, max_size=4))
def test_what_is_paid_is_every_units_price_and_duty_to_the_fen(wanted: list[tuple[str, str, int, int, int]]) -> None:
    with localcontext() as context:
        context.prec = 60
        units_fen = [price_fen(minor, currency, rate) for _, currency, minor, rate, _ in wanted]
        duties_fen = [duty_fen(unit, line[0]) for unit, line in zip(units_fen, wanted, strict=True)]
    if sum(unit * line[4] for unit, line in zip(units_fen, wanted, strict=True)) > 500_000:
        wanted, units_fen, duties_fen = [(*wanted[0][:4], 1)], units_fen[:1], duties_fen[:1]
        assume(units_fen[0] <= 2_600_000)
    payable_fen = sum(
        line[4] * (unit + duty) for unit, duty, line in zip(units_fen, duties_fen, wanted, strict=True)
    )  # fmt: skip

    async def bought() -> int:
        world = CustomsWorld()
        latest = {currency: rate for _, currency, _, rate, _ in wanted}
        assume(all(latest[line[1]] == line[3] for line in wanted))  # one rate to a currency
        dated = {each: ExchangeRate(each, rate, world.clock()) for each, rate in latest.items()}
        for rate in dated.values():
            await world.rates.put(rate, world.clock())
        for number, (heading, currency, minor, _, units) in enumerate(wanted):
            sku = imported_sku(Sku(f"N{number}", "any", heading, "X1", 1), "US", minor, dated[currency])
            await world.catalogue.put_skus([sku])
            await world.stock.put([Units(sku.sku, WEB, units)])
        asked = tuple(WantedLine(f"N{number}", line[4], units_fen[number]) for number, line in enumerate(wanted))
        order, _ = await world.place("C1", "k1", asked)
        assert [line.duty_fen for line in order.lines] == [
            line[4] * duty for line, duty in zip(wanted, duties_fen, strict=True)
        ]
        await world.settled_books()
        return order.payable_fen

    assert asyncio.run(bought()) == payable_fen
