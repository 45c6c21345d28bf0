"""/healthz, /readyz, /metrics and /exports over HTTP."""

from __future__ import annotations

import time

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text


async def test_healthz_tells_two_starts_apart(shop, open_shop):
    alive = (await shop.anybody.get("/healthz")).body
    other = (await (await open_shop()).anybody.get("/healthz")).body
    assert set(alive) == {"status", "shop", "version", "boot", "started_at"}
    assert (alive["status"], alive["shop"]) == ("ok", "zerohour")
    assert alive["boot"] != other["boot"]
    assert alive["started_at"] == pytest.approx(time.time(), abs=60)


async def test_readyz_tells_how_large_the_shop_is(shop):
    ready = await shop.anybody.get("/readyz")
    assert ready.status == 200
    seeded = ready.body["seeded"]
    assert ready.body["ready"] is True
    assert (seeded["customers"], seeded["skus"], seeded["merchants"]) == (400, 60, 6)
    assert len(seeded["categories"]) == 6


async def test_metrics_come_as_text_or_openmetrics(shop):
    await shop.anybody.get("/skus")
    text = await shop.anybody.get("/metrics")
    assert text.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    (family,) = (each for each in read_text(text.body.decode()) if each.name == "shop_http_request_duration_seconds")
    assert [each.value for each in family.samples if each.name.endswith("_count")] == [1]
    openmetrics = await shop.anybody.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert openmetrics.headers["Content-Type"].startswith("application/openmetrics-text")
    assert "shop_orders" in {family.name for family in read_openmetrics(openmetrics.body.decode())}


async def test_stock_and_what_is_pending_are_watched(open_shop):
    shop = await open_shop(bank_latency_s=30.0, inquire_after_s=60.0)
    buyer = await shop.customer()
    await buyer.pay((await buyer.place(await buyer.line("S0000001", 3))).body)
    ends_at = time.monotonic() + 5
    while shop.metric("shop_stock_units", state="sold") != 3 or shop.metric("shop_pending", kind="payments") != 1:
        assert time.monotonic() < ends_at
        await buyer.get("/healthz")
    assert shop.metric("shop_stock_units", state="free") > 1_000
    assert (await shop.operator.get("/exports/pending")).body["payments"] == 1


async def test_the_snapshot_holds_the_books_and_no_personal_data(shop):
    buyer = await shop.customer(3)
    order = (await buyer.place(key="run/0/1")).body
    await buyer.pay(order, key="run/0/2")
    await buyer.until(f"/orders/{order['order']}", state="delivered")
    exported = await shop.operator.get("/exports/snapshot")
    books = exported.body
    assert set(books) >= {
        *("schema", "taken_at", "boot", "settings", "stock", "allocations", "flash_sales", "orders", "payments"),
        *("bank", "parcels", "ledger", "keys", "pending"),
    }
    assert books["boot"] == (await shop.anybody.get("/healthz")).body["boot"]
    assert [each["key"] for each in books["orders"]] == ["run/0/1"]
    assert books["orders"][0]["history"][-1][0] == "delivered"
    assert sum(leg["amount_fen"] for entry in books["ledger"] for leg in entry["legs"]) == 0
    clear = (await buyer.post("/customers/me/exports", Idempotency_Key="x")).body
    assert not any(clear[field] in str(books) for field in ("name", "phone", "address"))


async def test_the_audit_of_untouched_books_checks_everything_and_finds_nothing(shop):
    audited = (await shop.operator.get("/exports/audit")).body
    assert set(audited) == {"checked", "invariants", "violations", "systems", "pending"}
    assert audited["checked"] == len(audited["invariants"]) > 5
    assert audited["violations"] == []
    assert sum(system["invariants"] for system in audited["systems"]) == audited["checked"]
    systems = audited["pending"].pop("systems")
    assert not any([*audited["pending"].values(), *systems.values()])
