"""A merchant on the open platform."""

from __future__ import annotations

import msgspec


class Merchant(msgspec.Struct, frozen=True, gc=False):
    merchant: str
    name: str
    city: str
