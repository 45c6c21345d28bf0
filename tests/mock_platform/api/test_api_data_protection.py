"""Personal data over HTTP: in the clear to its owner or for a logged reason, else masked, sealed, or gone."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from mock_platform.domain.customer import Customer
from mock_platform.domain.idempotency import Claim
from mock_platform.domain.purchase import Purchase
from mock_platform.log_lines import MaskingFormatter, log_to
from mock_platform.seed import make_seed
from mock_platform.services.checkout import Checkout
from mock_platform.systems.ground import System, all_screens

MASKS = ("name", "phone", "address")


def seeded() -> dict[str, Customer]:
    """The people of the small shop."""
    shop = make_seed(11, skus=60, merchants=6, customers=400)
    return {customer.customer: customer for customer in shop.customers}


async def wait_for_rotation(shop: Any) -> dict[str, Any]:
    for _ in range(500):
        books: dict[str, Any] = (await shop.operator.get("/exports/snapshot")).body
        if not books["personal_data"][0]["is_rotating"]:
            return books
        await asyncio.sleep(0.01)
    raise AssertionError("the rotation does not end")


async def test_a_customer_exports_their_own_data_in_the_clear(shop):
    buyer = await shop.customer(7)
    order = (await buyer.place()).body
    made = await buyer.post("/customers/me/exports", Idempotency_Key="mine")
    clear = seeded()["C0000007"]
    assert made.status == 201
    assert made.headers["Cache-Control"] == "no-store"
    assert {name: made.body[name] for name in ("customer", *MASKS)} == {
        name: getattr(clear, name) for name in ("customer", *MASKS)
    }
    assert [each["order"] for each in made.body["orders"]] == [order["order"]]
    assert "Idempotency-Replayed" not in made.headers
    again = await buyer.post("/customers/me/exports", Idempotency_Key="mine")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.body == made.body
    log = (await shop.operator.get("/access-log")).body
    assert [(row["number"], row["who"], row["why"], row["customer"]) for row in log["reads"]] == [
        (number, "customer", "export", "C0000007") for number in (2, 1)
    ]
    assert log["total"] == 2
    assert not any(value in str(log) for value in (clear.name, clear.phone, clear.address))


async def test_exports_are_bounded_and_need_a_session_and_a_key(shop):
    buyer = await shop.customer(7)
    statuses = [(await buyer.post("/customers/me/exports", Idempotency_Key=f"k{number}")).status for number in range(6)]
    assert statuses == [201] * 5 + [429]
    refused = await buyer.post("/customers/me/exports", Idempotency_Key="k6")
    assert (refused.code, refused.headers["Retry-After"]) == ("too_many_exports", "60")
    assert (await buyer.post("/customers/me/exports")).code == "idempotency_key_missing"
    assert (await shop.anybody.post("/customers/me/exports", Idempotency_Key="k")).status == 401
    assert (await shop.operator.post("/customers/me/exports", Idempotency_Key="k")).status == 401


async def test_an_operator_opens_for_a_reason_only(shop):
    path = "/customers/C0000009/openings"
    opened = await shop.operator.post(path, {"why": "delivery"})
    assert opened.status == 201
    assert opened.body["phone"] == seeded()["C0000009"].phone
    (row,) = (await shop.operator.get("/access-log")).body["reads"]
    assert (row["who"], row["why"], row["request"]) == ("operator", "delivery", opened.body["opening"])
    assert (await shop.operator.post(path, {"why": "export"})).code == "malformed_request"
    assert (await shop.operator.post(path, {"why": "curiosity"})).code == "malformed_request"
    assert (await shop.operator.post("/customers/C9999999/openings", {"why": "legal"})).code == "unknown_customer"
    buyer = await shop.customer(9)
    assert (await buyer.post(path, {"why": "delivery"})).status in (401, 403)
    assert (await buyer.get("/access-log")).status in (401, 403)
    assert shop.metric("shop_clear_reads_total", who="operator", why="delivery") == 1


async def test_an_erased_customer_is_gone_and_their_parcels_arrive(shop):
    buyer = await shop.customer(400)
    order = (await buyer.place()).body
    await buyer.pay(order)
    erased = await buyer.post("/customers/me/erasures", Idempotency_Key="go")
    assert (erased.status, erased.body["customer"]) == (201, "C0000400")
    again = await buyer.post("/customers/me/erasures", Idempotency_Key="go")
    assert again.body == erased.body and again.headers["Idempotency-Replayed"] == "true"
    refused = [
        await buyer.get("/customers/me"),
        await buyer.post("/customers/me/exports", Idempotency_Key="x"),
        await buyer.post("/customers/me/erasures", Idempotency_Key="other"),
        await shop.anybody.post("/customers/sessions", {"customer": "C0000400"}),
        await shop.operator.post("/customers/C0000400/openings", {"why": "legal"}),
        await buyer.place(),
        await buyer.ask("PUT", "/carts/mine/lines/S0000001", {"quantity": 1}),
    ]
    assert {(each.status, each.code) for each in refused} == {(410, "customer_erased")}
    assert (await buyer.get("/carts/mine")).body["lines"] == []
    await buyer.until(f"/orders/{order['order']}", state="delivered")
    for _ in range(300):
        parcels = (await buyer.get(f"/shipments?order={order['order']}")).body["shipments"]
        if {tuple(parcel["waybill"][field] for field in MASKS) for parcel in parcels} == {("*", "****", "****")}:
            break
        await asyncio.sleep(0.01)
    else:
        raise AssertionError(f"the waybills of somebody erased still show {parcels}")
    assert await shop.violations() == []
    assert shop.metric("shop_erasures_total") == 1


async def test_keys_rotate_while_customers_are_served(shop):
    buyer = await shop.customer(3)
    begun = await shop.operator.post("/key-rotations")
    assert (begun.status, begun.body["key"], begun.body["customers"]) == (202, "K2", 400)
    assert (await buyer.post("/customers/me/exports", Idempotency_Key="x")).status == 201
    books = await wait_for_rotation(shop)
    assert books["master_keys"] == [
        {"key": "K1", "state": "destroyed", "data_keys": 0},
        {"key": "K2", "state": "active", "data_keys": 400},
    ]
    assert (await buyer.post("/customers/me/exports", Idempotency_Key="y")).status == 201
    assert await shop.violations() == []
    assert shop.metric("shop_key_rotations_total") == 1
    assert shop.metric("shop_data_keys_rewrapped_total") == 400
    assert (await buyer.post("/key-rotations")).status in (401, 403)


@pytest.fixture
def captured() -> Iterator[io.StringIO]:
    """Every log line of everybody, as text."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    # The shop switches aiohttp's own access log off, as `python -m mock_platform` does; the test's server has it on.
    handler.addFilter(lambda record: record.name != "aiohttp.access")
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


