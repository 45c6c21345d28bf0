"""Requests a second and core: our client against Locust's FastHttpUser and HttpUser, on one five-step journey.

    python -m tests.benchmarks.journey [--rounds 5] [--seconds 3] [--shoppers 50] [--json FILE]

Every contender runs the same code in a process of its own on one core, with Locust's real `request` event and
statistics, against one shop of fixed answers on another core. Rounds are interleaved, so that a noisy minute hurts
everybody; the ratios are taken within a round, and the median of them is what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.fixed_shop import fixed_shop

CONTENDERS = ("ours", "fast_http_user", "http_user")
BASE = "fast_http_user"
GOAL = 3.5
WARM_UP_S = 0.5

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
    gevent.sleep(WARM_UP_S)
    before, cpu_before_s, began_at = journeys, time.process_time(), time.monotonic()
    gevent.sleep(seconds)
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


def run_round(contender: str, url: str, seconds: float, shoppers: int, core: int | None) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.journey", "--contender", contender, "--url", url]
    pin: Callable[[], None] | None = None if core is None else lambda: os.sched_setaffinity(0, {core})
    ran = subprocess.run(
        [*command, "--seconds", str(seconds), "--shoppers", str(shoppers)],
        stdout=subprocess.PIPE, text=True, check=True, timeout=60 + 3 * seconds, preexec_fn=pin,
    )  # fmt: skip
    measured: dict[str, float] = json.loads(ran.stdout)
    return measured


def summarise(rounds: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Per contender: requests per second of CPU, cost of one, and ratio to FastHttpUser round by round."""
    per_cpu_s = {name: [one["requests"] / one["cpu_s"] for one in measured] for name, measured in rounds.items()}
    summary = {}
    for name, measured in rounds.items():
        ratios = [mine / base for mine, base in zip(per_cpu_s[name], per_cpu_s[BASE], strict=True)]
        summary[name] = {
            "requests_per_cpu_s": statistics.median(per_cpu_s[name]),
            "spread": [min(per_cpu_s[name]), max(per_cpu_s[name])],
            "requests_per_s": statistics.median(one["requests"] / one["wall_s"] for one in measured),
            "us_per_request": statistics.median(1e6 / rate for rate in per_cpu_s[name]),
            "times_fast_http_user": statistics.median(ratios),
            "ratio_spread": [min(ratios), max(ratios)],
        }
    return summary


def show(summary: dict[str, Any], server: str) -> None:
    table = Table(title=f"Five-step journey with JSON and checks, one core, against {server}")
    for heading in ("client", "requests/s of CPU", "min .. max", "requests/s", "us a request", "x FastHttpUser"):
        table.add_column(heading, justify="left" if heading == "client" else "right")
    for name, row in summary.items():
        table.add_row(
            name,
            f"{row['requests_per_cpu_s']:,.0f}",
            f"{row['spread'][0]:,.0f} .. {row['spread'][1]:,.0f}",
            f"{row['requests_per_s']:,.0f}",
            f"{row['us_per_request']:.1f}",
            f"{row['times_fast_http_user']:.2f} ({row['ratio_spread'][0]:.2f} .. {row['ratio_spread'][1]:.2f})",
        )
    console = Console(width=120)
    console.print(table)
    ratio = summary["ours"]["times_fast_http_user"]
    console.print(f"goal: {GOAL} x FastHttpUser; measured: {ratio:.2f} ({'met' if ratio >= GOAL else 'missed'})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--shoppers", type=int, default=50)
    parser.add_argument("--json", type=Path, help="write what was measured here")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contender:
        print(json.dumps(contend(given.contender, given.url, given.seconds, given.shoppers)))
        return
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    client_core, shop_core = (cores[0], cores[-1]) if len(cores) > 1 else (None, None)
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    with fixed_shop(shop_core) as (url, server):
        for number in range(given.rounds):
            for turn in range(len(CONTENDERS)):
                name = CONTENDERS[(turn + number) % len(CONTENDERS)]
                rounds[name].append(run_round(name, url, given.seconds, given.shoppers, client_core))
    summary = summarise(rounds)
    show(summary, server)
    if given.json:
        machine = {"python": platform.python_version(), "cores": os.cpu_count(), "server": server}
        given.json.write_text(json.dumps({"machine": machine, "summary": summary, "rounds": rounds}, indent=1))


if __name__ == "__main__":
    main()
