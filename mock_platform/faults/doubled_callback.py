"""Doubled callback: a partner calls back more than once; only the first may have an effect."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.faults.plan import CallbackFault


class DoubledCallback(CallbackFault, frozen=True, kw_only=True, tag="doubled_callback"):
    """Each callback arrives `times` times."""

    times: Annotated[int, msgspec.Meta(ge=2, le=10)] = 2

    def deliveries(self, planned: int) -> int:
        return planned * self.times
