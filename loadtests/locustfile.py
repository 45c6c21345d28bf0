"""The festival's crowd as a locustfile: for Zerohour's own workers, and for plain Locust with its own UI.

    locust -f loadtests/locustfile.py --host http://127.0.0.1:8080

Under plain Locust nobody keeps the schedule: shoppers come one after another, with Locust's own waits. A festival is
opened for them when the test starts; ZEROHOUR_PROFILE names a profile whose phases, timeout and connections then hold.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from typing import Any

import gevent
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtests.crowd.visit import Festival
from loadtests.plan.arrivals import Schedule, Stage
from loadtests.plan.profile import Wanted
from loadtests.plan.profile_reader import ProfileError, read_profile
from loadtests.scenarios.cart_loaded_buyer import CartLoadedBuyer
from loadtests.scenarios.coupon_hunter import CouponHunter
from loadtests.scenarios.cross_border_buyer import CrossBorderBuyer
from loadtests.scenarios.flash_sale_hunter import FlashSaleHunter
from loadtests.scenarios.impatient_buyer import ImpatientBuyer
from loadtests.scenarios.merchant_clerk import MerchantClerk
from loadtests.scenarios.parcel_tracker import ParcelTracker
from loadtests.scenarios.pickup_buyer import PickupBuyer
from loadtests.scenarios.presale_buyer import PresaleBuyer
from loadtests.scenarios.privacy_requester import PrivacyRequester
from loadtests.scenarios.scalper import Scalper
from loadtests.scenarios.till_clerk import TillClerk
from loadtests.scenarios.window_shopper import WindowShopper
from loadtests.shop.target import Target, TargetError

__all__ = [
    "CartLoadedBuyer",
    "CouponHunter",
    "CrossBorderBuyer",
    "FlashSaleHunter",
    "ImpatientBuyer",
    "MerchantClerk",
    "ParcelTracker",
    "PickupBuyer",
    "PlainFestival",
    "PresaleBuyer",
    "PrivacyRequester",
    "Scalper",
    "TillClerk",
    "WindowShopper",
]

logger = logging.getLogger(__name__)

OPEN_END_S = 30 * 86_400.0


class PlainFestival(Festival):
    """A festival without a run directory: nobody would ever empty its journal, so it keeps none."""

    def note(self, **entry: Any) -> None:
        pass


@events.test_start.add_listener
def open_festival(environment: Environment, **_: Any) -> None:
    """Open a festival unless the turnstile's worker did; a new one at each start, for the host may have changed."""
    there = getattr(environment, "festival", None)
    runner = environment.runner
    if (there is not None and not isinstance(there, PlainFestival)) or isinstance(runner, MasterRunner):
        return
    try:
        environment.festival = plain_festival(  # type: ignore[attr-defined]
            environment.host or "", worker=runner.worker_index if isinstance(runner, WorkerRunner) else 0
        )
    except (TargetError, ProfileError) as error:
        logger.error("%s", error)
        environment.festival = None  # type: ignore[attr-defined]
        environment.process_exit_code = 1
        if runner is not None:
            # From a greenlet of its own: the one that starts the test is the first that stopping ends.
            gevent.spawn(runner.stop if environment.web_ui else runner.quit)
    else:
        environment.process_exit_code = None


def plain_festival(host: str, worker: int = 0) -> PlainFestival:
    """What the shoppers need to know when no master tells them; TargetError or ProfileError, in sentences."""
    name = os.environ.get("ZEROHOUR_PROFILE")
    profile = read_profile(name) if name else None
    return PlainFestival(
        run_id=f"plain-{secrets.token_hex(4)}",
        worker=worker,
        seed=profile.seed if profile else 0,
        schedule=profile.schedule() if profile else Schedule((Stage("plain", OPEN_END_S, 0.0, 0.0),)),
        opened_at=time.monotonic(),
        timeout_s=profile.timeout_s if profile else 30.0,
        connections=profile.connections if profile else "keep",
        shop=Target(host).shop().seeded,
        wanted=profile.wanted if profile else Wanted(),
    )
