"""Disconnect: the connection is cut, before the work or, worse, after it: done, and nobody was told."""

from __future__ import annotations

from typing import Literal

from aiohttp import web

from mock_platform.faults.plan import Moment, Proceed, RequestFault

CLIENT_CLOSED_STATUS = 499  # nginx's number for "no answer was sent"; only our own metrics see it


class Disconnect(RequestFault, frozen=True, kw_only=True, tag="disconnect"):
    """Cut the connection `before` the request is worked on or `after`. A buyer must ask again with the same key."""

    when: Literal["before", "after"] = "after"

    async def hurt(self, proceed: Proceed, moment: Moment) -> web.StreamResponse:
        if self.when == "after":
            await proceed()
        if moment.request.transport is not None:
            moment.request.transport.abort()
        return web.Response(status=CLIENT_CLOSED_STATUS)
