"""Refusal: an error status instead of an answer, as a broken or overloaded dependency gives."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web

from mock_platform.faults.plan import Moment, Proceed, RequestFault


class Refusal(RequestFault, frozen=True, kw_only=True, tag="refusal"):
    """Answer `status` at once; the request reaches nothing."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)] = 503

    async def hurt(self, proceed: Proceed, moment: Moment) -> web.StreamResponse:
        error = {"code": "injected_fault", "message": f"A fault plan answers {self.status} here."}
        return web.json_response({"error": error}, status=self.status)
