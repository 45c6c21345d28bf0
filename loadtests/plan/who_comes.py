"""What part of a stage's arrivals each scenario gets: by its weights, and by what the curves say of whole crowds."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from loadtests.plan.balances import DEPOSITOR
from loadtests.plan.rate_line import Stage


def shares(weights: Mapping[str, float], stage: Stage, buyers: Collection[str]) -> dict[str, float]:
    """Shares by scenario, all above zero, in any unit.

    Where a stage says how many come for a presale, so many are `DEPOSITOR`, whatever its weight. Where it says how many
    come to buy, weights hold among the `buyers`, and among the others. Else they hold among all.
    """
    found = {name: weight for name, weight in weights.items() if weight > 0}
    apart = stage.depositors or 0.0
    if stage.depositors is not None:
        found.pop(DEPOSITOR, None)
    if stage.buyers is not None:
        buying = sum(weight for name, weight in found.items() if name in buyers)
        looking = sum(weight for name, weight in found.items() if name not in buyers)
        looks = max(0.0, 1.0 - stage.buyers - apart)
        per_weight = {True: stage.buyers / buying if buying else 0.0, False: looks / looking if looking else 0.0}
        found = {name: weight * per_weight[name in buyers] for name, weight in found.items()}
    elif apart:
        whole = sum(found.values())
        found = {name: weight / whole * (1.0 - apart) for name, weight in found.items()}
    if apart:
        found[DEPOSITOR] = apart
    return {name: share for name, share in found.items() if share > 0}
