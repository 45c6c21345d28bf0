"""Gives outlets secrets of their own, so that clerks can stand at their tills and counters during the run."""

from __future__ import annotations

from typing import Any

from loadtests.shop.run_clock import RunClock
from loadtests.shop.target import Target

PER_PAGE = 100
"""Of the list; more outlets than one page holds are not needed to be full everywhere."""
OUTLETS_MAX = 48


def set_up_outlets(target: Target, clock: RunClock) -> dict[str, Any]:
    """`outlets`: each with its city and the secret that opens a clerk's session.

    A secret is issued anew each time, and the one before opens no more sessions: nothing is made twice.
    """
    listed = target.admin("GET", f"/outlets?per_page={PER_PAGE}")["outlets"]
    return {"outlets": [_with_secret(target, each) for each in listed[:OUTLETS_MAX]]}


def _with_secret(target: Target, outlet: dict[str, Any]) -> dict[str, str]:
    secret = target.admin("POST", f"/outlets/{outlet['outlet']}/secrets")["secret"]
    return {"outlet": outlet["outlet"], "city": outlet["city"], "secret": secret}
