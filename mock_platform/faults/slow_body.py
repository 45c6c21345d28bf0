"""Slow body: the head comes at once and the body drips, which a client's time to first byte does not show."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Annotated

import msgspec
from aiohttp import hdrs, web

from mock_platform.faults.plan import Moment, Proceed, RequestFault

PIECES = 20


class SlowBody(RequestFault, frozen=True, kw_only=True, tag="slow_body"):
    """Proceed, then send the body in up to 20 pieces over `takes_s`."""

    takes_s: Annotated[float, msgspec.Meta(gt=0.0, le=300.0)] = 2.0

    async def hurt(self, proceed: Proceed, moment: Moment) -> web.StreamResponse:
        answer = await proceed()
        if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes) or not answer.body:
            return answer
        if moment.request.method == hdrs.METH_HEAD:  # no body follows: one sent would be read as the next answer
            return answer
        slow = web.StreamResponse(status=answer.status, headers=answer.headers)
        slow.content_length = len(answer.body)
        await slow.prepare(moment.request)
        size = -(-len(answer.body) // PIECES)
        starts = range(0, len(answer.body), size)
        with contextlib.suppress(ConnectionError):  # who hangs up in between has had enough of waiting
            for start in starts:
                await asyncio.sleep(self.takes_s / len(starts))
                await slow.write(answer.body[start : start + size])
            await slow.write_eof()
        return slow
