"""Isolation: every route the shop serves, walked with everybody else's token, and merchants' with another merchant's.

The routes are those of the shop's own document, so that one added tomorrow is walked tomorrow.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from tests.mock_platform.api.conftest import Caller, OpenShop, Shop

KEEPERS = {"session": "customer", "merchant": "merchant", "clerk": "clerk", "admin": "operator"}
"""Who holds the key to which of the document's security schemes."""
OTHERS_PARTS = {"sku": "S0000001", "merchant": "M0001"}


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    keeper: str
    """Who may call it; empty: everybody."""


@dataclass(slots=True)
class Hall:
    shop: Shop
    callers: dict[str, Caller]
    operations: list[Operation]
    order: dict[str, Any]
    """Of the customer, with goods of `mine` and `theirs`."""
    mine: Caller
    theirs: Caller
    skus: dict[str, list[str]]
    """Of each of the two merchants."""

    def url(self, path: str) -> str:
        parts = {
            "order": self.order["order"],
            "parcel": f"{self.order['order']}-1",
            "outlet": self.callers["clerk"].customer,
            **OTHERS_PARTS,
        }
        return re.sub(r"{(\w+)}", lambda part: parts.get(part.group(1), "X1"), path)


@pytest.fixture
async def hall(open_shop: OpenShop) -> AsyncIterator[Hall]:
    shop = await open_shop(settle_every_s=0.05)
    buyer = await shop.customer()
    mine, theirs = await _merchant(shop, "M0001"), await _merchant(shop, "M0002")
    skus = {
        who.customer: [each["sku"] for each in (await who.get("/merchants/mine/skus?per_page=100")).body["skus"]]
        for who in (mine, theirs)
    }
    order = (await buyer.place(*[await buyer.line(listed[0]) for listed in skus.values()])).body
    await buyer.pay(order)
    await mine.until("/merchants/mine/settlements", total=1)
    outlet = (await shop.anybody.get("/outlets")).body["outlets"][0]["outlet"]
    secret = (await shop.operator.post(f"/outlets/{outlet}/secrets")).body["secret"]
    clerk = await _signed_in(shop, f"/outlets/{outlet}/sessions", {"secret": secret}, outlet)
    document = (await shop.anybody.get("/openapi.json")).body
    operations = [
        Operation(method.upper(), path, KEEPERS[next(iter(asked["security"][0]))] if asked["security"] else "")
        for path, methods in document["paths"].items()
        for method, asked in methods.items()
    ]
    callers = {"customer": buyer, "merchant": mine, "clerk": clerk, "operator": shop.operator, "nobody": shop.anybody}
    yield Hall(shop, callers, operations, order, mine, theirs, skus)


async def _merchant(shop: Shop, name: str) -> Caller:
    secret = (await shop.operator.post(f"/merchants/{name}/secrets")).body["secret"]
    return await _signed_in(shop, "/merchants/sessions", {"merchant": name, "secret": secret}, name)


async def _signed_in(shop: Shop, path: str, asked: dict[str, str], name: str) -> Caller:
    opened = await shop.anybody.post(path, asked)
    assert opened.status == 201, opened.body
    return Caller(shop.client, {"Authorization": f"Bearer {opened.body['token']}"}, name)


async def test_no_route_opens_for_anybody_but_its_keeper(hall: Hall) -> None:
    before = await _books(hall)
    walked = dict.fromkeys(KEEPERS.values(), 0)
    for operation in hall.operations:
        if not operation.keeper:
            continue
        walked[operation.keeper] += 1
        for who, caller in hall.callers.items():
            if who == operation.keeper:
                continue
            refused = await caller.ask(operation.method, hall.url(operation.path), {}, Idempotency_Key="k")
            told = 403 if operation.keeper == "operator" and who != "nobody" else 401
            assert refused.status == told, f"{who} at {operation}: {refused.status} {refused.body}"
            assert refused.code == ("forbidden" if told == 403 else "unauthenticated")
    assert walked["merchant"] >= 7 and walked["customer"] >= 20 and walked["clerk"] >= 2 and walked["operator"] >= 15
    assert await _books(hall) == before, "and nothing came of it"


async def test_the_document_tells_the_truth_about_who_may_call(hall: Hall) -> None:
    """Or the walk above would walk past a door: whoever is let in without a token is 'everybody' there."""
    for operation in hall.operations:
        answer = await hall.shop.anybody.ask(operation.method, hall.url(operation.path), {}, Idempotency_Key="k")
        may_be_401 = "sessions" in operation.path  # where the secret is asked for and not a token
        assert (answer.status == 401) == bool(operation.keeper) or may_be_401, operation


