"""A small real shop on loopback, and people who speak HTTP to it."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer

from mock_platform.app import METRICS, make_app
from mock_platform.metrics import Metrics
from mock_platform.settings import Settings

ADMIN_TOKEN = "the operators' own token"


def small_settings(**changes: Any) -> Settings:
    """A bank that is prompt and honest, a carrier in a hurry, and few people."""
    small: dict[str, Any] = {
        "admin_token": ADMIN_TOKEN,
        "skus": 60,
        "merchants": 6,
        "customers": 400,
        "sweep_every_s": 0.05,
        "bank_latency_s": 0.005,
        "bank_declined_rate": 0.0,
        "bank_late_rate": 0.0,
        "bank_lost_rate": 0.0,
        "bank_doubled_rate": 0.0,
        "inquire_after_s": 0.3,
        "picked_after_s": 0.01,
        "packed_after_s": 0.01,
        "sorted_per_s": 1_000.0,
        "carrier_late_rate": 0.0,
        "carrier_lost_rate": 0.0,
        "carrier_doubled_rate": 0.0,
        "carrier_collected_s": 0.05,
        "carrier_road_km_per_s": 100_000.0,
        "carrier_delivered_s": 0.05,
    }
    return Settings(**{**small, **changes})


@dataclass(slots=True)
class Reply:
    status: int
    headers: Any
    body: Any

    @property
    def code(self) -> str:
        """The error's code; a test that asks for it expects a refusal."""
        assert set(self.body) == {"error"}, self.body
        assert set(self.body["error"]) == {"code", "message"}
        assert self.body["error"]["message"]
        return str(self.body["error"]["code"])


@dataclass(slots=True)
class Caller:
    """Somebody who sends requests, with a token or without."""

    client: TestClient[Any, Any]
    headers: dict[str, str] = field(default_factory=dict)
    customer: str = ""
    _keys: itertools.count[int] = field(default_factory=itertools.count)

    async def ask(
        self, method: str, path: str, json: Any = None, *, data: bytes | None = None, **headers: str
    ) -> Reply:
        body = data if json is None else msgspec.json.encode(json)
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        async with self.client.request(method, path, data=body, headers=sent) as answer:
            raw = await answer.read()
            is_json = answer.content_type == "application/json"
            return Reply(answer.status, answer.headers, msgspec.json.decode(raw) if is_json and raw else raw)

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, json: Any = None, **headers: str) -> Reply:
        return await self.ask("POST", path, json, **headers)

    def key(self) -> str:
        return f"test/{self.customer}/{next(self._keys)}"

    async def line(self, sku: str = "S0000001", quantity: int = 1) -> dict[str, Any]:
        detail = (await self.get(f"/skus/{sku}")).body
        return {"sku": sku, "quantity": quantity, "unit_price_fen": detail["price_fen"]}

    async def place(self, *lines: dict[str, Any], key: str = "", flash_sale: str | None = None) -> Reply:
        asked = {"lines": list(lines) or [await self.line()], "flash_sale": flash_sale}
        return await self.post("/orders", asked, Idempotency_Key=key or self.key())

    async def pay(self, order: dict[str, Any], *, key: str = "", amount_fen: int | None = None) -> Reply:
        amount_fen = order["payable_fen"] if amount_fen is None else amount_fen
        asked = {"order": order["order"], "amount_fen": amount_fen, "method": "alipay"}
        return await self.post("/payments", asked, Idempotency_Key=key or self.key())

    async def until(self, path: str, **expected: Any) -> Any:
        """Ask until the answer's fields are as expected, for at most five seconds."""
        ends_at = time.monotonic() + 5.0
        while True:
            body = (await self.get(path)).body
            if all(body.get(name) == value for name, value in expected.items()):
                return body
            assert time.monotonic() < ends_at, f"{path} is {body}, not {expected}"
            await asyncio.sleep(0.01)


@dataclass(slots=True)
class Shop:
    client: TestClient[Any, Any]
    anybody: Caller
    operator: Caller
    metrics: Metrics

    async def customer(self, number: int = 1) -> Caller:
        name = f"C{number:07d}"
        opened = await self.anybody.post("/customers/sessions", {"customer": name})
        assert opened.status == 201, opened.body
        headers = {"Authorization": f"Bearer {opened.body['token']}", "X-Device-Id": f"phone of {name}"}
        return Caller(self.client, headers, name)

    async def flash_sale(self, **changes: Any) -> dict[str, Any]:
        now = time.time()
        asked = {
            "sku": "S0000002",
            "price_fen": 100,
            "allotment": 10,
            "limit_per_buyer": 1,
            "opens_at": now - 1,
            "closes_at": now + 60,
        }
        created = await self.operator.post("/flash-sales", {**asked, **changes})
        assert created.status == 201, created.body
        sale: dict[str, Any] = created.body
        return sale

    async def violations(self) -> list[Any]:
        found: list[Any] = (await self.operator.get("/exports/audit")).body["violations"]
        return found

    def metric(self, name: str, **labels: str) -> float:
        value = self.metrics.registry.get_sample_value(name, labels)
        return 0.0 if value is None else value

    async def until_counted(self, name: str, **labels: str) -> None:
        """Wait until this series is above zero, for at most five seconds."""
        ends_at = time.monotonic() + 5.0
        while not self.metric(name, **labels):
            assert time.monotonic() < ends_at, f"{name} {labels} is still zero"
            await asyncio.sleep(0.01)


OpenShop = Callable[..., Awaitable[Shop]]


@pytest.fixture
async def open_shop() -> AsyncIterator[OpenShop]:
    """Opens shops with settings of the test's own; they are closed after it."""
    clients: list[TestClient[Any, Any]] = []

    async def opened(**changes: Any) -> Shop:
        app = await make_app(small_settings(**changes))
        client = TestClient(TestServer(app))
        await client.start_server()
        clients.append(client)
        operator = Caller(client, {"Authorization": f"Bearer {ADMIN_TOKEN}"})
        return Shop(client, Caller(client), operator, app[METRICS])

    yield opened
    for client in clients:
        await client.close()


@pytest.fixture
async def shop(open_shop: OpenShop) -> Shop:
    return await open_shop()
