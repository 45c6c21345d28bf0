"""Latency: every request takes longer, by a fixed time and some jitter on top."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from aiohttp import web

from mock_platform.faults.plan import Moment, Proceed, RequestFault


class Latency(RequestFault, frozen=True, kw_only=True, tag="latency"):
    """Wait, then proceed. The wait is `delay_s` plus an even draw from 0 to `jitter_s`."""

    delay_s: Annotated[float, msgspec.Meta(ge=0.0, le=60.0)] = 0.5
    jitter_s: Annotated[float, msgspec.Meta(ge=0.0, le=60.0)] = 0.0

    async def hurt(self, proceed: Proceed, moment: Moment) -> web.StreamResponse:
        await asyncio.sleep(self.delay_s + moment.rng.uniform(0.0, self.jitter_s))
        return await proceed()
