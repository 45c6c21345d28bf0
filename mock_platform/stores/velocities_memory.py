"""Tries in memory: for each rule an exact sliding window per buyer, device, address or sale. Nothing suspends.

A window remembers the last `allowed + 1` only: whether a rule is broken needs no more, so a try costs the same whoever
floods the shop. Each rule has room for so many keys; beyond it, whoever was silent longest is forgotten. Somebody
forgotten is somebody new again, with this try as the first: no cheaper, for nothing was ever given for a good name.
About 4 us for all rules together.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from mock_platform.domain.risk import VELOCITIES, Counts, Of, Try, Velocity
from mock_platform.protocols_risk import Remembered

PURGED_AT_ONCE = 2
"""Keys silent for a whole window, given up with each new one: more than come, so that none stays for long."""
CAPS: Mapping[Of, int] = {Of.BUYER: 20_000, Of.DEVICE: 20_000, Of.ADDRESS: 20_000, Of.SALE: 1_000}


class Window:
    """One rule's memory: by key, the last sightings; oldest key first. `who` tells sightings that count as one."""

    def __init__(self, rule: Velocity, cap: int) -> None:
        self.rule = rule
        self.cap = cap
        self.evicted_early = 0
        self._most = rule.allowed + 1
        self._seen: OrderedDict[str, dict[object, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def see(self, key: str, who: object, now: float) -> int:
        """How many different `who` the key's window holds now, this one included; at most `allowed + 1`."""
        seen, opens_at = self._seen, now - self.rule.window_s
        sightings = seen.get(key)
        if sightings is None:
            self._make_room(opens_at)
            seen[key] = {who: now}
            return 1
        seen.move_to_end(key)
        # Taken out first, so that the dictionary stays in the order of the sightings.
        sightings.pop(who, None)
        sightings[who] = now
        while len(sightings) > self._most or sightings[next(iter(sightings))] <= opens_at:
            del sightings[next(iter(sightings))]
        return len(sightings)

    def _make_room(self, opens_at: float) -> None:
        """Forget two whose windows are over, or whoever was silent longest if nobody's is and there is no room."""
        seen = self._seen
        for _ in range(PURGED_AT_ONCE):
            if not seen or next(reversed(next(iter(seen.values())).values())) > opens_at:
                break
            seen.popitem(last=False)
        if len(seen) >= self.cap:
            seen.popitem(last=False)
            self.evicted_early += 1


class MemoryVelocities:
    def __init__(self, caps: Mapping[Of, int] = CAPS) -> None:
        self._windows = [Window(rule, caps[rule.of]) for rule in VELOCITIES]
        self._tries = 0

    async def see(self, tried: Try) -> Sequence[int]:
        self._tries += 1
        counts = []
        for window in self._windows:
            rule = window.rule
            key = _key(tried, rule.of)
            # What is not known is not counted: it would throw all who hide it together.
            who = tried.buyer if rule.counts is Counts.ACCOUNTS else self._tries
            counts.append(window.see(key, who, tried.at) if key else 0)
        return counts

    def memory(self) -> Sequence[Remembered]:
        return [Remembered(each.rule.rule, len(each), each.cap, each.evicted_early) for each in self._windows]


def _key(tried: Try, of: Of) -> str:
    if of is Of.BUYER:
        return tried.buyer
    if of is Of.DEVICE:
        return tried.device
    return tried.address if of is Of.ADDRESS else tried.sale
