"""How late arrivals start at rising rates, through the real path: master, worker process, turnstile, pool, recorder.

    python -m tests.benchmarks.arrivals [--rates 1000 2500 5000 10000 15000] [--jump 10000] [--seconds 4] [--rounds 3]

This process is the real `Conductor`; it starts one real worker as `zerohour rehearse` does, on a core of its own, and
shares the other core with a shop of fixed answers. Arrivals are Poisson, the default. A visit does nothing
(`PasserBy`: what is measured is the way in and out) or makes one tiny request with our client (`Glancer`).

Each rate is ramped up to for a second, which is not measured; with `--jump` it comes at once, as midnight does, and
the pool has to grow meanwhile. The lag is what the run record says: started less due, of every arrival that did not
have to wait for a full pool; `waited` counts those, `lost` all that came to no good end. `robbed` is the share of the
time in which the worker was ready to run and the kernel ran somebody else, `others` how much of a core went to all that
is not this benchmark: a lag on a busy machine is not the worker's own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.record.books import Account
from loadtests.record.histogram_sum import HistogramSum
from loadtests.record.second import Second
from tests.benchmarks.fixed_shop import fixed_shop
from tests.benchmarks.measuring import Goal, Spread, conclude, parser, pin, table, turns, two_cores

VISITS = ("PasserBy", "Glancer")
WARM_UP_S = 1
BEFORE_A_JUMP = 0.05
"""Of the rate after it: Double 11's midnight was some 27 times its day's mean."""
MOST_SHOPPERS = 10_000
PATIENCE_S, DRAIN_S = 5.0, 3.0
JUDGED_RATE = 10_000.0
LAG_P99_MS, LAG_P99_9_MS = 2.0, 5.0
QUANTILES = {"lag_p50_ms": 50.0, "lag_p99_ms": 99.0, "lag_p99_9_ms": 99.9}
COLUMNS = {
    # figure: heading, format
    "lag_p50_ms": ("p50", ".2f"),
    "lag_p99_ms": ("p99", ".2f"),
    "lag_p99_9_ms": ("p99.9", ".2f"),
    "lag_max_ms": ("max", ".1f"),
    "stall_ms": ("stall", ".1f"),
    "cpu": ("CPU", ".0%"),
    "robbed": ("robbed", ".1%"),
    "others": ("others", ".0%"),
    "shoppers": ("pool", ",.0f"),
    "waited": ("waited", ",.0f"),
    "lost": ("lost", ",.0f"),
}


@dataclass(frozen=True, slots=True)
class Case:
    visit: str
    rate: float
    jump: bool = False

    def __str__(self) -> str:
        return f"{self.visit} {f'{self.rate * BEFORE_A_JUMP:,.0f} to ' if self.jump else ''}{self.rate:,.0f}"

    @property
    def judged(self) -> bool:
        """Whether a goal speaks of it: then it is run several times, and the median counts."""
        return self.rate == JUDGED_RATE and not self.jump

    def profile(self, seconds: float) -> Profile:
        before = (self.rate * BEFORE_A_JUMP,) * 2 if self.jump else (0.0, self.rate)
        return Profile(
            "arrivals",
            (Stage("before", WARM_UP_S, *before, measured=False), Stage("steady", seconds, self.rate, self.rate)),
            max_shoppers=MOST_SHOPPERS,
            patience_s=PATIENCE_S,
            drain_s=DRAIN_S,
            scenarios={self.visit: 1.0},
        )


def run_once(case: Case, seconds: float, url: str, core: int | None) -> dict[str, float]:
    """One run of one worker; figures of its measured phase."""
    from loadtests.running.conductor import Conductor  # it brings Locust, which patches the process
    from loadtests.running.processes import start_worker

    conductor = Conductor(case.profile(seconds), "benchmark", url, {}, workers=1, classes=sorted(VISITS))
    seen: list[Second] = []
    taken: list[Taken] = []
    with TemporaryDirectory() as folder:
        port = conductor.listen()
        try:
            locustfile = Path(__file__).with_name("passers_by.py")
            with start_worker(0, port, locustfile, Path(folder) / "worker.log") as worker:
                pin(core, worker.pid)

                def on_second(second: Second, journal: object, pid: int = worker.pid) -> None:
                    seen.append(second)
                    taken.append(Taken.until_now(pid))

                conductor.on_second = on_second
                conductor.dead = lambda: {worker.pid: said} if (said := worker.death()) else {}
                conductor.muster(30.0)
                conductor.set_opening()
                conductor.open()
                conductor.conduct()
        finally:
            conductor.quit()
    if conductor.lost_workers():
        raise SystemExit(f"the worker was lost: {case}")
    measured = taken[WARM_UP_S - 1 : WARM_UP_S + int(seconds)]
    return {**figures(seen, seconds), **measured[0].shares(measured[-1])}


@dataclass(frozen=True, slots=True)
class Taken:
    """CPU seconds that others had, as far as this machine tells."""

    at: float
    robbed_s: float
    """For how long the worker (its first thread) has been ready to run without running."""
    others_s: float
    """What all cores did but for this process and its children."""

    @classmethod
    def until_now(cls, worker: int) -> Taken:
        try:
            robbed_s = int(Path(f"/proc/{worker}/schedstat").read_text().split()[1]) / 1e9
        except (OSError, IndexError):
            robbed_s = 0.0
        myself = psutil.Process()
        ours = [process.cpu_times() for process in (myself, *myself.children(recursive=True))]
        every = psutil.cpu_times()
        busy_s = every.user + every.nice + every.system
        return cls(time.monotonic(), robbed_s, busy_s - sum(times.user + times.system for times in ours))

    def shares(self, later: Taken) -> dict[str, float]:
        """Of the time between two instants."""
        wall_s = max(1e-3, later.at - self.at)
        return {
            "robbed": (later.robbed_s - self.robbed_s) / wall_s,
            "others": max(0.0, later.others_s - self.others_s) / wall_s,
        }


def figures(seen: Sequence[Second], seconds: float) -> dict[str, float]:
    """What a run record says of the phase `steady`."""
    lag, response, account = HistogramSum(), HistogramSum(), Account()
    for second in seen:
        account.add(second.arrivals.get("steady", Account()))
        if "steady" in second.lag:
            lag.add(second.lag["steady"])
        for row in second.requests:
            if row.phase == "steady":
                response.add(row.response)
    # The seconds that are wholly in the phase tell how the worker fared in it.
    at_work = [w for second in seen if WARM_UP_S <= second.second < WARM_UP_S + seconds for w in second.workers]
    return {
        **{name: 1000 * (lag.percentile(q) or 0.0) for name, q in QUANTILES.items()},
        "lag_max_ms": 1000 * (lag.max_s or 0.0),
        "response_p99_ms": 1000 * (response.percentile(99.0) or 0.0),
        "cpu": sum(w.cpu for w in at_work) / max(1, len(at_work)),
        "stall_ms": 1000 * max((w.stall_s for w in at_work), default=0.0),
        "shoppers": max((w.shoppers for w in at_work), default=0),
        "offered": account.offered,
        "waited": account.started - lag.count,
        "lost": account.offered - account.completed,
    }


def goals(judged: Sequence[Case], summary: dict[str, dict[str, Spread]]) -> list[Goal]:
    return [
        Goal(f"lag {q} of {case} arrivals/s", summary[str(case)][figure].median, limit, "ms")
        for case in judged
        for q, figure, limit in (("p99", "lag_p99_ms", LAG_P99_MS), ("p99.9", "lag_p99_9_ms", LAG_P99_9_MS))
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--visits", nargs="+", choices=VISITS, default=VISITS)
    options.add_argument("--rates", type=float, nargs="*", default=[1000.0, 2500.0, 5000.0, 10_000.0, 15_000.0])
    options.add_argument("--jump", type=float, nargs="*", default=[10_000.0], help="rates that come at once")
    options.add_argument("--seconds", type=float, default=4.0, help="of each run, after a second before")
    options.add_argument("--rounds", type=int, default=3, help="of the judged rate; of all others, one")
    given = options.parse_args(arguments)
    worker_core, core = two_cores()
    pin(core)
    cases = [Case(visit, rate) for visit in given.visits for rate in given.rates]
    cases += [Case(visit, rate, jump=True) for visit in given.visits for rate in given.jump]
    judged = [case for case in cases if case.judged]
    rounds: dict[str, list[dict[str, Any]]] = {str(case): [] for case in cases}
    with fixed_shop(core) as (url, server):
        for case in (*cases, *turns(judged, given.rounds - 1)):
            rounds[str(case)].append(run_once(case, given.seconds, url, worker_core))
    summary = {
        name: {figure: Spread.of(one[figure] for one in measured) for figure in measured[0]}
        for name, measured in rounds.items()
    }
    table(
        f"Lateness of arrivals in ms, one worker on one core; requests go to {server}",
        ("visits/s", *(heading for heading, _ in COLUMNS.values())),
        [
            (name, *(format(row[figure].median, form) for figure, (_, form) in COLUMNS.items()))
            for name, row in summary.items()
        ],
    )
    conclude(
        "arrivals",
        given.json,
        settings={"seconds": given.seconds, "rounds": given.rounds, "arrivals": "poisson", "server": server},
        summary=summary,
        rounds=rounds,
        goals=goals(judged, summary),
    )


if __name__ == "__main__":
    main()
