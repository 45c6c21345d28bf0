"""Customers and their full carts, made up from Faker's names and places, the same for the same seed.

Faker takes about 60 us for a whole person, which is a second for 20,000; we draw pools of parts from it and combine
them by the seeded chance, which is a tenth of that.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate

from faker import Faker

from mock_platform.domain.cart import Cart, CartLine
from mock_platform.domain.customer import Customer
from mock_platform.domain.sku import Sku

POOL = 400
ZIPF_EXPONENT = 0.8
"""No exponent was published for Taobao's articles; 0.6 to 1.1 is what shops report. rank ** -0.8."""
LINES_WEIGHTS = (50, 28, 14, 8)
"""Of 100 carts, how many have one, two, three, four lines. Items per order were not published either."""
SECOND_UNIT_SHARE = 0.12


def make_customers(fake: Faker, rng: random.Random, count: int) -> tuple[Customer, ...]:
    """C0000001 and on."""
    families = [fake.last_name() for _ in range(POOL)]
    givens = [fake.first_name() for _ in range(POOL)]
    towns = [(fake.province(), fake.city_name() + "市") for _ in range(POOL)]
    streets = [f"{fake.district()}区{fake.street_name()}" for _ in range(POOL)]
    networks = [fake.phonenumber_prefix() for _ in range(POOL)]

    def customer(number: int) -> Customer:
        province, city = rng.choice(towns)
        door = int(rng.random() * 2_000)
        return Customer(
            f"C{number:07d}",
            rng.choice(families) + rng.choice(givens),
            f"{rng.choice(networks)}{int(rng.random() * 10**8):08d}",
            city,
            f"{province}{city}{rng.choice(streets)}{door // 10 + 1}号{door % 10 + 1}室",
        )

    return tuple(customer(number) for number in range(1, count + 1))


def make_carts(rng: random.Random, customers: Sequence[Customer], skus: Sequence[Sku]) -> dict[str, Cart]:
    """A full cart for each customer: at midnight they submit and pay at once. Popularity is Zipf by SKU number."""
    popularity = list(accumulate((rank + 1) ** -ZIPF_EXPONENT for rank in range(len(skus))))
    sizes = rng.choices(range(1, len(LINES_WEIGHTS) + 1), LINES_WEIGHTS, k=len(customers))
    picks = iter(rng.choices(skus, cum_weights=popularity, k=sum(sizes)))
    carts = {}
    for customer, size in zip(customers, sizes, strict=True):
        # A SKU picked twice is one line, so a small shop's carts may be shorter.
        chosen = dict.fromkeys(next(picks).sku for _ in range(size))
        lines = tuple(CartLine(sku, 2 if rng.random() < SECOND_UNIT_SHARE else 1) for sku in chosen)
        carts[customer.customer] = Cart(lines)
    return carts
