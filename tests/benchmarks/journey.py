"""Requests a second and core: our client against Locust's FastHttpUser and HttpUser, on one five-step journey.

    python -m tests.benchmarks.journey [--rounds 4] [--seconds 2] [--shoppers 50] [--json DIR]

Every contender runs the same code in a process of its own on one core, with Locust's real `request` event and
statistics, against one shop of fixed answers on another core. Rounds are interleaved, so that a noisy minute hurts
everybody; the ratios are taken within a round, and the median of them is what counts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from tests.benchmarks.fixed_shop import fixed_shop
from tests.benchmarks.measuring import Goal, Spread, conclude, measure_apart, parser, table, turns, two_cores

CONTENDERS = ("ours", "fast_http_user", "http_user")
BASE = "fast_http_user"
GOAL = 3.5
MOST_WARM_UP_S = 0.5

HEADERS = {"X-Zerohour-Run": "benchmark", "Authorization": "Bearer " + "x" * 120}


def make_client(contender: str, url: str, user: Any) -> Any:
    """As the user class of each kind makes it."""
    event = user.environment.events.request
    if contender == "ours":
        from loadtests.http.client import Client

        return Client(url, request_event=event, headers=HEADERS, user=user)
    if contender == "fast_http_user":
        from locust.contrib.fasthttp import FastHttpSession

        return FastHttpSession(url, event, user, headers=HEADERS)
    from locust.clients import HttpSession

    session = HttpSession(url, event, user)
    session.headers.update(HEADERS)
    return session


STEPS = 5


def journey(client: Any, visit: int) -> None:
    """List, detail, cart, order, pay; every answer is decoded and checked."""
    skus = client.get("/skus?page=1", name="/skus").json()["skus"]
    assert len(skus) == 2
    detail = client.get(f"/skus/S{visit % 5000 + 1:07d}", name="/skus/{sku}").json()
    assert detail["free"] > 0
    line = {"quantity": 1}
    path, name = f"/carts/mine/lines/{detail['sku']}", "/carts/mine/lines/{sku}"
    with client.put(path, json=line, name=name, catch_response=True) as response:
        if response.json()["total_fen"] != detail["price_fen"]:
            response.failure("the cart's total is wrong")
    wanted = {
        "lines": [{"sku": detail["sku"], "quantity": 1, "unit_price_fen": detail["price_fen"]}],
        "flash_sale": None,
    }
    key = {"Idempotency-Key": f"benchmark/0/{visit}"}
    with client.post("/orders", json=wanted, headers=key, name="/orders", catch_response=True) as response:
        order = response.json()
        if response.status_code != 201 or order["state"] != "placed":
            response.failure("not placed")
    payment = {"order": order["order"], "amount_fen": order["payable_fen"], "method": "alipay"}
    with client.post("/payments", json=payment, headers=key, name="/payments", catch_response=True) as response:
        if response.status_code != 202 or response.json()["state"] != "pending":
            response.failure("not pending")


def contend(contender: str, url: str, seconds: float, shoppers: int) -> dict[str, float]:
    """One contender's round, in this process."""
    import gevent
    from locust import User
    from locust.env import Environment

    class Visitor(User):
        abstract = True
        host = url

    environment = Environment(host=url)
    environment.create_local_runner()
    journeys = 0

    def shop() -> None:
        nonlocal journeys
        client = make_client(contender, url, Visitor(environment))
        visit = 0
        while True:
            visit += 1
            journey(client, visit)
            journeys += 1

    crowd = [gevent.spawn(shop) for _ in range(shoppers)]
    gevent.sleep(min(MOST_WARM_UP_S, seconds))
    before, cpu_before_s, began_at = journeys, time.process_time(), time.monotonic()
    gevent.sleep(seconds)
    while journeys == before:  # a moment too short for a single one says nothing
        gevent.sleep(0.01)
    cpu_s, wall_s = time.process_time() - cpu_before_s, time.monotonic() - began_at
    requests = (journeys - before) * STEPS
    gevent.killall(crowd)
    total = environment.stats.total
    if total.num_failures or any(not greenlet.successful() for greenlet in crowd):
        raise SystemExit(f"{contender} failed {total.num_failures} of {total.num_requests} requests")
    begun = total.num_requests - journeys * STEPS
    if not 0 <= begun <= STEPS * shoppers:
        raise SystemExit(f"Locust's statistics and ours differ by {begun} requests of {contender}")
    return {"requests": requests, "cpu_s": cpu_s, "wall_s": wall_s}


def summarise(rounds: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, Spread]]:
    """Per contender: requests per second of CPU, cost of one, and ratio to FastHttpUser round by round."""
    per_cpu_s = {name: [one["requests"] / one["cpu_s"] for one in measured] for name, measured in rounds.items()}
    return {
        name: {
            "requests_per_cpu_s": Spread.of(per_cpu_s[name]),
            "requests_per_s": Spread.of(one["requests"] / one["wall_s"] for one in measured),
            "us_per_request": Spread.of(1e6 / rate for rate in per_cpu_s[name]),
            "times_fast_http_user": Spread.of(
                mine / base for mine, base in zip(per_cpu_s[name], per_cpu_s[BASE], strict=True)
            ),
        }
        for name, measured in rounds.items()
    }


def show(summary: dict[str, dict[str, Spread]], server: str) -> None:
    table(
        f"Five-step journey with JSON and checks, one core, against {server}",
        ("client", "requests/s of CPU", "requests/s", "us a request", "x FastHttpUser"),
        [
            (
                name,
                row["requests_per_cpu_s"].text(",.0f"),
                f"{row['requests_per_s'].median:,.0f}",
                f"{row['us_per_request'].median:.1f}",
                row["times_fast_http_user"].text(".2f"),
            )
            for name, row in summary.items()
        ],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=4)
    options.add_argument("--seconds", type=float, default=2.0, help="of each contender's round")
    options.add_argument("--shoppers", type=int, default=50)
    given = options.parse_args(arguments)
    core, shop_core = two_cores()
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    with fixed_shop(shop_core) as (url, server):
        for name in turns(CONTENDERS, given.rounds):
            rounds[name].append(measure_apart("journey", name, url, given.seconds, given.shoppers, core=core))
    summary = summarise(rounds)
    show(summary, server)
    ratio = summary["ours"]["times_fast_http_user"].median
    conclude(
        "journey",
        given.json,
        settings={"rounds": given.rounds, "seconds": given.seconds, "shoppers": given.shoppers, "server": server},
        summary=summary,
        rounds=rounds,
        goals=[Goal("our client on the journey", ratio, GOAL, "x FastHttpUser", at_least=True)],
    )


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in CONTENDERS:
        name, url, seconds, shoppers = sys.argv[1:]
        print(json.dumps(contend(name, url, float(seconds), int(shoppers))))
    else:
        main()
