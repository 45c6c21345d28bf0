"""Locustfile of the benchmarks: visits that are next to nothing, so that what is measured is the way in."""

from __future__ import annotations

from locust import User, task

from loadtests.crowd.shopper import Shopper


class PasserBy(User):
    """Comes and goes: no request, no pause."""

    @task
    def pass_by(self) -> None:
        pass


class Glancer(Shopper):
    """One request with a small answer, as from a warm cache."""

    @task
    def glance(self) -> None:
        self.client.get("/skus/S0000001", name="/skus/{sku}")
