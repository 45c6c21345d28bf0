"""The seed: reproducible, plausible, and large enough for a festival."""

from __future__ import annotations

import re
import statistics
import time

import pytest

from mock_platform.domain.personal_data import masked_address, masked_phone
from mock_platform.seed import Seed, make_seed


@pytest.fixture(scope="module")
def shop() -> Seed:
    return make_seed(11, skus=10_000, merchants=200, customers=20_000)


def test_the_same_seed_makes_the_same_shop() -> None:
    sizes = {"skus": 300, "merchants": 20, "customers": 400}
    assert make_seed(5, **sizes) == make_seed(5, **sizes)
    assert make_seed(5, **sizes) != make_seed(6, **sizes)


def test_more_customers_change_nobody_and_nothing_that_was_there() -> None:
    small = make_seed(5, skus=300, merchants=20, customers=100)
    large = make_seed(5, skus=300, merchants=20, customers=200)
    assert large.customers[:100] == small.customers
    assert large.skus == small.skus


def test_ids_count_from_one_in_order_of_popularity(shop: Seed) -> None:
    assert [sku.sku for sku in shop.skus[:2]] == ["S0000001", "S0000002"]
    assert shop.skus[-1].sku == "S0010000"
    assert (shop.customers[0].customer, shop.customers[-1].customer) == ("C0000001", "C0020000")
    assert (shop.merchants[0].merchant, len(shop.merchants)) == ("M0001", 200)


def test_every_sku_belongs_to_a_merchant_and_nearly_all_merchants_sell(shop: Seed) -> None:
    sellers = {sku.merchant for sku in shop.skus}
    assert sellers <= {merchant.merchant for merchant in shop.merchants}
    assert len(sellers) == 200


def test_people_have_chinese_names_phones_and_addresses(shop: Seed) -> None:
    for person in shop.customers[:500]:
        assert re.fullmatch(r"[\u4e00-\u9fff]{2,4}", person.name), person.name
        assert re.fullmatch(r"1\d{10}", person.phone), person.phone
        assert person.city in person.address


def test_masking_hides_what_identifies_each_person_of_the_seed(shop: Seed) -> None:
    for person in shop.customers[:500]:
        assert person.phone not in masked_phone(person.phone)
        door = person.address.rsplit("区", 1)[-1]
        assert door not in masked_address(person.address)


def test_a_full_cart_is_worth_about_two_hundred_yuan(shop: Seed) -> None:
    price_fen = {sku.sku: sku.price_fen for sku in shop.skus}
    worth = [sum(line.quantity * price_fen[line.sku] for line in cart.lines) for cart in shop.carts.values()]
    assert statistics.mean(worth) / 100 == pytest.approx(200, rel=0.2)


def test_every_customer_has_a_cart_of_one_to_four_lines(shop: Seed) -> None:
    assert shop.carts.keys() == {customer.customer for customer in shop.customers}
    assert {len(cart.lines) for cart in shop.carts.values()} == {1, 2, 3, 4}


def test_popular_things_are_in_more_carts_and_better_stocked(shop: Seed) -> None:
    wanted = [line.sku for cart in shop.carts.values() for line in cart.lines]
    assert wanted.count("S0000001") > 5 * wanted.count("S0000050") > 0
    assert shop.stock["S0000001"] == 100_000
    assert min(shop.stock.values()) >= 500
    assert all(shop.stock[sku] > wanted.count(sku) for sku in ("S0000001", "S0000002", "S0005000"))


def test_prices_are_plausible(shop: Seed) -> None:
    prices = [sku.price_fen for sku in shop.skus]
    assert min(prices) >= 190
    assert max(prices) < 300_000


@pytest.mark.parametrize(("skus", "merchants", "customers"), [(1, 1, 1), (3, 9, 2)])
def test_the_smallest_shops_can_be_made(skus: int, merchants: int, customers: int) -> None:
    made = make_seed(1, skus=skus, merchants=merchants, customers=customers)
    assert (len(made.skus), len(made.merchants), len(made.customers)) == (skus, merchants, customers)


def test_a_whole_shop_is_made_in_much_less_than_its_three_seconds() -> None:
    started = time.process_time()
    make_seed(1, skus=10_000, merchants=200, customers=20_000)
    assert time.process_time() - started < 1.5