async def test_a_storm_with_faults_leaves_no_value_in_logs_books_metrics_or_memory(open_shop, captured, tmp_path):
    log_file = tmp_path / "platform.log"
    shop = await open_shop(log_file=str(log_file), access_log_file=str(tmp_path / "access.jsonl"))
    handler = logging.FileHandler(log_file, encoding="utf-8")
    handler.addFilter(lambda record: record.name != "aiohttp.access")
    logging.getLogger().addHandler(handler)
    people = seeded()
    plan = {"kind": "lost_callback", "route": "carrier", "rate": 0.3}
    await shop.operator.post("/fault-plans", plan)

    async def visit(number: int) -> None:
        buyer = await shop.customer(number)
        order = await buyer.place()
        if order.status == 201:
            await buyer.pay(order.body)
        mine = (await buyer.post("/customers/me/exports", Idempotency_Key="k")).body
        assert mine["phone"] == people[buyer.customer].phone
        await buyer.post("/orders", {"lines": [mine]}, Idempotency_Key="bad")
        await buyer.post("/orders", {"lines": [], mine["name"]: mine["address"]}, Idempotency_Key="worse")
        await buyer.get(f"/orders/{mine['phone']}")
        if number > 390:
            await buyer.post("/customers/me/erasures", Idempotency_Key="go")

    await shop.operator.post("/key-rotations")
    await asyncio.gather(*(visit(number) for number in range(341, 401)))
    books = await wait_for_rotation(shop)
    handler.flush()
    logging.getLogger().removeHandler(handler)
    audit = (await shop.operator.get("/exports/audit")).body
    assert audit["violations"] == []
    (report,) = [each for each in audit["systems"] if each["system"] == "data protection"]
    assert report["figures"]["values looked for"] == 1_200
    assert report["figures"]["clear reads by customer for export"] == 60
    assert report["figures"]["erasures"] == 10
    written = [captured.getvalue(), msgspec.json.encode(books).decode(), (tmp_path / "access.jsonl").read_text()]
    written += [(await shop.anybody.get("/metrics")).body.decode(), log_file.read_text()]
    for text in written:
        for customer in people.values():
            assert customer.phone not in text and customer.address not in text
            assert len(customer.name) < 3 or customer.name not in text
    assert len((tmp_path / "access.jsonl").read_text().splitlines()) == 60


