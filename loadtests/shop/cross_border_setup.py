"""Gives new exchange rates for the run, dated ahead: while the crowd is in, goods from abroad change their prices."""

from __future__ import annotations

import random
from typing import Any

from loadtests.shop.run_clock import RunClock
from loadtests.shop.target import Target

SHARES_OF_RUN = (0.3, 0.6, 0.85)
"""When new rates take hold."""
SWING = 0.01
"""How far a rate moves at most, from the one before the run."""


def set_up_cross_border(target: Target, clock: RunClock) -> dict[str, Any]:
    """`imports`: how many goods there are from abroad; `rated_at`: when their prices change. Asked again: no change."""
    rng = random.Random(f"{clock.seed} exchange rates")
    rates = sorted(target.admin("GET", "/exchange-rates")["rates"], key=lambda rate: str(rate["currency"]))
    instants = [clock.opens_at + share * (clock.closes_at - clock.opens_at) for share in SHARES_OF_RUN]
    for dated_at in instants:
        for rate in rates:
            micro_yuan = round(rate["micro_yuan"] * (1 + rng.uniform(-SWING, SWING)))
            wanted = {"currency": rate["currency"], "micro_yuan": micro_yuan, "dated_at": dated_at}
            target.admin("POST", "/exchange-rates", wanted)
    total = target.admin("GET", "/imports?page=1&per_page=1")["total"]
    return {"imports": total, "rated_at": instants}
