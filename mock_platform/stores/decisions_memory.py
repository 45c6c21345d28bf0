"""Risk's decisions in memory: all are counted, the latest are kept. Nothing suspends."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from mock_platform.domain.paging import Page, page_of
from mock_platform.domain.risk import POINTS, Decision, Outcome

KEPT = 20_000


class MemoryDecisions:
    def __init__(self, cap: int = KEPT) -> None:
        self._cap = cap
        self._forgotten = 0
        self._kept: OrderedDict[str, Decision] = OrderedDict()
        self._outcomes = Counter(dict.fromkeys(Outcome, 0))
        self._hits = Counter(dict.fromkeys(POINTS, 0))

    async def again(self, order: str, now: float) -> Decision | None:
        known = self._kept.get(order)
        if known is not None:
            known = self._kept[order] = replace(known, asked_at=now)
            self._kept.move_to_end(order)
        return known

    async def keep(self, decision: Decision) -> Decision:
        standing = self._kept.get(decision.order)
        if standing is not None:
            return standing
        if len(self._kept) >= self._cap:
            self._kept.popitem(last=False)
            self._forgotten += 1
        self._kept[decision.order] = decision
        self._outcomes[decision.outcome] += 1
        self._hits.update(decision.rules)
        return decision

    async def kept(self) -> Sequence[Decision]:
        return list(self._kept.values())

    async def page(self, page: int, per_page: int) -> Page[Decision]:
        return page_of(list(reversed(self._kept.values())), page, per_page)

    def outcomes(self) -> Mapping[Outcome, int]:
        return dict(self._outcomes)

    def hits(self) -> Mapping[str, int]:
        return dict(self._hits)

    @property
    def forgotten(self) -> int:
        return self._forgotten

    @property
    def cap(self) -> int:
        return self._cap
