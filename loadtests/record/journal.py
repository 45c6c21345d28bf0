"""The buyers' journal: what each buyer tried and was told, one JSON object a line, and what they believe.

    {"at":12.3,"buyer":"C0000001","key":"<run>/<worker>/<n>","step":"order","state":"placed","amount_fen":19900}

A try is written down before its request leaves ("trying"), so a buyer who never heard back believes "unknown"
and not nothing: whether the shop took that order is for the export to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

Step = Literal["order", "pay", "refund", "collect", "claim", "settle"]
State = Literal[
    "trying",
    "placed",
    "refused",
    "pending",
    "paid",
    "declined",
    "unknown",
    "refunded",
    "collected",
    "claimed",
    "stated",
]

FINAL_REFUSALS = frozenset(
    {
        "sold_out",
        "price_changed",
        "sale_not_open",
        "sale_closed",
        "limit_per_buyer",
        "risk_rejected",
        "slow_down",
        "balance_not_open",
        "balance_closed",
        "not_found",
        "unknown_sku",
        "unknown_order",
        "amount_mismatch",
        "already_paid",
        "illegal_transition",
        "unknown_coupon",
        "coupon_used",
        "coupon_not_applicable",
        "budget_spent",
    }
)
"""Refusals the shop keeps under the key and replays. Any other (overloaded, or a code we do not know) speaks
of one try only: it says nothing about an earlier try under the key that was never answered."""

DOUBTFUL_REFUSALS = frozenset({"request_in_progress", "key_reused", "internal"})
"""Answers that leave open whether the key has made, or will make, an order or a payment."""


class JournalError(Exception):
    """A journal that cannot be read; the message is one sentence and names the line."""


class Entry(msgspec.Struct, frozen=True):
    """One line. `at` is the run second, `amount_fen` what the buyer expects or was told to pay."""

    at: float
    buyer: str
    key: str
    step: Step
    state: State
    order: str | None = None
    payment: str | None = None
    amount_fen: int = 0
    code: str | None = None
    replayed: bool = False
    subject: str | None = None
    """What else it is about: the coupon that was claimed, the settlement that was stated."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What a buyer believes about a key once the run is over; never "trying": no answer leaves "unknown"."""

    key: str
    buyer: str
    step: Step
    state: State
    order: str | None
    payment: str | None
    amount_fen: int
    code: str | None
    orders: tuple[str, ...] = ()
    """Every order the shop named under this key: more than one means it forgot its own answer."""
    changed_answer: bool = False
    """Told yes and a lasting no under one key, in either order."""


@dataclass(slots=True)
class _Memory:
    """What is known of one key so far."""

    tries: int = 0
    answers: int = 0
    doubt: bool = False
    """A try ended without saying what became of it; only a settling answer takes that away."""
    told: Entry | None = None
    """The last entry that settled the key: placed, paid, declined, or a lasting refusal."""
    pending: Entry | None = None
    orders: list[str] = field(default_factory=list)
    changed_answer: bool = False

    @property
    def unanswered(self) -> bool:
        return self.doubt or self.tries > self.answers

    def answer(self) -> None:
        """One try was answered, also if nobody wrote down that it began."""
        self.tries = max(self.tries, self.answers + 1)
        self.answers += 1


def encode(entries: Iterable[Entry]) -> bytes:
    """Whole lines, each ended, ready to be appended to journal.jsonl."""
    return b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)


def decode(data: bytes) -> list[Entry]:
    """Entries in the order written. A last line cut short is dropped; other bad lines raise JournalError."""
    decoder = msgspec.json.Decoder(Entry)
    entries = []
    lines = data.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entries.append(decoder.decode(line))
        except msgspec.ValidationError as error:
            raise JournalError(f"Line {number} of the journal is no entry: {error}.") from error
        except msgspec.DecodeError as error:
            if number == len(lines):  # a whole line ends with a newline, so this one was cut short
                break
            raise JournalError(f"Line {number} of the journal is torn: {error}.") from error
    return entries


def as_entries(records: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Entries from records that were parsed already, such as what a worker sent or `Run.journal` holds."""
    entries = []
    for number, record in enumerate(records, start=1):
        try:
            entries.append(msgspec.convert(record, Entry))
        except msgspec.ValidationError as error:
            raise JournalError(f"Line {number} of the journal is no entry: {error}.") from error
    return entries


def fold(entries: Iterable[Entry]) -> dict[str, Belief]:
    """The final belief per idempotency key, in the order the keys first appear."""
    first: dict[str, Entry] = {}
    last: dict[str, Entry] = {}
    memories: dict[str, _Memory] = {}
    for entry in entries:
        first.setdefault(entry.key, entry)
        last[entry.key] = entry
        _remember(memories.setdefault(entry.key, _Memory()), entry)
    return {key: _believe(first[key], last[key], memory) for key, memory in memories.items()}


def _remember(memory: _Memory, entry: Entry) -> None:
    if entry.order is not None and entry.order not in memory.orders:
        memory.orders.append(entry.order)
    match entry.state:
        case "trying":
            memory.tries += 1
        case "unknown":
            memory.answer()
            memory.doubt = True
        case "pending":
            memory.answer()
            memory.pending = entry
        case "refused" if entry.code not in FINAL_REFUSALS:
            memory.answer()
            memory.doubt |= entry.code in DOUBTFUL_REFUSALS
        case _:
            memory.answer()
            memory.changed_answer |= memory.told is not None and _yes(memory.told) != _yes(entry)
            memory.told = entry if memory.told is None or not _yes(memory.told) else memory.told


def _yes(entry: Entry) -> bool:
    return entry.state in ("placed", "paid")


def _believe(first: Entry, last: Entry, memory: _Memory) -> Belief:
    """What settled the key wins; then a pending payment; then doubt; then the last try's passing refusal."""
    state: State
    settled = memory.told or memory.pending
    if settled is not None:
        state, source = settled.state, settled
    else:
        state, source = ("unknown" if memory.unanswered else "refused"), last
    return Belief(
        key=first.key,
        buyer=first.buyer,
        step=first.step,
        state=state,
        order=source.order,
        payment=source.payment,
        amount_fen=(settled or first).amount_fen,
        code=source.code,
        orders=tuple(memory.orders),
        changed_answer=memory.changed_answer,
    )
