"""The snapshot: the whole books, as plain data, at one instant."""

from __future__ import annotations

import json

import msgspec
import pytest

from mock_platform.audit import INVARIANTS, audit
from mock_platform.domain.errors import SoldOut
from mock_platform.domain.reservation import WEB, Units
from tests.mock_platform.core_world import World, lines, sale_lines
from tests.mock_platform.interruptions import Suspending, run


async def busy_world() -> World:
    """One order in every state, a flash sale, a refused key, an unfinished one, and things still moving."""
    world = World()
    await world.stock.restock("S1", "web", 5)
    sale = await world.sale()
    await world.place("C1", "flash", sale_lines(), sale.flash_sale)
    await world.paid("C1", "delivered", S1=1, S2=1)
    for _ in range(20):
        await world.turn(1.0)
    await world.paid("C1", "paid", S1=1)
    refunded = await world.paid("C2", "refunded", S1=1)
    await world.charging.refund("C2", "r", refunded.order)
    await world.checkout.cancel("C3", (await world.placed("C3", "cancelled")).order)
    await world.asked(await world.placed("C1", "pending"), "pending-pay")
    with pytest.raises(SoldOut):
        await world.placed("C2", "refused", S3=50)
    await world.orders.claim("C3", "claimed", "order:x", "O-claimed", world.clock(), 10.0)
    await world.stock.hold("O-claimed", "C3", [Units("S2", WEB, 1)], world.clock() + 15.0)
    return world


async def test_it_is_plain_json_and_the_audit_can_read_it() -> None:
    world = await busy_world()
    snapshot = await world.bookkeeping.snapshot()
    assert json.loads(msgspec.json.encode(snapshot)) == snapshot
    report = audit(snapshot)
    assert report.checked == len(INVARIANTS)
    assert report.violations == ()


async def test_it_has_every_list_of_the_contract_and_each_row_its_fields() -> None:
    snapshot = await (await busy_world()).bookkeeping.snapshot()
    tables = {name: rows for name, rows in snapshot.items() if isinstance(rows, list)}
    promised: dict[str, set[str]] = {
        "stock": {"sku", "place", "initial", "restocked", "free", "held", "sold"},
        "allocations": {"order", "buyer", "sku", "place", "quantity", "state", "expires_at"},
        "flash_sales": {
            "flash_sale", "sku", "place", "price_fen", "allotment", "limit_per_buyer", "opens_at", "closes_at",
        },
        "orders": {
            "order", "buyer", "key", "state", "payable_fen", "flash_sale", "presale", "outlet", "coupons",
            "deposit_fen", "balance_closes_at", "declared", "placed_at", "lines", "history",
        },
        "payments": {"payment", "order", "buyer", "key", "amount_fen", "state", "history"},
        "bank": {"payment", "order", "captures", "captured_fen", "refunded_fen"},
        "parcels": {"parcel", "order", "merchant", "warehouse", "city", "waybill", "state", "lines", "history"},
        "ledger": {"entry", "order", "at", "legs"},
        "keys": {"key", "buyer", "state", "order", "refusal"},
        "warehouses": {"warehouse", "city", "sorted_per_s", "backlog"},
        "carrier_terms": {"road_km_per_s"},
    }  # fmt: skip
    for table, fields in promised.items():
        assert set(tables[table][0]) >= fields, table
    assert set(snapshot) - set(tables) == {"schema", "taken_at", "boot", "settings", "pending"}
    of_line = {"sku", "place", "quantity", "unit_price_fen", "merchant", "discount_fen", "subsidy_fen", "duty_fen"}
    assert set(snapshot["orders"][0]["lines"][0]) >= of_line


async def test_what_still_moves_is_said_in_both_places_alike() -> None:
    world = await busy_world()
    snapshot, pending = await world.bookkeeping.snapshot(), await world.bookkeeping.pending()
    assert pending == {**snapshot["pending"], "events": len(snapshot["pending"]["events"])}
    assert (pending["payments"], pending["holds"]) == (2, 1)
    kinds = {event["kind"] for event in snapshot["pending"]["events"]}
    assert kinds == {"order_placed", "order_paid", "order_cancelled", "refund_requested"}


async def test_keys_tell_what_became_of_them() -> None:
    snapshot = await (await busy_world()).bookkeeping.snapshot()
    orders = {order["key"]: order["order"] for order in snapshot["orders"]}
    keys = {row["key"]: (row["state"], row["order"], row["refusal"]) for row in snapshot["keys"]}
    assert keys.pop("refused") == ("finished", None, "sold_out")
    assert keys.pop("claimed") == ("claimed", "O-claimed", None)
    assert keys == {key: ("finished", order, None) for key, order in orders.items()}


async def test_no_personal_data_leaves_with_it() -> None:
    snapshot = await (await busy_world()).bookkeeping.snapshot()
    text = json.dumps(snapshot, ensure_ascii=False)
    for secret in ("王小明", "13812341234", "文三路"):
        assert secret not in text


def test_on_memory_engines_it_is_one_instant_whatever_else_is_under_way() -> None:
    """Taken at every suspension of a checkout, the audit finds the books in order."""
    world = World(wrap=Suspending)
    place = world.place("C1", "k1", lines(S1=2, S2=1))
    taken = 0
    while True:
        assert audit(run(world.bookkeeping.snapshot())).violations == ()
        taken += 1
        try:
            place.send(None)
        except StopIteration:
            break
    assert taken > 10
