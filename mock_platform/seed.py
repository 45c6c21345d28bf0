"""The shop before the clock starts: merchants, goods, stock, customers and their full carts, all from one seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from faker import Faker

from mock_platform.domain.cart import Cart
from mock_platform.domain.customer import Customer
from mock_platform.domain.merchant import Merchant
from mock_platform.domain.sku import Sku
from mock_platform.seed_goods import initial_stock, make_merchants, make_skus
from mock_platform.seed_imports import Imports, imports_beside, make_imports
from mock_platform.seed_outlets import Shops, make_outlets
from mock_platform.seed_people import make_carts, make_customers

LOCALE = "zh_CN"


@dataclass(frozen=True, slots=True)
class Seed:
    """What the stores are filled with. Equal arguments give equal seeds, on any machine."""

    merchants: tuple[Merchant, ...]
    skus: tuple[Sku, ...]
    stock: Mapping[str, int]
    """Units at place web, by SKU."""
    customers: tuple[Customer, ...]
    carts: Mapping[str, Cart]
    imports: Imports = field(default_factory=Imports)
    """Merchants, SKUs and stock from abroad, besides those above."""
    shops: Shops = field(default_factory=Shops)
    """Outlets and the units on their shelves, besides those of the web."""

    def without_people(self) -> Seed:
        """What may be kept: customers are sealed in their store by now, and nobody else needs them in the clear."""
        return replace(self, customers=())

    @property
    def categories(self) -> list[str]:
        return list(dict.fromkeys(sku.category for sku in self.skus))


def make_seed(seed: int, *, skus: int, merchants: int, customers: int, outlets: int = 1) -> Seed:
    """Make up a shop of the given size. Each kind draws on a chance of its own, so more of one changes no other."""
    fake = Faker(LOCALE)
    fake.seed_instance(seed)
    sellers = make_merchants(fake, random.Random(f"{seed} merchants"), merchants)
    goods = make_skus(random.Random(f"{seed} skus"), sellers, skus)
    fake.seed_instance(seed)
    people = make_customers(fake, random.Random(f"{seed} customers"), customers)
    carts = make_carts(random.Random(f"{seed} carts"), people, goods)
    stock = {sku.sku: initial_stock(rank) for rank, sku in enumerate(goods, start=1)}
    imports = make_imports(random.Random(f"{seed} imports"), imports_beside(skus))
    shops = make_outlets(random.Random(f"{seed} outlets"), goods, outlets)
    return Seed(sellers, goods, stock, people, carts, imports, shops)