async def test_a_value_that_gets_into_the_log_is_found_by_the_audit(open_shop, tmp_path):
    log_file = tmp_path / "platform.log"
    shop = await open_shop(log_file=str(log_file))
    log_file.write_text(f"fine\nTraceback: could not deliver to {seeded()['C0000001'].address}\n")
    (violation,) = await shop.violations()
    assert violation["invariant"] == "no_seeded_value_in_the_clear"
    assert violation["subject"] == "log line 2"
    assert seeded()["C0000001"].address not in violation["message"]


async def test_operators_have_a_text_of_theirs_looked_through(shop):
    clear = seeded()["C0000001"]
    text = f"all is well\nto {clear.address}\n{msgspec.json.encode([clear.phone]).decode()}\n"
    scanned = await shop.operator.post("/scans", {"text": text})
    assert (scanned.status, scanned.body["values"]) == (200, 1_200)
    assert [(each["line"], each["kind"]) for each in scanned.body["found"]] == [(2, "address"), (3, "phone")]
    assert not any(value in str(scanned.body) for value in (clear.name, clear.phone, clear.address))
    assert (await shop.operator.post("/scans", {"text": "nothing"})).body["found"] == []
    buyer = await shop.customer(1)
    assert (await buyer.post("/scans", {"text": text})).status in (401, 403)


async def test_an_unexpected_failure_is_logged_without_what_was_written_into_the_path(shop, captured, monkeypatch):
    async def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Checkout, "order", fail)
    buyer = await shop.customer(7)
    mine = (await buyer.post("/customers/me/exports", Idempotency_Key="k")).body
    failed = await buyer.get(f"/orders/{mine['phone']}")
    assert (failed.status, failed.code) == (500, "internal")
    assert "GET /orders/{order}, failed" in captured.getvalue() and "RuntimeError: a bug" in captured.getvalue()
    assert mine["phone"] not in captured.getvalue()


async def test_every_systems_screen_is_asked():
    asked: list[str] = []

    def system(name: str) -> System:
        async def screen(purchase: Purchase, claim: Claim, now: float) -> None:
            asked.append(name)

        return System(name=name, screen=screen)

    assert all_screens([System(name="none")]) is None
    screen = all_screens([system("risk"), System(name="none"), system("privacy")])
    assert screen is not None
    await screen(Purchase("C1", ()), Claim("C1", "k1", "O1", 1), 0.0)
    assert asked == ["risk", "privacy"]


def held_by(*roots: object) -> Iterator[str]:
    """Every text that can be reached from there, without asking anybody's permission."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type | ModuleType):
            continue
        seen.add(id(each))
        if isinstance(each, str):
            yield each
        elif isinstance(each, bytes):
            yield each.decode("utf-8", "replace")
        elif isinstance(each, msgspec.Struct):
            waiting += [getattr(each, name) for name in each.__struct_fields__]
        else:
            waiting += gc.get_referents(each)


async def test_no_value_can_be_reached_from_the_shop_in_memory(open_shop):
    shop = await open_shop()
    buyer = await shop.customer(7)
    await buyer.pay((await buyer.place()).body)
    await buyer.post("/customers/me/exports", Idempotency_Key="k")
    people = seeded()
    phones = {customer.phone for customer in people.values()}
    addresses = {customer.address for customer in people.values()}
    names = {customer.name for customer in people.values()}
    texts = list(held_by(shop.client.server.app))
    assert len(texts) > 5_000 and "C0000007" in texts
    assert not phones & set(texts) and not addresses & set(texts)
    assert names & set(texts) == set()


def test_a_telephone_number_that_gets_as_far_as_a_log_line_is_masked_there(tmp_path: Path) -> None:
    record = logging.LogRecord("shop", logging.ERROR, "", 0, "call %s or +86 138-5678-1234", ("13856781234",), None)
    line = MaskingFormatter("%(message)s").format(record)
    assert line == "call 138****1234 or ****34"
    with pytest.raises(OSError):
        log_to(str(tmp_path / "missing" / "log"), "info")
