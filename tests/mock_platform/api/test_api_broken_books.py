"""The whole chain from a broken promise to its name: setting, shop, traffic over HTTP, export, audit."""

from __future__ import annotations

import asyncio

import pytest

from mock_platform.settings import BROKEN_BOOKS


@pytest.mark.parametrize("kind", BROKEN_BOOKS)
async def test_the_audit_over_http_sees_books_broken_on_purpose_and_no_others(open_shop, kind):
    shop = await open_shop(broken_books=kind)
    for number in range(1, 26):
        buyer = await shop.customer(number)
        placed = await buyer.place(await buyer.line())
        await buyer.pay(placed.body)
    await asyncio.sleep(0.4)
    assert bool(await shop.violations()) is bool(kind)
