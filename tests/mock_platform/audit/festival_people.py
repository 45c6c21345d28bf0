"""The people of the festival: each function is what some of them do in one system of the shop, through its URLs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.mock_platform.api.conftest import Caller, Reply, Shop

OUTLETS = ("D0001", "D0002")
TRIES = 8
"""Every twelfth payment is declined; who is, orders anew."""


async def accepted(asked: Awaitable[Reply]) -> Any:
    answer = await asked
    assert answer.status in (200, 201, 202), answer.body
    return answer.body


async def bought(buyer: Caller, *numbers: int, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """At the prices shown; shown again if they changed meanwhile."""
    for _ in range(TRIES):
        lines = [await buyer.line(f"S{number:07d}", quantity) for number in numbers]
        answer = await buyer.post("/orders", {"lines": lines, **more}, Idempotency_Key=buyer.key())
        if answer.status == 201:
            return dict(answer.body)
        assert answer.code == "price_changed", answer.body
    raise AssertionError("the price never stays")


async def _decided(buyer: Caller, payment: Reply) -> str:
    assert payment.status == 202, payment.body
    path = f"/payments/{payment.body['payment']}"
    return str((await _once(buyer, path, lambda body: body["state"] != "pending"))["state"])


async def _once(caller: Caller, path: str, holds: Callable[[Any], bool]) -> Any:
    """The answer, once it is so; for at most five seconds."""
    for _ in range(500):
        body = (await caller.get(path)).body
        if holds(body):
            return body
        await asyncio.sleep(0.01)
    raise AssertionError(f"{path} stays {body}")


async def paid(buyer: Caller, order: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    for _ in range(TRIES):
        placed = await order()
        if await _decided(buyer, await buyer.pay(placed)) == "posted":
            return placed
    raise AssertionError("the bank never has money")


async def recalled(shop: Shop, *numbers: int) -> None:
    """One of these gives an order back that is packed already, and still in its warehouses."""
    for number in numbers:
        buyer = await shop.customer(number)
        order = (await paid(buyer, lambda buyer=buyer: bought(buyer, 22, 33, 44, quantity=2)))["order"]
        await _once(buyer, f"/shipments?order={order}", lambda body: body.get("shipments"))
        if (await buyer.post(f"/orders/{order}/refunds", Idempotency_Key=buyer.key())).status == 202:
            return
    raise AssertionError("everything was shipped at once")


async def set_up(shop: Shop) -> None:
    now = time.time()
    window = {"title": "festival", "starts_at": now - 1, "ends_at": now + 60}
    for kind in (
        {"kind": "cross_shop", "every_fen": 10_000, "saves_fen": 1_000, "times_at_most": 3},
        {"kind": "item", "skus": ["S0000005"], "percent_off": 7},
        {"kind": "shop", "merchant": "M0002", "every_fen": 5_000, "saves_fen": 111},
    ):
        await accepted(shop.operator.post("/promotions", {**window, **kind}))


async def _web(shop: Shop) -> None:
    """Baskets with coupons: paid and delivered, refunded, cancelled; one coupon claimed and never used."""
    now = time.time()
    asked = {"title": "coupons", "starts_at": now - 1, "ends_at": now + 60, "claims_open_at": now - 1}
    category = (await shop.anybody.get("/skus/S0000005")).body["category"]
    money = {"face_fen": 137, "minimum_spend_fen": 500, "coupons": 100, "budget_fen": 2_000}
    campaigns = [
        (await accepted(shop.operator.post("/coupon-campaigns", {**asked, **money, **kind})))["campaign"]["campaign"]
        for kind in ({"categories": [category]}, {"merchant": "M0002", "face_fen": 53})
    ]

    goods = [(number, await _merchant_of(shop.anybody, number)) for number in range(20, 60)]
    theirs = next(number for number, merchant in goods if merchant == "M0002")

    async def one(number: int) -> None:
        buyer = await shop.customer(number)
        held = [
            (await accepted(buyer.post("/coupons/claims", {"campaign": each}, Idempotency_Key=buyer.key())))["coupon"]
            for each in campaigns
        ]

        async def basket() -> dict[str, Any]:
            return await bought(buyer, 5, 6 + number, theirs, quantity=2, coupons=held)

        placed = await paid(buyer, basket)
        if number % 4 == 0:
            refund = await buyer.post(f"/orders/{placed['order']}/refunds", Idempotency_Key=buyer.key())
            assert refund.status in (202, 409), refund.body
        again = await bought(buyer, 3, 4)
        if number % 4 == 1:
            await accepted(buyer.post(f"/orders/{again['order']}/cancellations"))

    await asyncio.gather(*(one(number) for number in range(1, 10)))
    spare = await shop.customer(10)
    await accepted(spare.post("/coupons/claims", {"campaign": campaigns[0]}, Idempotency_Key="spare"))


async def _merchant_of(buyer: Caller, number: int) -> str:
    return str((await buyer.get(f"/skus/S{number:07d}")).body["merchant"])


async def _flash_sale(shop: Shop) -> None:
    """People are let in, a farm on one device is not, and in the rush those who hide their device are slowed down."""
    sale = await shop.flash_sale(allotment=30, limit_per_buyer=2)
    line = {"sku": sale["sku"], "quantity": 1, "unit_price_fen": sale["price_fen"]}

    async def tries(number: int, device: str | None, key: str = "") -> None:
        buyer = await shop.customer(number)
        if device is not None:
            buyer.headers["X-Device-Id"] = device
        answer = await buyer.place(line, flash_sale=sale["flash_sale"], key=key)
        if answer.status == 201 and device is None:
            await _decided(buyer, await buyer.pay(answer.body))

    for number in range(40, 45):
        await tries(number, "farm", key=f"run/0/bot-{number}")
    await asyncio.gather(*(tries(number, None) for number in range(50, 62)))
    await asyncio.gather(*(tries(number, "") for number in range(70, 84)))


async def _presale(shop: Shop) -> None:
    """Of four depositors one pays the balance, one gives up in time, one too late; one waits. A fifth only ordered."""
    now = time.time()
    asked = {
        "sku": "S0000012",
        "price_fen": 1_000,
        "deposit_fen": 150,
        "allotment": 10,
        "limit_per_buyer": 2,
        "deposit_opens_at": now - 1,
        "deposit_closes_at": now + 2.0,
        "balance_opens_at": now + 2.0,
        "balance_closes_at": now + 60,
        "refundable_until": now + 2.0,
    }
    made = await accepted(shop.operator.post("/presales", asked))
    line = {"sku": asked["sku"], "quantity": 1, "unit_price_fen": 1_000}

    async def ordered(buyer: Caller) -> dict[str, Any]:
        asked = {"lines": [line], "presale": made["presale"]}
        return dict(await accepted(buyer.post("/orders", asked, Idempotency_Key=buyer.key())))

    async def deposited(buyer: Caller) -> dict[str, Any]:
        for _ in range(TRIES):
            order = await ordered(buyer)
            if await _decided(buyer, await buyer.pay(order, amount_fen=150)) == "posted":
                return order
        raise AssertionError("the bank never has money")

    payer, quitter, sleeper, waiter, dreamer = [await shop.customer(number) for number in range(90, 95)]
    mine, early, late, _ = await asyncio.gather(*(deposited(each) for each in (payer, quitter, sleeper, waiter)))
    await ordered(dreamer)
    await accepted(quitter.post(f"/orders/{early['order']}/cancellations"))
    await asyncio.sleep(max(0.0, made["balance_opens_at"] - time.time()))
    while await _decided(payer, await payer.pay(mine, amount_fen=850)) != "posted":
        pass
    await accepted(sleeper.post(f"/orders/{late['order']}/cancellations"))


async def _from_abroad(shop: Shop) -> None:
    """Until customs have cleared two orders and rejected one."""
    skus = (await shop.anybody.get("/imports?per_page=100")).body["skus"]
    cheap = next(sku["sku"] for sku in skus if sku["price_fen"] <= 150_000)
    ended: list[str] = []
    for number in range(100, 130):
        buyer = await shop.customer(number)

        async def import_it(buyer: Caller = buyer) -> dict[str, Any]:
            return dict((await buyer.place(await buyer.line(cheap, 2))).body)

        order = await paid(buyer, import_it)
        body = await _once(buyer, f"/declarations?order={order['order']}", _is_decided)
        ended.append(body["declarations"][0]["state"])
        if ended.count("cleared") >= 2 and "rejected" in ended:
            return
    raise AssertionError(f"customs only said {set(ended)}")


def _is_decided(body: Any) -> bool:
    """Whether customs have spoken."""
    return bool(body["declarations"]) and body["declarations"][0]["state"] in ("cleared", "rejected")


async def _clerk(shop: Shop, outlet: str) -> Caller:
    secret = (await shop.operator.post(f"/outlets/{outlet}/secrets")).body["secret"]
    opened = await accepted(shop.anybody.post(f"/outlets/{outlet}/sessions", {"secret": secret}))
    return Caller(shop.client, {"Authorization": f"Bearer {opened['token']}"}, outlet)


async def reserved_and_paid(shop: Shop, buyer: Caller, state: str, outlet: str = OUTLETS[0]) -> dict[str, Any]:
    shelf = (await shop.anybody.get(f"/outlets/{outlet}/stock?per_page=100")).body["skus"]
    lines = [{"sku": shelf[0]["sku"], "quantity": 1, "unit_price_fen": shelf[0]["price_fen"]}]

    async def reserved() -> dict[str, Any]:
        asked = {"lines": lines, "outlet": outlet}
        return dict(await accepted(buyer.post("/orders", asked, Idempotency_Key=buyer.key())))

    order = await paid(buyer, reserved)
    return dict(await buyer.until(f"/orders/{order['order']}/pickup", state=state))


async def _outlets(shop: Shop) -> None:
    """Fetched twice, withdrawn, never fetched; sold at two tills, for cash and by card."""
    clerks = [await _clerk(shop, outlet) for outlet in OUTLETS]
    for number, outlet, clerk in zip((200, 201), OUTLETS, clerks, strict=True):
        pickup = await reserved_and_paid(shop, await shop.customer(number), "waiting", outlet)
        code = {"code": pickup["code"]}
        await accepted(clerk.post(f"/outlets/{outlet}/pickups", code, Idempotency_Key=clerk.key()))
    fickle = await shop.customer(202)
    withdrawn = await reserved_and_paid(shop, fickle, "waiting")
    await accepted(fickle.post(f"/orders/{withdrawn['order']}/refunds", Idempotency_Key=fickle.key()))
    await fickle.until(f"/orders/{withdrawn['order']}/pickup", state="withdrawn")
    forgetful = await shop.customer(203)
    expired = await reserved_and_paid(shop, forgetful, "waiting")
    for outlet, clerk, tender in zip(OUTLETS, clerks, ("cash", "card"), strict=True):
        shelf = (await shop.anybody.get(f"/outlets/{outlet}/stock?per_page=100")).body["skus"]
        for line in shelf[:2]:
            lines = [{"sku": line["sku"], "quantity": 1, "unit_price_fen": line["price_fen"]}]
            sale = {"lines": lines, "tender": tender}
            await accepted(clerk.post(f"/outlets/{outlet}/sales", sale, Idempotency_Key=clerk.key()))
    await forgetful.until(f"/orders/{expired['order']}/pickup", state="expired")


async def _merchants(shop: Shop) -> None:
    """One reprices and restocks while people buy, one is new and lists; both look at what they sold."""
    secret = (await shop.operator.post("/merchants/M0001/secrets")).body
    opened = await accepted(shop.anybody.post("/merchants/sessions", {**secret, "merchant": "M0001"}))
    clerk = Caller(shop.client, {"Authorization": f"Bearer {opened['token']}"}, "M0001")
    mine = [sku["sku"] for sku in (await clerk.get("/merchants/mine/skus?per_page=100")).body["skus"]][-3:]
    for turn in range(1, 4):
        for sku in mine:
            path = f"/merchants/mine/skus/{sku}"
            price_fen = (await clerk.get(f"{path}/price")).body["price_fen"]
            await accepted(clerk.ask("PUT", f"{path}/price", {"price_fen": price_fen + turn}))
            await accepted(clerk.post(f"{path}/restocks", {"quantity": 5 + turn}, Idempotency_Key=clerk.key()))
        await asyncio.sleep(0.1)
    number = int(mine[0][1:])
    buyer = await shop.customer(250)
    placed = await paid(buyer, lambda: bought(buyer, number))
    await buyer.until(f"/orders/{placed['order']}", state="delivered")
    await clerk.until("/merchants/mine/orders", page=1)
    applied = {"name": "Tea House", "city": "杭州市", "secret": "sixteen characters and more"}
    name = (await accepted(shop.anybody.post("/merchants", applied, Idempotency_Key="tea")))["merchant"]
    await shop.anybody.until(f"/merchants/{name}", name="Tea House")


async def _personal_data(shop: Shop) -> None:
    """Exports, an opening for a reason, a rotation, and somebody erased while their parcels are on their way."""
    for number in (260, 261):
        buyer = await shop.customer(number)
        await accepted(buyer.post("/customers/me/exports", Idempotency_Key="mine"))
    await accepted(shop.operator.post("/customers/C0000262/openings", {"why": "support"}))
    gone = await shop.customer(263)
    await paid(gone, lambda: bought(gone, 25))
    await accepted(gone.post("/customers/me/erasures", Idempotency_Key="go"))
    await accepted(shop.operator.post("/key-rotations"))
    await shop.operator.until("/exports/pending", payments=0)


PARTS = (_web, _flash_sale, _presale, _from_abroad, _outlets, _merchants, _personal_data)
"""All at once."""
