"""The customs tariff: what goods from abroad are taxed with, by heading; exact, rounded once for each unit.

Within the limits (customs.py) duty is 0 % and the taxes are due at 70 %; beyond them everything is due in full:

    reduced = (consumption + VAT) / (1 - consumption) x 70 %
    full    = duty + (1 + duty) x (consumption + VAT) / (1 - consumption)

Both taxes are part of what consumption tax is taken of, hence the division. Rates are whole hundredths of a percent, so
each formula is a fraction of integers; the product with a price is rounded half to even.
"""

from __future__ import annotations

import msgspec

from mock_platform.domain.rounding import half_even

WHOLE = 10_000
"""One, in hundredths of a percent."""
REDUCED_SHARE = 7_000


class Tariff(msgspec.Struct, frozen=True, gc=False):
    """Rates in hundredths of a percent. `consumption_bp` is below 100 %."""

    heading: str
    vat_bp: int
    consumption_bp: int
    duty_bp: int

    def duty_fen(self, value_fen: int, *, is_reduced: bool) -> int:
        """All that is due on goods of that value."""
        untaxed = WHOLE - self.consumption_bp
        taxes = self.consumption_bp + self.vat_bp
        if is_reduced:
            return half_even(value_fen * taxes * REDUCED_SHARE, untaxed * WHOLE)
        return half_even(value_fen * (self.duty_bp * untaxed + (WHOLE + self.duty_bp) * taxes), untaxed * WHOLE)


TARIFFS = {
    tariff.heading: tariff
    for tariff in (
        Tariff("酒水饮料", 1_300, 1_000, 1_400),
        Tariff("女装", 1_300, 0, 800),
        Tariff("男装", 1_300, 0, 800),
        Tariff("美妆护肤", 1_300, 1_500, 500),
        Tariff("数码", 1_300, 0, 0),
        Tariff("家用电器", 1_300, 0, 800),
        Tariff("食品生鲜", 900, 0, 1_000),
        Tariff("母婴", 1_300, 0, 500),
        Tariff("运动户外", 1_300, 0, 600),
        Tariff("家居日用", 1_300, 0, 700),
        Tariff("鞋靴箱包", 1_300, 0, 1_000),
        Tariff("图书文具", 900, 0, 0),
    )
}
"""VAT as it stands since 2019, consumption tax for wine and fine cosmetics; duties stand for a heading's usual code."""
GENERAL = Tariff("其他", 1_300, 0, 1_000)
"""What no heading names."""


def tariff_of(heading: str) -> Tariff:
    return TARIFFS.get(heading, GENERAL)
