"""Hang: requests stand still until the fault is over, then go on, as after a long pause or a held lock."""

from __future__ import annotations

import asyncio

from aiohttp import web

from mock_platform.faults.plan import Moment, Proceed, RequestFault


class Hang(RequestFault, frozen=True, kw_only=True, tag="hang"):
    """Wait for the end of the plan, then proceed. Removing the plan early frees no request that already hangs."""

    async def hurt(self, proceed: Proceed, moment: Moment) -> web.StreamResponse:
        await asyncio.sleep(moment.left_s)
        return await proceed()
