"""The run directory: what happened, written line by line while it happens, so that even a killed run can be judged.

    run.json        what was meant: run id, resolved profile, versions, machine; written first, whole or not at all
    seconds.jsonl   one `Second` a line
    journal.jsonl   one step of a buyer a line
    ended.json      the mark of a run that came to its end; without it the run is partial
    audit.json      what the audit and the reconciliation found; only for targets that can be audited
    verdict.json    what the gate said; whole or not at all

A line goes to the kernel in one write, so killing the process loses at most the line being written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import msgspec

from loadtests.books import Account
from loadtests.histogram import HistogramDelta


class RunRecordError(Exception):
    """The directory isn't a run, or its record is damaged. The message is one sentence for the user."""


class RequestsOfSecond(msgspec.Struct, gc=False):
    """The requests of one key that finished in one second. `outcome` is ok, refused or failed."""

    operation: str
    scenario: str
    phase: str
    outcome: str
    response: HistogramDelta
    service: HistogramDelta


class BusinessOfSecond(msgspec.Struct, gc=False):
    orders: int = 0
    payments: int = 0
    gmv_fen: int = 0


class WorkerOfSecond(msgspec.Struct, gc=False):
    """How one generator process fared. `cpu` is a ratio of one core, `stall_s` its event loop's longest pause."""

    worker: int
    cpu: float = 0.0
    stall_s: float = 0.0
    shoppers: int = 0
    in_flight: int = 0
    waiting: int = 0


class Event(msgspec.Struct, gc=False):
    """Something that happened at a run second, e.g. `fault_started`, whose text is the fault's kind."""

    at: float
    kind: str
    text: str = ""


class Second(msgspec.Struct):
    """One line of seconds.jsonl: what the second from `second` to `second + 1` added. Figures are deltas."""

    second: int
    arrivals: dict[str, Account] = msgspec.field(default_factory=dict)
    requests: list[RequestsOfSecond] = msgspec.field(default_factory=list)
    lag: dict[str, HistogramDelta] = msgspec.field(default_factory=dict)
    business: dict[str, BusinessOfSecond] = msgspec.field(default_factory=dict)
    workers: list[WorkerOfSecond] = msgspec.field(default_factory=list)
    events: list[Event] = msgspec.field(default_factory=list)
