"""Whichever route is asked, by whom, and with what: only the two that may give a person in the clear ever do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from mock_platform.domain.shipment import waybill_for
from mock_platform.domain.traces import Traces
from mock_platform.seed import make_seed
from tests.mock_platform.api.conftest import Caller, OpenShop, Shop
from tests.mock_platform.api.test_api_marketplace import merchant
from tests.mock_platform.api.test_api_outlets import clerk, ready

MAY_TELL = {("POST", "/customers/me/exports"), ("POST", "/customers/{customer}/openings")}
QUERIES = ("", "?order={order}", "?q=%E7%8E%8B&per_page=100", "?per_page=100&page=1")


@pytest.fixture(scope="module")
def traces() -> Traces:
    """Knows every person of the small shop."""
    traces = Traces(b"of this test alone, as long as 32")
    for customer in make_seed(11, skus=60, merchants=6, customers=400).customers:
        traces.learn(customer, waybill_for(customer))
    return traces


@pytest.fixture
async def busy(open_shop: OpenShop) -> Shop:
    """A shop with somebody of every kind in its books: bought, refunded, picked up, imported, erased, refused."""
    shop = await open_shop(customs_latency_s=0.02, customs_lost_rate=0.0, customs_late_rate=0.0)
    buyer = await shop.customer(7)
    order = (await buyer.place()).body
    await buyer.pay(order)
    await buyer.until(f"/orders/{order['order']}", state="delivered")
    await ready(shop, buyer)
    abroad = (await buyer.get("/imports?per_page=100")).body["skus"]
    cheap = min(abroad, key=lambda sku: sku["price_fen"])
    await buyer.pay((await buyer.place(await buyer.line(cheap["sku"]))).body)
    leaver = await shop.customer(400)
    await leaver.pay((await leaver.place()).body)
    await leaver.post("/customers/me/erasures", Idempotency_Key="go")
    sale = await shop.flash_sale()
    hot = {"sku": sale["sku"], "quantity": 1, "unit_price_fen": sale["price_fen"]}
    for number in range(1, 5):
        bot = await shop.customer(number)
        bot.headers["X-Device-Id"] = "farm"
        await bot.place(hot, flash_sale=sale["flash_sale"])
    await shop.operator.post("/customers/C0000009/openings", {"why": "legal"})
    return shop


def routes(shop: Shop) -> Iterator[tuple[str, str]]:
    for route in shop.client.app.router.routes():  # type: ignore[union-attr]
        assert route.resource is not None
        yield ("PURGE" if route.method == "*" else route.method), route.resource.canonical


async def test_no_route_tells_anybody_anything_of_a_person(busy: Shop, traces: Traces) -> None:
    buyer = await busy.customer(7)
    orders = (await buyer.get("/orders")).body["orders"]
    order = orders[-1]["order"]
    parcel = (await buyer.get(f"/shipments?order={order}")).body["shipments"][0]["parcel"]
    names = {"order": order, "parcel": parcel, "sku": "S0000001", "merchant": "M0001", "outlet": "D0001"}
    names |= {"customer": "C0000007", "payment": "P1", "fault": "F1", "rest": "nowhere"}
    callers = [busy.anybody, buyer, busy.operator, await merchant(busy), await clerk(busy)]
    asked, told = 0, set()
    for method, path in sorted(routes(busy)):
        for query in QUERIES if method == "GET" else ("",):
            where = re.sub(r"{(\w+)[^}]*}", lambda found: names[found.group(1)], path) + query.format(**names)
            if (method, path) == ("POST", "/customers/me/erasures"):
                continue
            for caller in callers:
                body = {"why": "legal"} if path.endswith("openings") else {}
                answer = await raw(caller, method, where, body)
                asked += 1
                if any(traces.find(answer)):
                    told.add((method, path))
    assert told == MAY_TELL
    assert asked > 400


async def raw(caller: Caller, method: str, path: str, body: Any) -> str:
    """The whole answer, head and body, as text."""
    headers = {**caller.headers, "Idempotency-Key": caller.key()}
    data = None if method in ("GET", "HEAD") else msgspec.json.encode(body)
    async with caller.client.request(method, path, data=data, headers=headers) as answer:
        return f"{answer.headers}\n{(await answer.read()).decode()}"
