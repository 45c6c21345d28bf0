"""What metrics cost the platform: requests a second of its CPU with counters, histograms and scrapes, and without.

    python -m tests.benchmarks.counting [--rounds 6] [--turns 80] [--json DIR]

One process is made mute and loud again every twentieth of a second, since two that run the same code, or one in two
different seconds, differ by more than metrics cost. It is scraped once a second, while it is loud. What counts is
requests per second of its CPU, as a ratio within a round of so many turns each. Two looks at the clock and one addition
to a number are in both.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import uvloop
from aiohttp import web

from tests.benchmarks.measuring import Goal, Spread, conclude, parser, pin, table, two_cores
from tests.benchmarks.platform import SAYS, server

LOUD, MUTE = "/benchmark/loud", "/benchmark/mute"
TURN_S = 0.05
SCRAPE_EVERY = 10
"""Turns of either kind: a second."""
CONNECTIONS = 32
AT_LEAST = 0.97


def serve() -> None:
    """The whole shop, with two paths more: each makes it LOUD or MUTE, and answers with its work up to now."""
    from mock_platform import metrics
    from mock_platform.__main__ import _collect_seldom
    from mock_platform.app import make_app
    from mock_platform.settings import Settings

    def observe_nothing(self: Any, status: int, seconds: float) -> None:
        pass

    def count_nothing(self: Any, value: str) -> None:
        pass

    # The code of a function changes for those too who hold on to the function.
    functions: Any = metrics.Times.observe, metrics.Counter.count
    codes = {
        LOUD: [function.__code__ for function in functions],
        MUTE: [observe_nothing.__code__, count_nothing.__code__],
    }

    async def run() -> None:
        app = await make_app(Settings(payment_window_s=3600.0, admin_token="x"))
        runner = web.AppRunner(app, access_log=None, handler_cancellation=False)

        async def turn(request: web.Request) -> web.Response:
            for function, code in zip(functions, codes[request.path], strict=True):
                function.__code__ = code
            assert runner.server is not None
            return web.json_response({"requests": runner.server.requests_count, "cpu_s": time.process_time()})

        for path in codes:
            app.router.add_get(path, turn)
        app.router.freeze()
        _collect_seldom()
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(f"ready http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

    uvloop.run(run())


@contextmanager
def asked(what: str, url: str, pid: int, seconds: float) -> Iterator[None]:
    """Until the block ends or the seconds are over, the shop has as much to do as it can."""
    arguments = ("ask", what, url, url, pid, seconds, CONNECTIONS)
    asking = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.platform", *map(str, arguments)], stdout=subprocess.DEVNULL
    )
    try:
        time.sleep(1.0)
        yield
        if asking.poll() is not None:
            raise SystemExit("the shop had nothing to do in the last of the turns")
    finally:
        asking.kill()
        asking.wait()


def take_turn(url: str, how: str, scrape: bool) -> dict[str, float]:
    """The requests and the CPU time of one turn."""

    def become() -> dict[str, float]:
        with urllib.request.urlopen(url + how) as answer:
            done: dict[str, float] = json.load(answer)
        return done

    before = become()
    time.sleep(TURN_S)
    if scrape:
        with urllib.request.urlopen(f"{url}/metrics") as answer:
            answer.read()
    return {name: value - before[name] for name, value in become().items()}


def measure(what: str, rounds: int, turns: int) -> list[dict[str, float]]:
    """Each round's requests per second of CPU: with metrics, without, and the share."""
    core, asking_core = two_cores()
    pin(asking_core)
    found = []
    seconds = 3 * rounds * turns * TURN_S + 10
    with server(("-m", "tests.benchmarks.counting", "serve"), core) as (url, pid), asked(what, url, pid, seconds):
        for _ in range(rounds):
            done = {how: {"requests": 0.0, "cpu_s": 0.0} for how in (LOUD, MUTE)}
            for number in range(turns):
                for how in (LOUD, MUTE) if number % 2 else (MUTE, LOUD):
                    for name, value in take_turn(url, how, scrape=how == LOUD and number % SCRAPE_EVERY == 0).items():
                        done[how][name] += value
            loud, mute = (done[how]["requests"] / done[how]["cpu_s"] for how in (LOUD, MUTE))
            found.append({"with": loud, "without": mute, "share": loud / mute})
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=6)
    options.add_argument("--turns", type=int, default=80, help="of each kind in a round")
    given = options.parse_args(arguments)
    rounds = {what: measure(what, given.rounds, given.turns) for what in SAYS}
    summary = {
        what: {name: Spread.of(one[name] for one in measured) for name in measured[0]}
        for what, measured in rounds.items()
    }
    table(
        "Requests a second of the shop's CPU, with metrics and scrapes and without",
        ("request", "with", "without", "share"),
        [
            (SAYS[what], row["with"].text(",.0f"), row["without"].text(",.0f"), row["share"].text(".3f"))
            for what, row in summary.items()
        ],
    )
    conclude(
        "counting",
        given.json,
        settings={"rounds": given.rounds, "turns": given.turns},
        summary=summary,
        rounds=rounds,
        goals=[
            Goal(f"{SAYS[what]} with metrics", row["share"].median, AT_LEAST, "of without", at_least=True)
            for what, row in summary.items()
        ],
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve()
    else:
        main()
