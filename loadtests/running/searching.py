"""Searches for a shop's capacity: one whole run after another, each in processes of its own, until the bracket stands.

What was found is on disk after every run. Ctrl-C lets the run under way drain, as it does for a single one.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import tomli_w

from loadtests.judgement.gate import judge_run
from loadtests.record.run_record import RunRecordError, write_whole
from loadtests.running.processes import Child
from loadtests.sizing.capacity import Capacity
from loadtests.sizing.probe import Figures, Probe, read_probe, selector_of
from loadtests.sizing.probe_profile import Probing
from loadtests.sizing.staircase import Search, next_rate

STARTING_S = 120.0
"""What a run may take beyond its schedule and its drain: to start, to settle, to audit."""
POLL_S = 0.1
REST_S = 2.0
"""A shop that stays up between two runs gets so long to get over a rate it did not hold."""
JUDGED = (0, 10, 12, 20)


@dataclass
class CapacitySearch:
    """A search under way. `arguments`: what every run is told, from `rehearse` or `run` on."""

    probing: Probing
    search: Search
    out: Path
    arguments: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    on_probe: Callable[[Probe], None] = lambda probe: None
    capacity: Capacity = field(init=False)
    interrupted: bool = False
    _aside: frozenset[str] = frozenset()
    _child: Child | None = None

    def __post_init__(self) -> None:
        about = {"phases": list(self.probing.phases), "step_duration_s": self.probing.step_duration_s}
        crowd = "the whole day" if self.probing.whole else f"the crowd of {self.probing.phase}"
        self.capacity = Capacity(self.probing.profile.name, self.search, about={"crowd": crowd, **about})

    def run(self) -> Capacity:
        """Probe until the search is over, interrupted or in trouble. RunRecordError if it can't be written down."""
        with self._signals():
            self._note()
            while not self.interrupted and not self.capacity.trouble:
                rate = next_rate(self.search, self.capacity.results)
                if rate is None:
                    break
                self._take(self._probe(len(self.capacity.probes) + 1, rate))
            self.capacity = replace(self.capacity, finished=True)
            self._note()
        return self.capacity

    def _take(self, probe: Probe) -> None:
        self.capacity = replace(self.capacity, probes=(*self.capacity.probes, probe))
        if self.interrupted:
            self.capacity = replace(self.capacity, trouble="interrupted: this is the bracket so far")
        elif probe.outcome in ("undecided", "broken_off"):
            hint = "; take longer steps, or begin higher" if probe.outcome == "undecided" else ""
            self.capacity = replace(self.capacity, trouble=f"at {probe.rate:g}/s {probe.why}{hint}")
        self._note()
        self.on_probe(probe)
        if probe.outcome == "fails" and self.arguments[0] == "run" and not self.interrupted:
            time.sleep(REST_S)

    def _note(self) -> None:
        write_whole(self.out / "capacity.json", self.capacity.to_json())

    def _probe(self, number: int, rate: float) -> Probe:
        # Each with a seed of its own: the same arrivals again would not show whether a result is steady.
        tables = self.probing.tables(rate, self.probing.profile.seed + number, self._aside)
        written = self.out / f"probe-{number:02d}.toml"
        directory = written.with_suffix("")
        try:
            written.write_text(tomli_w.dumps(tables))
        except OSError as error:
            raise RunRecordError(f"cannot write {written}: {error.strerror}") from error
        if broke := self._run(written, directory):
            return Probe(number, rate, "broken_off", "-", broke, str(directory), Figures())
        if number == 1:
            self._set_aside(directory)
        return read_probe(directory, number, rate, self.probing.phases, self._aside)

    def _set_aside(self, directory: Path) -> None:
        """What the whole run promises may not occur in one phase's crowd: then no probe could ever judge it."""
        thresholds = judge_run(directory)["thresholds"]
        silent = {selector_of(t) for t in thresholds if t["result"] == "NO_DATA" and not t["samples"]}
        if not self.probing.whole and len(silent) < len({selector_of(t) for t in thresholds}):
            self._aside = frozenset(silent & self.probing.general)
        if self._aside:
            names = ", ".join(sorted(self._aside))
            note = f"{names} has nothing to judge in {self.capacity.about['crowd']} and was set aside"
            self.capacity = replace(self.capacity, notes=(note,))

    def _run(self, profile: Path, directory: Path) -> str:
        """Run a probe to its end; what broke it, or nothing."""
        arguments = ["loadtests", self.arguments[0], str(profile), *self.arguments[1:]]
        arguments += ["--headless", "--out", str(directory)]
        schedule_s = self.probing.profile.duration_s if self.probing.whole else 2 * self.probing.step_duration_s
        ends_at = time.monotonic() + schedule_s + self.probing.profile.drain_s + STARTING_S
        with Child(directory.name, arguments, profile.with_suffix(".log"), self.env) as child:
            self._child = child
            try:
                while (code := child.process.poll()) is None and time.monotonic() < ends_at:
                    time.sleep(POLL_S)
            finally:
                self._child = None
        if code is None:
            return "the run did not end in time and was ended"
        judged = code in JUDGED and (directory / "verdict.json").exists()
        return "" if judged else f"the run broke: {child.last_words().removeprefix('zerohour: ')}"

    @contextmanager
    def _signals(self) -> Iterator[None]:
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, self._interrupt) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    def _interrupt(self, *_: object) -> None:
        """The run under way has a session of its own, so it hears of Ctrl-C from us alone: drains, or ends at once."""
        self.interrupted = True
        if self._child is not None:
            self._child.process.send_signal(signal.SIGINT)
