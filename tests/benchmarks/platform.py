"""Requests a second and core: the mock platform's POST /orders and GET /skus/{sku} against bare aiohttp.

    python -m tests.benchmarks.platform [--rounds 3] [--seconds 1.5] [--connections 32] [--json DIR]

Bare aiohttp answers a GET with a small JSON object and a POST with the JSON it was sent; the shop runs with all that
it has: metrics, sessions, deadlines, background work. Both serve under uvloop on one core, asked by one process on
another, byte for byte the same. Rounds are interleaved, so that a noisy minute hurts everybody; what counts is
requests per second of the server's CPU, as a ratio within a round, and the median of those.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import psutil
import uvloop
from aiohttp import web

from tests.benchmarks.measuring import Goal, Spread, conclude, measure_apart, parser, pin, table, turns, two_cores

CONTENDERS = tuple((what, who) for what in ("get", "post") for who in ("bare", "shop"))
SAYS = {"get": "GET /skus/{sku}", "post": "POST /orders"}
GOALS = {"get": 0.80, "post": 0.70}
PAGES = 10
"""Of a hundred SKUs: what is asked for, so that not all fits the processor's nearest cache."""
WARM_UP_S = 0.3
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n")
SHOP = ("-m", "mock_platform", "--port", "0", "--payment-window-s", "3600", "--exit-with-parent")
BARE = ("-m", "tests.benchmarks.platform", "bare")


