"""Memory per idle shopper: our Shopper against Locust's FastHttpUser and HttpUser, parked in the real turnstile.

    python -m tests.benchmarks.idle_shopper [--shoppers 5000] [--rounds 1] [--json DIR]

Each contender is a process of its own with the worker's own parts (pool, turnstile, recorder) and no arrivals due:
every shopper has run its `on_start` and waits to be let in. What the resident set has grown by is divided by the
number of shoppers, first before anybody's first visit, then after each has made one request and keeps its connection.
The first hundred shoppers are made before measuring: they pay for what all share.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import psutil

from loadtests.plan.arrivals import Arrival, Schedule, Stage
from tests.benchmarks.fixed_shop import fixed_shop
from tests.benchmarks.measuring import Goal, Spread, conclude, measure_apart, parser, table, turns, two_cores

CONTENDERS = ("ours", "fast_http_user", "http_user")
GOAL_KB = 30.0
FIRST = 100
ARRIVALS_PER_S = 1500.0
"""Slow enough for the slowest client, so that a server's queue of new connections never overflows."""


def user_class(contender: str, url: str, leave: Any) -> Any:
    """A user of the contender's kind: one request a visit, then it stays until `leave` is set."""
    from locust import FastHttpUser, HttpUser, task

    from loadtests.crowd.shopper import Shopper

    kinds: dict[str, Any] = {"ours": Shopper, "fast_http_user": FastHttpUser, "http_user": HttpUser}

    class Visitor(kinds[contender]):  # type: ignore[misc]
        host = url

        @task
        def visit(self) -> None:
            self.client.get("/skus/S0000001", name="/skus/{sku}")
            leave.wait()

    return Visitor


def park(contender: str, url: str, shoppers: int) -> dict[str, float]:
    """Kilobytes of 1,000 bytes per shopper, in this process."""
    import gevent
    from gevent.event import Event
    from locust.env import Environment

    from loadtests.crowd.pool import Pool
    from loadtests.crowd.recorder import Recorder
    from loadtests.crowd.turnstile import Turnstile
    from loadtests.crowd.visit import Festival

    leave = Event()
    visitor = user_class(contender, url, leave)
    environment = Environment(user_classes=[visitor], host=url)
    schedule = Schedule((Stage("steady", (FIRST + shoppers) / ARRIVALS_PER_S, ARRIVALS_PER_S, ARRIVALS_PER_S),), "even")
    festival = Festival("benchmark", 0, 11, schedule, opened_at=float("inf"))
    environment.festival = festival  # type: ignore[attr-defined]
    runner = environment.create_local_runner()
    recorder = Recorder(festival)
    environment.events.request.add_listener(recorder.request)
    arrivals: Iterator[Arrival] = schedule.stripe(0, 1)
    turnstile = Turnstile(festival, arrivals, lambda _: "Visitor", recorder, patience_s=30.0)
    turnstile.install()
    pool = Pool(environment, runner.user_greenlets, {"Visitor": visitor}, turnstile, FIRST + shoppers)

    def make(total: int) -> float:
        """Grow the pool and return the resident set when all are parked."""
        while pool.size < total:
            pool.make("Visitor")
            gevent.sleep(0)
        return parked(total)

    def parked(total: int) -> float:
        while len(turnstile.free.get("Visitor", ())) < total:
            gevent.sleep(0.01)
        gc.collect()
        return float(psutil.Process().memory_info().rss)

    first = make(FIRST)
    began_at = time.process_time()
    fresh = make(FIRST + shoppers)
    made_s = time.process_time() - began_at
    festival.opened_at = time.monotonic()
    turnstile.run()
    while environment.stats.total.num_requests < FIRST + shoppers:
        gevent.sleep(0.01)
    leave.set()
    visited = parked(FIRST + shoppers)
    if environment.stats.total.num_failures:
        raise SystemExit(f"{environment.stats.total.num_failures} requests of {contender} failed")
    return {
        "fresh_kb": (fresh - first) / shoppers / 1000,
        "visited_kb": (visited - first) / shoppers / 1000,
        "us_to_make": made_s / shoppers * 1e6,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--shoppers", type=int, default=5000)
    options.add_argument("--rounds", type=int, default=1, help="memory hardly varies")
    given = options.parse_args(arguments)
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    shoppers = max(1, min(given.shoppers, files - FIRST - 100))  # each keeps a connection
    core, shop_core = two_cores()
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    with fixed_shop(shop_core) as (url, server):
        for name in turns(CONTENDERS, given.rounds):
            rounds[name].append(measure_apart("idle_shopper", name, url, shoppers, core=core))
    summary = {
        name: {figure: Spread.of(one[figure] for one in measured) for figure in measured[0]}
        for name, measured in rounds.items()
    }
    table(
        f"Memory of an idle shopper, {shoppers:,} parked",
        ("user", "KB before a visit", "KB after one, connected", "us to make one"),
        [
            (name, row["fresh_kb"].text(".1f"), row["visited_kb"].text(".1f"), row["us_to_make"].text(".0f"))
            for name, row in summary.items()
        ],
    )
    conclude(
        "idle_shopper",
        given.json,
        settings={"shoppers": shoppers, "rounds": given.rounds, "server": server},
        summary=summary,
        rounds=rounds,
        goals=[Goal("an idle shopper of ours", summary["ours"]["visited_kb"].median, GOAL_KB, "KB")],
    )


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in CONTENDERS:
        print(json.dumps(park(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
    else:
        main()
