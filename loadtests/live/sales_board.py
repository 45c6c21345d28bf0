"""Reads the shop's sales board for the pages: what was sold, where to, from which shelf, what each system is at."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from loadtests.shop.target import Target, TargetError

logger = logging.getLogger(__name__)

LOOK_S = 2.0
MISSES_MAX = 30


class Board(Protocol):
    """Something that can be looked at."""

    def look(self) -> dict[str, Any] | None:
        """What it says now, or said last; None once there is no point in looking again."""


class ShopBoard:
    """GET /exports/sales of the mock platform; any other shop has none, and its big screen shows the run's figures."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._last: dict[str, Any] | None = None
        self._misses = 0

    def look(self) -> dict[str, Any] | None:
        try:
            seen = self._target.admin("GET", "/exports/sales", timeout_s=LOOK_S)
        except TargetError as error:
            self._misses += 1
            if self._last is None or self._misses > MISSES_MAX:
                logger.info("the shop shows no sales board: %s", error)
                return None
            return self._last  # busy just now, as shops at their peak are
        self._misses = 0
        self._last = dict(seen)
        return self._last
