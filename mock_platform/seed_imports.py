"""Goods from abroad: overseas shops, their goods priced in the money there, and the rates of the festival's eve.

They come on top of the shop's own SKUs, under ids of their own, so that those stay as they are: ids, prices, ranks,
and the full carts, in which nothing imported is.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from mock_platform.domain.currency import ExchangeRate
from mock_platform.domain.customs import imported_sku
from mock_platform.domain.merchant import Merchant
from mock_platform.domain.sku import Sku
from mock_platform.seed_goods import SHELVES, Shelf, initial_stock

EVE = 1_510_272_000.0
"""10 November 2017, 08:00 in China."""
LUXURY_EVERY = 10
"""One in so many costs several thousand yuan: what the limits are about."""


@dataclass(frozen=True, slots=True)
class Country:
    """Where goods come from: its money, and what one unit of it costs in millionths of a yuan. Rates are ours."""

    origin: str
    name: str
    city: str
    currency: str
    micro_yuan: int
    minor_of_yuan: float
    """About how many minor units a yuan buys, to make up prices."""


COUNTRIES = (
    Country("JP", "日本", "东京", "JPY", 58_440, 17.1),
    Country("US", "美国", "洛杉矶", "USD", 6_628_200, 15.1),
    Country("AU", "澳大利亚", "悉尼", "AUD", 5_090_150, 19.6),
    Country("KR", "韩国", "首尔", "KRW", 5_935, 168.5),
    Country("FR", "法国", "巴黎", "EUR", 7_712_750, 13.0),
    Country("GB", "英国", "伦敦", "GBP", 8_717_450, 11.5),
)


@dataclass(frozen=True, slots=True)
class Imports:
    """What is from abroad. Equal arguments give equal imports."""

    merchants: tuple[Merchant, ...] = ()
    skus: tuple[Sku, ...] = ()
    stock: Mapping[str, int] = field(default_factory=dict)
    rates: tuple[ExchangeRate, ...] = ()


def imports_beside(skus: int) -> int:
    """How many imported SKUs stand beside so many others: 5 %, and one for each category at least."""
    return max(len(SHELVES), skus // 20)


def make_imports(rng: random.Random, count: int) -> Imports:
    """I0000001 and on, most popular first, of shops X01 and on: every category in turn, from one country after another.

    A country sells every sixth, and categories come by twelves, so each country is offset by one in every dozen.
    """
    rates = tuple(ExchangeRate(country.currency, country.micro_yuan, EVE) for country in COUNTRIES)
    merchants = tuple(
        Merchant(f"X{number:02d}", f"{country.name}海外旗舰店", country.city)
        for number, country in enumerate(COUNTRIES, start=1)
    )
    skus = tuple(_sku(rng, number, merchants, rates) for number in range(1, count + 1))
    stock = {sku.sku: initial_stock(number) for number, sku in enumerate(skus, start=1)}
    return Imports(merchants, skus, stock, rates)


def _sku(rng: random.Random, number: int, merchants: tuple[Merchant, ...], rates: tuple[ExchangeRate, ...]) -> Sku:
    at = (number + number // len(SHELVES)) % len(COUNTRIES)
    country, shelf = COUNTRIES[at], SHELVES[number % len(SHELVES)]
    title = f"{country.name}直邮 {rng.choice(shelf.praise)}{rng.choice(shelf.things)} {rng.choice(shelf.packs)}"
    sku = Sku(f"I{number:07d}", title, shelf.category, merchants[at].merchant, 1)
    return imported_sku(sku, country.origin, _price_minor(rng, number, shelf, country), rates[at])


def _price_minor(rng: random.Random, number: int, shelf: Shelf, country: Country) -> int:
    """About three times what its like costs at home; a luxury between 3,000 and 9,000 yuan."""
    yuan = 3 * shelf.price_fen / 100 * rng.lognormvariate(0.0, 0.5)
    if number % LUXURY_EVERY == 0:
        yuan = rng.uniform(3_000, 9_000)
    return max(1, round(yuan * country.minor_of_yuan))
