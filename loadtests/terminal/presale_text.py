"""When balances of a presale are open, and how many they are, as a person reads it."""

from __future__ import annotations

from loadtests.plan.balances import Balances
from loadtests.plan.units import render_duration
from loadtests.shapes.shaped_day import festival_clock


def balances_text(balances: Balances, of_a_day: bool) -> str:
    """`01:00:00 - 02:00:00, 3.3 % of the day's money`; of stages, in the run's own seconds."""
    if of_a_day:
        window = f"{festival_clock(balances.opens_s)} - {festival_clock(balances.closes_s)}"
        return f"{window}, {100 * (balances.share or 0.0):.3g} % of the day's money"
    window = f"{render_duration(balances.opens_s)} - {render_duration(balances.closes_s)} of the run"
    many = "as many as their weight says" if balances.share is None else f"{100 * balances.share:.3g} % of its arrivals"
    return f"{window}, {many}"
