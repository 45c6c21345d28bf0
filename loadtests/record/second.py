"""What one second of a run added: the line of seconds.jsonl, and what a worker reports to the master."""

from __future__ import annotations

import msgspec

from loadtests.record.books import Account
from loadtests.record.histogram import HistogramDelta


class RequestsOfSecond(msgspec.Struct, gc=False):
    """The requests of one key that ended in this second; `outcome` is ok, refused or failed."""

    operation: str
    scenario: str
    phase: str
    outcome: str
    response: HistogramDelta
    service: HistogramDelta


class FailuresOfSecond(msgspec.Struct, gc=False):
    """How many requests of one operation failed in this second for one reason, a sentence."""

    operation: str
    reason: str
    count: int


class BusinessOfSecond(msgspec.Struct, gc=False):
    orders: int = 0
    payments: int = 0
    gmv_fen: int = 0


class WorkerOfSecond(msgspec.Struct, gc=False):
    """How one generator process fared: `cpu` as a ratio of one core, `stall_s` its event loop's longest pause.

    `on_start_failure` is what the first of its shoppers whose on_start failed in this second raised: name and message.
    `on_starts_awaited` arrivals had to wait for a shopper that was still in its on_start; `on_start_s` is how long the
    longest of those took, or has taken so far.
    """

    worker: int
    cpu: float = 0.0
    stall_s: float = 0.0
    shoppers: int = 0
    in_flight: int = 0
    waiting: int = 0
    on_starts_failed: int = 0
    on_start_failure: str = ""
    on_starts_awaited: int = 0
    on_start_s: float = 0.0


class Event(msgspec.Struct, gc=False):
    """Something that happened at run second `at`. Known kinds, and what their text says:

    `fault_started` and `fault_ended` (the fault's kind), `worker_lost` (which), `aborted` (by which threshold),
    `stopped` (why).
    """

    at: float
    kind: str
    text: str = ""


class Second(msgspec.Struct):
    """From run second `second` to `second + 1`; every figure is what was added in it, by phase."""

    second: int
    arrivals: dict[str, Account] = msgspec.field(default_factory=dict)
    requests: list[RequestsOfSecond] = msgspec.field(default_factory=list)
    lag: dict[str, HistogramDelta] = msgspec.field(default_factory=dict)
    business: dict[str, BusinessOfSecond] = msgspec.field(default_factory=dict)
    workers: list[WorkerOfSecond] = msgspec.field(default_factory=list)
    events: list[Event] = msgspec.field(default_factory=list)
    failures: list[FailuresOfSecond] = msgspec.field(default_factory=list)
