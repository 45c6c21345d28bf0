"""A tiny shop that serves as promised until it is told a lie: for proving that every check of the storefront bites.

Run as a process of its own; it prints its port. `POST /lie` sets the lie, a JSON object:
    operation   Locust's name of the operation that lies
    patch       [[path, value], ...]: what is changed in an otherwise honest answer
    status      instead of the right one
    raw         text instead of a JSON body
    headers     sent in addition
    delay_s     before the answer
    hang_up     close the connection instead of answering
    times       how many answers lie (all)
    reset       forget all customers, orders and keys
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from typing import Any

from aiohttp import web

NAMES = {
    ("POST", "/customers/sessions"): "POST /customers/sessions",
    ("GET", "/carts/mine"): "GET /carts/mine",
    ("PUT", "/carts/mine/lines/{sku}"): "PUT /carts/mine/lines/{sku}",
    ("GET", "/flash-sales"): "GET /flash-sales",
    ("POST", "/orders"): "POST /orders",
    ("POST", "/payments"): "POST /payments",
    ("GET", "/payments/{payment}"): "GET /payments/{payment}",
    ("GET", "/orders/{order}"): "GET /orders/{order}",
    ("GET", "/shipments"): "GET /shipments",
    ("GET", "/skus/{sku}"): "GET /skus/{sku}",
}
CATEGORIES = ("tea", "shoes")
SKUS = [
    {
        "sku": f"S{n:07d}",
        "title": f"good {CATEGORIES[n % 2]} {n}",
        "category": CATEGORIES[n % 2],
        "merchant": "M0001",
        "price_fen": 100 + n,
    }
    for n in range(1, 31)
]
PRICES = {sku["sku"]: sku["price_fen"] for sku in SKUS}


class Shop:
    """Honest state; one process, one event loop."""

    def __init__(self) -> None:
        self.lie: dict[str, Any] = {}
        self.numbers = itertools.count(1)
        self.carts: dict[str, dict[str, int]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, str] = {}
        self.payments: dict[str, dict[str, Any]] = {}
        self.seen: list[dict[str, Any]] = []

    def buyer(self, request: web.Request) -> str:
        return request.headers.get("Authorization", "Bearer ?").removeprefix("Bearer ").split("/")[0]

    def cart(self, buyer: str) -> dict[str, Any]:
        lines = self.carts.setdefault(buyer, {"S0000002": 1, "S0000003": 2})
        rows = [
            {"sku": sku, "title": sku, "quantity": quantity, "unit_price_fen": PRICES[sku]}
            for sku, quantity in lines.items()
        ]
        return {"lines": rows, "total_fen": sum(r["quantity"] * r["unit_price_fen"] for r in rows)}

    def order(self, request: web.Request, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        key = request.headers["Idempotency-Key"]
        if key in self.by_key:
            return self.orders[self.by_key[key]], True
        number = self.by_key[key] = f"O{next(self.numbers)}"
        self.orders[number] = {
            "order": number,
            "buyer": self.buyer(request),
            "state": "placed",
            "payable_fen": sum(line["quantity"] * line["unit_price_fen"] for line in body["lines"]),
            "lines": [{**line, "merchant": "M0001"} for line in body["lines"]],
            "flash_sale": body["flash_sale"],
            "placed_at": time.time(),
            "pay_before": time.time() + 60,
        }
        return self.orders[number], False

    def pay(self, request: web.Request, body: dict[str, Any]) -> dict[str, Any]:
        key = request.headers["Idempotency-Key"]
        if key not in self.by_key:
            self.by_key[key] = f"P{next(self.numbers)}"
            self.payments[self.by_key[key]] = {
                "payment": self.by_key[key],
                "order": body["order"],
                "amount_fen": body["amount_fen"],
                "state": "pending",
                "reason": None,
            }
        return self.payments[self.by_key[key]]

    def settle(self, payment: dict[str, Any]) -> dict[str, Any]:
        payment["state"] = "posted"
        self.orders[payment["order"]]["state"] = "paid"
        return payment

    def parcels(self, order: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {
                "parcel": "B1",
                "order": order["order"],
                "merchant": "M0001",
                "state": "created",
                "carrier": "zto",
                "waybill": {"name": "王*", "phone": "138****1234", "address": "杭州市***"},
                "lines": [{"sku": line["sku"], "quantity": line["quantity"]} for line in order["lines"]],
            }
        ]

    def page(self, query: Any) -> dict[str, Any]:
        number, per_page = int(query.get("page", 1)), int(query.get("per_page", 20))
        found = [
            s
            for s in SKUS
            if query.get("category") in (None, s["category"])
            and all(word in s["title"] for word in query.get("q", "").split())
        ]
        skus = found[(number - 1) * per_page : number * per_page]
        return {"skus": skus, "page": number, "pages": -(-len(found) // per_page), "total": len(found)}

    async def answer(self, request: web.Request, operation: str) -> tuple[int, Any, dict[str, str]]:
        body = await request.json() if request.can_read_body else {}
        buyer, part = self.buyer(request), request.match_info
        if operation == "POST /customers/sessions":
            token = f"{body['customer']}/{next(self.numbers)}"
            return 201, {"customer": body["customer"], "token": token, "expires_at": time.time() + 3600}, {}
        if operation in ("GET /skus", "GET /skus?q="):
            return 200, self.page(request.query), {}
        if operation == "GET /skus/{sku}":
            return 200, {**next(s for s in SKUS if s["sku"] == part["sku"]), "free": 7}, {}
        if operation == "GET /carts/mine":
            return 200, self.cart(buyer), {}
        if operation == "PUT /carts/mine/lines/{sku}":
            self.cart(buyer)
            self.carts[buyer][part["sku"]] = body["quantity"]
            return 200, self.cart(buyer), {}
        if operation == "GET /flash-sales":
            times = {"opens_at": time.time() - 5, "closes_at": time.time() + 60}
            sale = {"flash_sale": "F1", "sku": "S0000001", "title": "tea", "price_fen": 50, "allotment": 5}
            return 200, {"flash_sales": [{**sale, **times, "limit_per_buyer": 1, "state": "open"}]}, {}
        if operation == "POST /orders":
            order, replayed = self.order(request, body)
            return 201, order, {"Idempotency-Replayed": "true"} if replayed else {}
        if operation == "POST /payments":
            again = request.headers["Idempotency-Key"] in self.by_key
            return 202, self.pay(request, body), {"Idempotency-Replayed": "true"} if again else {}
        if operation == "GET /payments/{payment}":
            return 200, self.settle(self.payments[part["payment"]]), {}
        if operation == "GET /orders/{order}":
            return 200, self.orders[part["order"]], {}
        return 200, {"shipments": self.parcels(self.orders[request.query["order"]])}, {}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        operation = NAMES.get((request.method, request.match_info.route.resource.canonical), "GET /skus")  # type: ignore[union-attr]
        if operation == "GET /skus" and "q" in request.query:
            operation = "GET /skus?q="
        self.seen.append({"operation": operation, "headers": dict(request.headers)})
        status, body, headers = await self.answer(request, operation)
        lie = self.lie if self.lie.get("operation") == operation and self.lie.get("times", 1) > 0 else {}
        if lie:
            lie["times"] = lie.get("times", 1_000_000) - 1
        body = json.loads(json.dumps(body))
        for path, value in lie.get("patch", ()):
            patched(body, path, value)
        await asyncio.sleep(lie.get("delay_s", 0))
        if lie.get("hang_up"):
            assert request.transport is not None
            request.transport.close()
        return web.Response(
            status=lie.get("status", status),
            text=lie.get("raw", json.dumps(body)),
            headers={**headers, **lie.get("headers", {})},
            content_type="application/json",
        )

    async def set_lie(self, request: web.Request) -> web.Response:
        lie = await request.json()
        if lie.pop("reset", False):
            self.__init__()  # type: ignore[misc]
        self.lie, self.seen = lie, []
        return web.json_response({})

    async def tell(self, _: web.Request) -> web.Response:
        return web.json_response(self.seen)


def patched(body: Any, path: list[Any], value: Any) -> None:
    """Set what lies at the path, or take it away."""
    for name in path[:-1]:
        body = body[name]
    if value == "<absent>":
        del body[path[-1]]
    else:
        body[path[-1]] = value


async def main() -> None:
    shop = Shop()
    app = web.Application()
    for method, path in [*NAMES, ("GET", "/skus")]:
        app.router.add_route(method, path, shop.serve)
    app.router.add_post("/lie", shop.set_lie)
    app.router.add_get("/seen", shop.tell)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)  # whoever started us has gone


if __name__ == "__main__":
    asyncio.run(main())
