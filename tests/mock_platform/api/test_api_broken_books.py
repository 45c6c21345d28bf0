"""The whole chain from a broken promise to its name: setting, shop, traffic over HTTP, export, audit."""

from __future__ import annotations

import asyncio
import time

import pytest

from mock_platform.settings import BROKEN_BOOKS
from tests.mock_platform.api.test_api_presales import deposited, presale
from tests.mock_platform.api.test_api_promotions import claimed, opened, order


@pytest.mark.parametrize("kind", BROKEN_BOOKS)
async def test_the_audit_over_http_sees_books_broken_on_purpose_and_no_others(open_shop, kind):
    shop = await open_shop(broken_books=kind)
    later = time.time() + 60
    windows = {"deposit_closes_at": later, "balance_opens_at": later, "balance_closes_at": later + 9}
    made = await presale(shop, allotment=30, refundable_until=later, **windows)
    campaign = await opened(shop)
    for number in range(1, 26):
        buyer = await shop.customer(number)
        placed = await order(buyer, [await buyer.line()], await claimed(buyer, campaign))
        await buyer.pay(placed.body)
        if number % 2:
            given_up = await deposited(buyer, made)
            await buyer.post(f"/orders/{given_up['order']}/cancellations")
    await asyncio.sleep(0.4)
    assert bool(await shop.violations()) is bool(kind)
