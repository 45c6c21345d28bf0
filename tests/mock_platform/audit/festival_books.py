"""A whole festival in some seconds: a real shop on loopback with every system on, honest people, and its export.

What `GET /exports/snapshot` gives afterwards has rows in every table and nothing wrong in it. Faults planted there
are found in books as they really are, not as a test's author thinks of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from aiohttp.test_utils import TestClient, TestServer

from mock_platform.app import METRICS, make_app
from mock_platform.domain.shipment import waybill_for
from mock_platform.domain.traces import Traces
from mock_platform.seed import make_seed
from tests.mock_platform.api.conftest import ADMIN_TOKEN, Caller, Shop, small_settings
from tests.mock_platform.audit.festival_people import PARTS, bought, paid, recalled, reserved_and_paid, set_up

SIZES = {"skus": 60, "merchants": 6, "customers": 400, "outlets": 3}
SETTINGS: dict[str, Any] = {
    **SIZES,
    "bank_declined_rate": 0.08,
    "bank_doubled_rate": 0.1,
    "customs_latency_s": 0.02,
    "customs_rejected_rate": 0.4,
    "customs_lost_rate": 0.0,
    "customs_late_rate": 0.0,
    "pickup_window_s": 2.0,
    "settle_every_s": 0.1,
    "picked_after_s": 0.02,
    "packed_after_s": 0.02,
    "sorted_per_s": 10.0,
    "carrier_collected_s": 0.02,
    "carrier_delivered_s": 0.02,
    "key_rotation_every_s": 0.0,
}


@contextlib.asynccontextmanager
async def festival_shop() -> AsyncIterator[Shop]:
    app = await make_app(small_settings(**SETTINGS))
    client: TestClient[Any, Any] = TestClient(TestServer(app))
    await client.start_server()
    try:
        operator = Caller(client, {"Authorization": f"Bearer {ADMIN_TOKEN}"})
        yield Shop(client, Caller(client), operator, app[METRICS])
    finally:
        await client.close()


def traces() -> Traces:
    """Of the people that the shop is seeded with."""
    known = Traces(b"the audit's own secret" * 2)
    for customer in make_seed(11, **SIZES).customers:
        known.learn(customer, waybill_for(customer))
    return known


async def festival_books() -> dict[str, Any]:
    """The export, once the bank has spoken and no event waits; parcels are still in every queue."""
    async with festival_shop() as shop:
        await set_up(shop)
        await asyncio.gather(*(part(shop) for part in PARTS))
        late = [await shop.customer(number) for number in range(300, 306)]
        await asyncio.gather(*(paid(buyer, lambda buyer=buyer: bought(buyer, 20, 30, 40)) for buyer in late))
        await recalled(shop, 312, 313, 314)
        await reserved_and_paid(shop, await shop.customer(310), "waiting")
        await bought(await shop.customer(311), 21)
        await asyncio.sleep(0.1)  # until some parcels are packed
        await shop.operator.until("/exports/pending", events=0, payments=0, holds=0)
        snapshot: dict[str, Any] = (await shop.operator.get("/exports/snapshot")).body
        return snapshot


@functools.cache
def _encoded() -> bytes:
    return msgspec.json.encode(asyncio.run(festival_books()))


def festival() -> dict[str, Any]:
    """A fresh copy of the books of one festival a process."""
    return dict(msgspec.json.decode(_encoded()))
