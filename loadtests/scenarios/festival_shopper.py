"""What all shoppers of the festival share: each visit is a new person, who thinks, chooses, and leaves at closing time.

Every visit signs in anew: it is one request of many, a festival brings a storm of sessions anyway, and a session kept
from another visit would hide that. A shopper to whom the shop says no, or nothing, leaves.
"""

from __future__ import annotations

import itertools
import math
import random
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from locust import between, task
from locust.exception import StopUser

from loadtests.crowd.shopper import Shopper
from loadtests.crowd.visit import Festival, Visit, current_visit, go_on, think
from loadtests.shop.adapter_mistakes import adapter_mistakes
from loadtests.shop.leavers import stayers
from loadtests.shop.own_shop import left_out, offers
from loadtests.shop.popularity import popularity_of
from loadtests.shop.shop_adapter import ShopAdapter
from loadtests.shop.storefront import Storefront

SPREAD = 0.8
"""Sigma of the lognormal pauses: the median is 0.73 of the mean, and one in a hundred takes nearly five means."""
LONGEST = 5.0
"""No pause is longer than this many means: a visit has to end."""
PHONE_STRIDE = 0.754877666246693
"""Spreads visits evenly over phones and others: from the plastic number, to be independent of other such spreads."""


class FestivalShopper(Shopper):
    """A shopper of the festival. A scenario says in `stay` what its kind does between coming in and going."""

    abstract = True
    adapter: ClassVar[type[ShopAdapter]] = Storefront
    """How this shopper speaks to the shop; set another class to bring the crowd to a shop of your own."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Steps without which such a visit makes no sense; a shop of your own may leave out any other."""
    wait_time = between(0.5, 2.0)
    """Between visits under plain Locust only; the turnstile decides when it is there."""
    phone_share: ClassVar[float] = 0.9
    """90 % of the money of 2017 came from phones."""

    shop: ShopAdapter
    rng: random.Random
    visit: Visit
    _own_visit: Visit | None = None
    _own_visits: ClassVar[itertools.count[int]] = itertools.count()

    @property
    def festival(self) -> Festival:
        try:
            festival: Festival | None = self.environment.festival
        except AttributeError:
            reason = "there is no festival: load loadtests/locustfile.py, which opens one, or run a profile"
            raise RuntimeError(reason) from None
        if festival is None:  # it could not be opened, as the log says; the test is being stopped
            raise StopUser
        return festival

    @property
    def known(self) -> Mapping[str, Any]:
        """What there is: as the shop said before the run, or as the adapter of a shop of your own says."""
        return self.festival.shop or self.adapter.known

    @classmethod
    def unfit(cls) -> list[str]:
        """A sentence for each mistake of the adapter, and for each step that this kind of shopper cannot do without."""
        return adapter_mistakes(cls.adapter) + [
            f"{cls.__name__} needs the step {step}, which {cls.adapter.__name__} does not offer: write it, or give "
            f"{cls.__name__} no weight"
            for step in cls.needs
            if not offers(cls.adapter, step)
        ]

    @classmethod
    def left_out(cls) -> list[str]:
        """What the shop does not offer and this crowd goes without."""
        return left_out(cls.adapter)

    @task
    def visit_the_shop(self) -> None:
        """One visit, from coming in as somebody new to going."""
        visit = self._begin()
        self.visit, self.rng = visit, visit.rng
        self.client.cookies.clear()
        self.client.headers.pop("Authorization", None)
        # Not from `rng`: whoever comes by phone does the same as anybody else.
        visit.client = "phone" if visit.index * PHONE_STRIDE % 1.0 < self.phone_share else "web"
        self.client.headers["X-Client"] = visit.client
        if self.come_in():
            self.stay()

    def come_in(self) -> bool:
        """Sign in as somebody new; whether the shop let them in. Whoever is no customer comes in another way."""
        customer = self.adapter.customer(self.visitor())
        self.shop = self.adapter(self.client, self.festival, customer)  # type: ignore[call-arg]
        return self.shop.sign_in() is not None

    def visitor(self) -> int:
        """The number of the customer who comes: anybody who never leaves the shop for good."""
        return self.rng.randint(1, stayers(self.known["customers"]))

    def somebody_who_paid(self) -> str:
        """Anybody when nobody has paid yet; also instead of those who may have left the shop for good meanwhile."""
        buyers = self.festival.buyers
        buyer = buyers[self.rng.randrange(len(buyers))] if buyers else ""
        leavers_begin = self.adapter.customer(stayers(self.festival.shop["customers"]) + 1)
        return buyer if "" < buyer < leavers_begin else self.adapter.customer(self.visitor())

    @abstractmethod
    def stay(self) -> None:
        """What this kind of shopper does, signed in. Every loop and wait in it is bounded."""

    def _begin(self) -> Visit:
        """The turnstile's visit; without a turnstile a visit of our own, due as soon as we get to it."""
        visit = current_visit()
        if visit is None or visit is self._own_visit:
            index = next(self._own_visits)
            seed = f"{self.festival.seed}/{self.festival.worker}/{index}"
            visit = Visit(index, self.festival.phase(), type(self).__name__, None, seed)
            self._own_visit = visit
            go_on(visit)
        return visit

    def closes_in_s(self) -> float:
        """Seconds until no more arrivals come: then shoppers who only look leave, so that the run can drain."""
        if self._own_visit is not None:
            return math.inf
        return self.festival.schedule.duration_s - self.festival.run_s()

    def pause_s(self, mean_s: float) -> float:
        """A human pause: lognormal with this mean, and bounded."""
        drawn_s = self.rng.lognormvariate(math.log(mean_s) - SPREAD**2 / 2, SPREAD)
        return min(drawn_s, LONGEST * mean_s)

    def think(self, mean_s: float) -> bool:
        """Think for a while; False when the festival closed meanwhile and it is time to leave."""
        left_s = self.closes_in_s()
        pause_s = self.pause_s(mean_s)
        think(max(0.0, min(pause_s, left_s)))
        return pause_s < left_s

    def some(self, mean: float, most: int) -> int:
        """A count 0..most with about this mean: geometric, as most shoppers do little and a few do much."""
        if mean <= 0:
            return 0
        return min(most, int(math.log(1.0 - self.rng.random()) / math.log(mean / (1.0 + mean))))

    def wanted_sku(self) -> str:
        """An item by its popularity, as the profile's [wanted] has it."""
        wanted = self.festival.wanted
        popularity = popularity_of(self.known["skus"], wanted.zipf_exponent, wanted.hot_share)
        return self.adapter.sku(popularity.draw(self.rng))
