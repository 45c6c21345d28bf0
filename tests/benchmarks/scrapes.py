"""How long a scrape of the platform keeps others waiting.

    python -m tests.benchmarks.scrapes [--rounds 5] [--seconds 3] [--json DIR]

A shop of more than 10,000 series, all of which change between two scrapes: the longest piece of a scrape, in CPU time,
for which no request is let in; and what a probe waits that asks every 2 ms on a schedule of its own, counted from when
it was due: alone, with four scrapes a second in parts on the loop, as it is done, and in a thread, as it is often done.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from typing import Any, cast

import uvloop
from aiohttp import hdrs, web

from tests.benchmarks.measuring import (
    CONSOLE,
    Goal,
    Spread,
    conclude,
    measure_apart,
    parser,
    pin,
    table,
    turns,
    two_cores,
)
from tests.benchmarks.platform import server

CHILDREN = 370
"""Of 29 series each."""
PROBE_EVERY_S = 0.002
SCRAPE_EVERY_S = 0.25
WAYS = ("no scrape", "in parts", "in a thread")
PATHS = {"in parts": "/metrics", "in a thread": "/metrics-in-a-thread"}
LATE_S = 0.005
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def serve() -> None:
    """The whole shop with 10,000 series more, and both ways to scrape."""
    from mock_platform.__main__ import _collect_seldom
    from mock_platform.app import METRICS, make_app
    from mock_platform.settings import Settings

    async def run() -> None:
        app = await make_app(Settings(payment_window_s=3600.0, admin_token="x"))
        counted = app[METRICS]
        _collect_seldom()

        async def in_a_thread(request: web.Request) -> web.Response:
            body, kind = await asyncio.to_thread(counted.exposition, request.headers.get(hdrs.ACCEPT, ""))
            return web.Response(body=body, headers={hdrs.CONTENT_TYPE: kind})

        async def keep_changing() -> None:
            while True:
                for number in range(CHILDREN):
                    counted.requests.of(f"/made/{number}", "GET").observe(200, 0.01)
                await asyncio.sleep(SCRAPE_EVERY_S / 3)

        app.router.add_get(PATHS["in a thread"], in_a_thread)
        app.router.freeze()
        runner = web.AppRunner(app, access_log=None, handler_cancellation=False)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        changing = asyncio.create_task(keep_changing())
        print(f"ready http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        changing.cancel()

    uvloop.run(run())


class Counting(asyncio.Protocol):
    """A connection that notes when an answer is whole and throws it away."""

    def __init__(self) -> None:
        self.head = b""
        self.missing = -1
        self.answered = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self.missing < 0:
            head, end, body = (self.head + data).partition(b"\r\n\r\n")
            if not end:
                self.head = head
                return
            length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            self.head, self.missing, data = b"", int(length.split(b":")[1]), body
        self.missing -= len(data)
        if self.missing <= 0:
            self.missing = -1
            self.answered.set()

    async def ask(self, path: str) -> None:
        self.answered.clear()
        self.transport.write(f"GET {path} HTTP/1.1\r\nHost: shop\r\nAccept: {OPENMETRICS}\r\n\r\n".encode())
        await self.answered.wait()


async def probe(url: str, seconds: float) -> dict[str, float]:
    """How long requests took, from when they were due."""
    loop = asyncio.get_running_loop()
    host, port = url.removeprefix("http://").split(":")

    async def connect() -> Counting:
        _, protocol = await loop.create_connection(Counting, host, int(port))
        return protocol

    waits: list[float] = []
    free = [await connect() for _ in range(60)]

    async def one(due_at: float) -> None:
        connection = free.pop() if free else await connect()
        await connection.ask("/healthz")
        waits.append(time.perf_counter() - due_at)
        free.append(connection)

    await asyncio.sleep(0.6)  # templates are made by the first scrape of a process
    began_at, tasks = time.perf_counter(), []
    for number in range(int(seconds / PROBE_EVERY_S)):
        due_at = began_at + number * PROBE_EVERY_S
        await asyncio.sleep(max(0.0, due_at - time.perf_counter()))
        tasks.append(asyncio.create_task(one(due_at)))
    await asyncio.gather(*tasks)
    waits.sort()
    at = {"p50_s": 0.5, "p99_s": 0.99, "p99_9_s": 0.999}
    figures = {name: waits[int(share * len(waits))] for name, share in at.items()}
    return {**figures, "max_s": waits[-1], "late": sum(wait > LATE_S for wait in waits), "requests": len(waits)}


@contextmanager
def scraped(url: str, every_s: float) -> Iterator[None]:
    done = threading.Event()

    def scrape() -> None:
        while not done.wait(every_s):
            asked = urllib.request.Request(url, headers={"Accept": OPENMETRICS})
            with urllib.request.urlopen(asked) as answer:
                answer.read()

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def pieces(rounds: int) -> list[dict[str, float]]:
    """The longest piece and the whole of a scrape, in CPU time; the first one, which makes templates, stays out."""
    from mock_platform.metrics import Metrics

    metrics, found = Metrics(), []
    for _ in range(rounds * 10 + 1):
        for number in range(CHILDREN):
            metrics.requests.of(f"/made/{number}", "GET").observe(200, 0.01)
        marks = [time.thread_time(), *(time.thread_time() for _ in metrics.parts(OPENMETRICS)[0])]
        found.append({"longest_s": max(b - a for a, b in pairwise(marks)), "whole_s": marks[-1] - marks[0]})
    return found[1:]


def waits(rounds: int, seconds: float) -> dict[str, list[dict[str, float]]]:
    """The probe's figures by way of scraping."""
    core, asking_core = two_cores()
    pin(asking_core)  # this process reads what is scraped, and the shop's core is the shop's
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    with server(("-m", "tests.benchmarks.scrapes", "serve"), core) as (url, _):
        for way in turns(WAYS, rounds):
            with scraped(url + PATHS[way], SCRAPE_EVERY_S) if way in PATHS else nullcontext():
                found[way].append(measure_apart("scrapes", "probe", url, seconds, core=asking_core))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=3.0, help="of each way's round")
    given = options.parse_args(arguments)
    waited = waits(given.rounds, given.seconds)
    summary: dict[str, Any] = {
        way: {name: Spread.of(one[name] for one in measured) for name in measured[0]}
        for way, measured in waited.items()
    }
    table(
        "What a request waits, ms from when it was due, while more than 10,000 series are scraped four times a second",
        ("scrape", "p50", "p99", "p99.9", "max", f"later than {LATE_S * 1e3:.0f} ms"),
        [
            (
                way,
                *(row[name].text(".2f", 1e3) for name in ("p50_s", "p99_s", "p99_9_s", "max_s")),
                row["late"].text(".0f"),
            )
            for way, row in summary.items()
        ],
    )
    taken = pieces(given.rounds)
    longest = Spread.of(one["longest_s"] for one in taken)
    CONSOLE.print(
        f"a scrape: {Spread.of(one['whole_s'] for one in taken).text('.2f', 1e3)} ms, "
        f"longest piece {longest.text('.2f', 1e3)} ms"
    )
    added_s = summary["in parts"]["p99_9_s"].median - summary["no scrape"]["p99_9_s"].median
    conclude(
        "scrapes",
        given.json,
        settings={"rounds": given.rounds, "seconds": given.seconds, "children": CHILDREN},
        summary=summary,
        rounds={"waits": waited, "pieces": taken},
        goals=[
            Goal("longest piece of a scrape", 1e3 * longest.max, 1e3 * LATE_S, "ms"),
            Goal("a request waits longer with scrapes, p99.9", 1e3 * added_s, 1e3 * LATE_S, "ms"),
        ],
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve()
    elif sys.argv[1:2] == ["probe"]:
        print(json.dumps(uvloop.run(probe(sys.argv[2], float(sys.argv[3])))))
    else:
        main()