def serve_bare() -> None:
    """As few lines as aiohttp needs to read and write JSON."""

    about = {"title": "Phone 6.1 inches", "category": "phones", "merchant": "M0001", "price_fen": 199_900, "free": 100}

    async def show(request: web.Request) -> web.Response:
        return web.json_response({"sku": request.match_info["sku"], **about})

    async def echo(request: web.Request) -> web.Response:
        return web.json_response(await request.json())

    async def serve() -> None:
        app = web.Application()
        app.router.add_get("/skus/{sku}", show)
        app.router.add_post("/orders", echo)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(f"ready http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

    uvloop.run(serve())


@contextmanager
def server(command: Sequence[str], core: int | None) -> Iterator[tuple[str, int]]:
    """Runs until the block ends; gives its URL and its process id."""
    process = subprocess.Popen(
        [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    pin(core, process.pid)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[1], process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def requests(what: str, shop_url: str) -> Callable[[], bytes]:
    """Makes one request after the other, to be sent as they are; the shop tells what it sells at which price."""

    def read(path: str, **body: str) -> Any:
        asked = urllib.request.Request(shop_url + path, json.dumps(body).encode() if body else None)
        with urllib.request.urlopen(asked) as answer:
            return json.load(answer)

    token = read("/customers/sessions", customer="C0000001")["token"]
    skus = [sku for page in range(1, PAGES + 1) for sku in read(f"/skus?per_page=100&page={page}")["skus"]]
    head = f"HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {token}\r\nX-Zerohour-Run: benchmark\r\n"
    if what == "get":
        shown = itertools.cycle([f"GET /skus/{sku['sku']} {head}\r\n".encode() for sku in skus])
        return lambda: next(shown)
    bodies = [
        json.dumps({
            "lines": [{"sku": sku["sku"], "quantity": 1, "unit_price_fen": sku["price_fen"]}],
            "flash_sale": None,
        })
        for sku in skus
    ]  # fmt: skip
    about = f"POST /orders {head}Content-Type: application/json\r\n"
    wanted = itertools.cycle([
        (f"{about}Content-Length: {len(body)}\r\nIdempotency-Key: ", f"\r\n\r\n{body}") for body in bodies
    ])  # fmt: skip
    run, numbers = time.time_ns(), itertools.count()

    def order() -> bytes:
        before, after = next(wanted)
        return f"{before}{run}/{next(numbers)}{after}".encode()

    return order


class Asking(asyncio.Protocol):
    """One connection that sends a request as soon as the last one is answered."""

    answered = 0

    def __init__(self, make: Callable[[], bytes]) -> None:
        self._make = make
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._make())

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not end or length is None or len(body) < int(length[1]):
            return
        if not head.startswith(b"HTTP/1.1 20"):
            raise SystemExit(f"refused: {self._got!r}")
        self._got = b""
        Asking.answered += 1
        self._transport.write(self._make())


async def ask(what: str, url: str, shop_url: str, pid: int, seconds: float, connections: int) -> dict[str, float]:
    """One contender's round, from this process."""
    loop, make, process = asyncio.get_running_loop(), requests(what, shop_url), psutil.Process(pid)
    host, port = url.removeprefix("http://").split(":")
    for _ in range(connections):
        await loop.create_connection(lambda: Asking(make), host, int(port))
    await asyncio.sleep(WARM_UP_S)

    def used_s() -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    before, used_before_s, began_at = Asking.answered, used_s(), time.monotonic()
    await asyncio.sleep(seconds)
    while Asking.answered == before or used_s() == used_before_s:  # noqa: ASYNC110 - less than the kernel's clock tells
        await asyncio.sleep(0.01)
    cpu_s = used_s() - used_before_s
    return {"requests": Asking.answered - before, "cpu_s": cpu_s, "wall_s": time.monotonic() - began_at}


def summarise(rounds: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, Spread]]:
    """Per contender: requests per second of CPU, cost of one, and ratio to bare aiohttp round by round."""
    rates = {name: [one["requests"] / one["cpu_s"] for one in measured] for name, measured in rounds.items()}
    return {
        f"{what} {who}": {
            "requests_per_cpu_s": Spread.of(rates[f"{what} {who}"]),
            "requests_per_s": Spread.of(one["requests"] / one["wall_s"] for one in rounds[f"{what} {who}"]),
            "us_per_request": Spread.of(1e6 / rate for rate in rates[f"{what} {who}"]),
            "of_bare": Spread.of(
                mine / base for mine, base in zip(rates[f"{what} {who}"], rates[f"{what} bare"], strict=True)
            ),
        }
        for what, who in CONTENDERS
    }


def show(summary: dict[str, dict[str, Spread]]) -> None:
    table(
        "One core of the mock platform against bare aiohttp",
        ("request", "server", "requests/s of CPU", "requests/s", "us a request", "of bare aiohttp"),
        [
            (
                *(SAYS[what], who),
                row["requests_per_cpu_s"].text(",.0f"),
                f"{row['requests_per_s'].median:,.0f}",
                f"{row['us_per_request'].median:.1f}",
                row["of_bare"].text(".2f"),
            )
            for (what, who), row in zip(CONTENDERS, summary.values(), strict=True)
        ],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=1.5, help="of each contender's round")
    options.add_argument("--connections", type=int, default=32)
    given = options.parse_args(arguments)
    core, asking_core = two_cores()
    rounds: dict[str, list[dict[str, float]]] = {f"{what} {who}": [] for what, who in CONTENDERS}
    with ExitStack() as stack:
        servers = {"bare": stack.enter_context(server(BARE, core)), "shop": stack.enter_context(server(SHOP, core))}
        for what, who in turns(CONTENDERS, given.rounds):
            url, pid = servers[who]
            asked = ("ask", what, url, servers["shop"][0], pid, given.seconds, given.connections)
            rounds[f"{what} {who}"].append(measure_apart("platform", *asked, core=asking_core))
    summary = summarise(rounds)
    show(summary)
    conclude(
        "platform",
        given.json,
        settings={"rounds": given.rounds, "seconds": given.seconds, "connections": given.connections},
        summary=summary,
        rounds=rounds,
        goals=[
            Goal(SAYS[what], summary[f"{what} shop"]["of_bare"].median, goal, "of bare aiohttp", at_least=True)
            for what, goal in GOALS.items()
        ],
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["bare"]:
        serve_bare()
    elif sys.argv[1:2] == ["ask"]:
        what, url, shop_url, pid, seconds, connections = sys.argv[2:]
        print(json.dumps(uvloop.run(ask(what, url, shop_url, int(pid), float(seconds), int(connections)))))
    else:
        main()