async def test_every_merchants_route_with_another_merchants_token_shows_and_changes_nothing_of_the_first(
    hall: Hall,
) -> None:
    """Every merchant's route at once, with each SKU of the first in its path, by the second; and the books after it."""
    owned = await _rows_of(hall, hall.mine)
    routes = [each for each in hall.operations if each.keeper == "merchant"]
    assert len(routes) >= 7
    bodies: dict[str, Any] = {"price": {"price_fen": 1}, "restocks": {"quantity": 7}}
    for operation in routes:
        if "{sku}" not in operation.path:
            continue
        for number, sku in enumerate(hall.skus["M0001"]):
            path = operation.path.replace("{sku}", sku)
            body = bodies[path.rpartition("/")[2]] if operation.method != "GET" else None
            refused = await hall.theirs.ask(operation.method, path, body, Idempotency_Key=f"k{number}")
            assert (refused.status, refused.code) == (404, "unknown_sku"), f"{operation} with {sku}"
    for path in ("/merchants/mine/skus", "/merchants/mine/orders", "/merchants/mine/settlements"):
        for told in ("", "?merchant=M0001", "?per_page=100&page=1&merchant=M0001", "?page=99"):
            body = (await hall.theirs.get(f"{path}{told}")).body
            assert "M0001" not in str(body) and not {*hall.skus["M0001"]} & {*re.findall(r"S\d{7}", str(body))}
    assert await _rows_of(hall, hall.mine) == owned
    assert await hall.shop.violations() == []


async def test_an_order_of_two_merchants_shows_each_its_own_lines_its_own_sum_and_no_buyer(hall: Hall) -> None:
    for who, others in ((hall.mine, "M0002"), (hall.theirs, "M0001")):
        (sale,) = (await who.get("/merchants/mine/orders")).body["orders"]
        (line,) = sale["lines"]
        assert line["sku"] == hall.skus[who.customer][0] and sale["due_fen"] == line["due_fen"]
        text = str(sale)
        assert others not in text and hall.skus[others][0] not in text and hall.callers["customer"].customer not in text


async def test_a_merchants_name_in_another_audiences_token_opens_nothing(hall: Hall) -> None:
    """A customer, a clerk and a merchant of one name: a token says for whom it was made."""
    opened = await hall.shop.anybody.post("/customers/sessions", {"customer": "C0000007"})
    for path in ("/merchants/mine/orders", "/merchants/mine/skus"):
        stranger = Caller(hall.shop.client, {"Authorization": f"Bearer {opened.body['token']}"})
        assert (await stranger.get(path)).code == "unauthenticated"


async def test_parcels_are_tracked_by_their_buyer_alone(hall: Hall) -> None:
    buyer = hall.callers["customer"]
    parcels = (await buyer.get(f"/shipments?order={hall.order['order']}")).body["shipments"]
    assert len(parcels) == 2
    stranger = await hall.shop.customer(2)
    for parcel in parcels:
        path = f"/shipments/{parcel['parcel']}/tracking"
        assert (await buyer.get(path)).status == 200
        assert (await stranger.get(path)).code == "not_found"
        for caller in (hall.mine, hall.theirs, hall.callers["clerk"], hall.shop.operator, hall.shop.anybody):
            assert (await caller.get(path)).code == "unauthenticated"


async def test_every_customers_route_with_another_customers_token_is_as_if_the_thing_were_not_there(hall: Hall) -> None:
    stranger, walked = await hall.shop.customer(2), 0
    for operation in hall.operations:
        parts = set(re.findall(r"{(\w+)}", operation.path)) - {"sku"}
        if operation.keeper != "customer" or not parts:
            continue
        walked += 1
        refused = await stranger.ask(operation.method, hall.url(operation.path), Idempotency_Key=f"k{walked}")
        assert refused.status == 404, f"{operation}: {refused.status} {refused.body}"
    assert walked >= 5
    asked = {"order": hall.order["order"], "amount_fen": hall.order["payable_fen"], "method": "alipay"}
    assert (await stranger.post("/payments", asked, Idempotency_Key="p")).code == "unknown_order"
    assert (await stranger.get(f"/shipments?order={hall.order['order']}")).code == "unknown_order"


async def _rows_of(hall: Hall, who: Caller) -> bytes:
    """All a merchant can see of their own, but for how late it is."""
    paths = ["/merchants/mine/skus?per_page=100", "/merchants/mine/orders", "/merchants/mine/settlements"]
    paths += [f"/merchants/mine/skus/{sku}/price" for sku in hall.skus[who.customer]]
    return msgspec.json.encode([(await who.get(path)).body for path in paths])


async def _books(hall: Hall) -> dict[str, Any]:
    snapshot: dict[str, Any] = (await hall.shop.operator.get("/exports/snapshot")).body
    moving = {"taken_at", "pending", "parcels", "warehouses"}
    return {name: rows for name, rows in snapshot.items() if name not in moving}
