"""The run as those who watch it see it: told of every step by the rehearsal, it keeps all pages up to date."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment
from locust.stats import stats_history

from loadtests.judgement.judging import ThresholdResult
from loadtests.judgement.tally import Tally
from loadtests.live.frame import frame_of, opening_of
from loadtests.live.history import History
from loadtests.live.judged_statistics import JudgedStatistics
from loadtests.live.load_metrics import LoadMetrics
from loadtests.live.locust_ui import Answer, RunUI
from loadtests.live.readers import Readers, event
from loadtests.live.sales_board import Board
from loadtests.live.server import LiveServer, bind
from loadtests.live.tab_rows import phase_rows, threshold_rows
from loadtests.plan.profile import Profile
from loadtests.record.second import Second
from loadtests.terminal.progress import Progress

logger = logging.getLogger(__name__)

Plain = dict[str, Any]

LAST_WORDS_S = 0.3
"""Time for open pages to read the verdict before the server closes."""
BOARD_EVERY_S = 1.0

PREPARING, WAITING, RUNNING, DRAINING, JUDGING, ENDED = (
    "preparing", "waiting", "running", "draining", "judging", "ended"
)  # fmt: skip
LOCUST_SAYS = {PREPARING: "spawning", WAITING: "ready", JUDGING: "running", ENDED: "stopped"}
"""What Locust's page is told; while a run is running or draining that is "running"."""


class WatchedRun:
    """All that is shown of one run. `stop` asks the rehearsal for an orderly end."""

    def __init__(
        self,
        profile: Profile,
        run_id: str,
        environment: Environment,
        *,
        port: int | None,
        login: str | None,
        workers: int,
        stop: Callable[[], Answer],
    ) -> None:
        self.profile, self.run_id, self.workers = profile, run_id, workers
        self.environment = environment
        self.start_asked = Event()
        self._stage: Plain = {"stage": PREPARING}
        self._opening: Plain = opening_of(profile, run_id, "", workers)
        self._frame: Plain | None = None
        self._verdict: Plain | None = None
        self._board: Plain | None = None
        self._history = History()
        self._metrics = LoadMetrics(profile, run_id)
        self.readers = Readers(self._so_far)
        app = RunUI(environment, self._start, stop, self._rows).app
        assert app is not None
        self.server = LiveServer(bind(port), self.readers, app=app, exposition=self._metrics.exposition, login=login)
        self._greenlets = [gevent.spawn(stats_history, environment.runner)]

    # -- what the rehearsal tells -------------------------------------------------------------------------------------

    def open(self) -> None:
        self._to(PREPARING)
        self.server.open()

    def met(self, host: str, board: Board | None) -> None:
        """The target is known; `board` is where it hangs out its sales, if it does."""
        self.environment.host = host
        self._opening = opening_of(self.profile, self.run_id, host, self.workers)
        self.readers.tell("run", self._opening)
        if board is not None:
            self._greenlets.append(gevent.spawn(self._look_at, board))

    def wait_for_start(self) -> None:
        """From now on a Start is welcome."""
        self._to(WAITING)

    def opened(self, opens_at: float) -> None:
        """Arrivals begin at this epoch second."""
        self._statistics.open(opens_at)
        self._to(RUNNING)

    def second(self, second: Second, tally: Tally, results: Sequence[ThresholdResult], told: Progress) -> None:
        """A second is over and in the tally. Never raises: a page is no reason to lose a run."""
        try:
            self._show(second, tally, results, told)
        except Exception:
            logger.exception("the pages could not show second %d", second.second)

    def _show(self, second: Second, tally: Tally, results: Sequence[ThresholdResult], told: Progress) -> None:
        self._statistics.take(second)
        self._metrics.add(second, results)
        self._frame = frame_of(self.profile, second, tally, results, told)
        self._history.add(self._frame)
        self.readers.tell("second", self._frame)
        if told.run_s >= self._opening["duration_s"] and self._stage["stage"] == RUNNING:
            self._to(DRAINING)

    def stopping(self) -> None:
        self._to(DRAINING)

    def judging(self) -> None:
        self._to(JUDGING)

    def ended(self, verdict: Mapping[str, Any]) -> None:
        """The verdict is written; nothing changes any more."""
        self._verdict = dict(verdict)
        self._to(ENDED)
        self.readers.tell("verdict", self._verdict)

    def close(self) -> None:
        gevent.killall(self._greenlets)
        if self.readers:
            gevent.sleep(LAST_WORDS_S)
        self.server.close()

    # -- what the pages ask -------------------------------------------------------------------------------------------

    def _so_far(self) -> list[bytes]:
        events = [event("run", self._opening), event("history", self._history.so_far()), event("stage", self._stage)]
        for name, content in (("second", self._frame), ("board", self._board), ("verdict", self._verdict)):
            if content is not None:
                events.append(event(name, {**content, "known": True} if name == "second" else content))
        return events

    def _rows(self) -> dict[str, list[Plain]]:
        if self._frame is None:
            return {"phases": [], "thresholds": []}
        return {"phases": phase_rows(self._frame), "thresholds": threshold_rows(self._opening, self._frame)}

    def _start(self) -> Answer:
        if self._stage["stage"] == WAITING:
            self.start_asked.set()
            self._to(PREPARING)
            return True, "The arrivals of the profile begin."
        if self._stage["stage"] == ENDED:
            return False, "This run is over. A new one is a new `zerohour` command: one run, one record, one verdict."
        return False, "The run is on: who arrives when was decided before it began, and is not edited meanwhile."

    @property
    def _statistics(self) -> JudgedStatistics:
        statistics = self.environment.stats
        assert isinstance(statistics, JudgedStatistics)
        return statistics

    def _to(self, stage: str) -> None:
        self._stage = {"stage": stage}
        assert self.environment.runner is not None
        self.environment.runner.update_state(LOCUST_SAYS.get(stage, "running"))
        self.readers.tell("stage", self._stage)

    def _look_at(self, board: Board) -> None:
        while True:
            seen = board.look()
            if seen is None:
                return
            self._board = seen
            self.readers.tell("board", seen)
            gevent.sleep(BOARD_EVERY_S)
