"""Who comes next where arrivals are even and curves say how many look and buy: whoever is owed most.

Late in a run that squeezes a day few pay, and each stands for most of an hour: drawn by chance, or evenly within each
stage but anew in the next, two buyers more or fewer move the day's money by a per cent. What each kind is owed is
kept over all stages, so that at any moment as many have come as were meant to, give or take one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from loadtests.plan.arrivals import Arrival, Schedule


class EvenMix:
    """Chooses from the seed and the arrival's number alone; arrivals are to be asked for in order, as stripes are.

    `tables`: by stage, each scenario's share of its arrivals, 1 in all. First it is settled which crowd (by `crowd_of`)
    is owed most, then who in it: so buyers are even as a whole, and not only each kind of them.
    """

    def __init__(
        self, schedule: Schedule, tables: Sequence[Mapping[str, float]], crowd_of: Callable[[str], str], seed: int
    ) -> None:
        self._stage_at = schedule.line.stage_index
        self._schedule = schedule
        self._seed = seed
        self._crowd_of = crowd_of
        self._tables = [list(table.items()) for table in tables]
        self._crowds = [self._by_crowd(table) for table in tables]
        self._start()

    def _by_crowd(self, table: Mapping[str, float]) -> list[list[str]]:
        crowds: dict[str, list[str]] = {}
        for name in table:
            crowds.setdefault(self._crowd_of(name), []).append(name)
        return list(crowds.values())

    def _start(self) -> None:
        chance = random.Random(self._seed)
        self._arrivals = self._schedule.stripe(0, 1)
        self._owed = {name: chance.random() - 0.5 for table in self._tables for name, _ in table}
        self._index = -1
        self._chosen = ""

    def __call__(self, arrival: Arrival) -> str:
        if arrival.index < self._index:
            self._start()
        while self._index < arrival.index:
            due = next(self._arrivals)
            self._index, self._chosen = due.index, self._choose(self._stage_at(due.due_s))
        return self._chosen

    def _choose(self, stage: int) -> str:
        owed = self._owed
        for name, share in self._tables[stage]:
            owed[name] += share
        crowd = max(self._crowds[stage], key=lambda names: sum(owed[name] for name in names))
        chosen = max(crowd, key=owed.__getitem__)
        owed[chosen] -= 1.0
        return chosen
