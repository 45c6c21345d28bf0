"""Risk: what a try for something scarce is judged by, as a table of rules, each worth points; the sum decides.

Tries are told apart by buyer, device, address and sale. Rules of velocity count them in sliding windows; signs are seen
on the try itself. Nothing else may count: who a buyer is or what a key looks like is no evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from mock_platform.domain.errors import RiskRejected, SlowDown

REFUSE_AT = 100
SLOW_AT = 60
"""From this score on a try comes too fast: later it may do."""


class Of(StrEnum):
    """Whose tries a rule counts together."""

    BUYER = "buyer"
    DEVICE = "device"
    ADDRESS = "address"
    SALE = "sale"


class Counts(StrEnum):
    TRIES = "tries"
    ACCOUNTS = "accounts"
    """Different buyers, however often each tried."""


class Velocity(msgspec.Struct, frozen=True, gc=False):
    """More than `allowed` in `window_s`, this try among them, is worth `points`."""

    rule: str
    of: Of
    counts: Counts
    window_s: float
    allowed: int
    points: int


VELOCITIES = (
    # A buyer who is too early tries three times, and may be back for a second sale.
    Velocity("buyer_tries", Of.BUYER, Counts.TRIES, window_s=10.0, allowed=6, points=100),
    Velocity("device_tries", Of.DEVICE, Counts.TRIES, window_s=60.0, allowed=12, points=100),
    # A couple shares a phone; a farm shares one among hundreds.
    Velocity("device_accounts", Of.DEVICE, Counts.ACCOUNTS, window_s=600.0, allowed=2, points=100),
    # A family or a dormitory: suspicious, but not alone. In the rush it has to wait, and gets in when that is over.
    Velocity("address_accounts", Of.ADDRESS, Counts.ACCOUNTS, window_s=600.0, allowed=4, points=50),
    Velocity("sale_rush", Of.SALE, Counts.TRIES, window_s=1.0, allowed=20, points=20),
)
NO_DEVICE, TOO_SOON = "no_device", "too_soon"
SIGNS = {NO_DEVICE: 30, TOO_SOON: 20}
"""Points for what a try shows by itself: no device is named; the session has only just begun."""
TOO_SOON_S = 2.0
"""Sessions know the second they began in, no finer: under 1 s is always too soon, beyond 2 s never."""
POINTS = {each.rule: each.points for each in VELOCITIES} | SIGNS


class Outcome(StrEnum):
    ADMITTED = "admitted"
    SLOWED = "slowed"
    REFUSED = "refused"


class Try(msgspec.Struct, frozen=True, gc=False):
    """One try for something scarce, as risk sees it. Empty: not known."""

    buyer: str
    device: str
    """A keyed fingerprint, like the address: risk has to tell them apart, not to know them."""
    address: str
    sale: str
    session_at: float | None
    at: float


class Decision(msgspec.Struct, frozen=True, gc=False):
    """What was decided on a try, kept for the audit and for the same try asked again."""

    order: str
    """The id an order made of this try has."""
    key: str
    buyer: str
    sale: str
    device: str
    at: float
    asked_at: float
    """When it was last asked for: a key that is taken over asks again, and gets the same answer."""
    score: int
    rules: tuple[str, ...]
    outcome: Outcome


def rules_hit(tried: Try, counts: Sequence[int]) -> tuple[str, ...]:
    """The names of the rules this try breaks. `counts` holds a number for each of VELOCITIES, this try included."""
    hit = [rule.rule for rule, count in zip(VELOCITIES, counts, strict=True) if count > rule.allowed]
    if not tried.device:
        hit.append(NO_DEVICE)
    if tried.session_at is not None and tried.at - tried.session_at < TOO_SOON_S:
        hit.append(TOO_SOON)
    return tuple(hit)


def score_of(rules: Sequence[str]) -> int:
    return sum(POINTS[rule] for rule in rules)


def outcome_of(score: int) -> Outcome:
    if score >= REFUSE_AT:
        return Outcome.REFUSED
    return Outcome.SLOWED if score >= SLOW_AT else Outcome.ADMITTED


def decide(order: str, key: str, tried: Try, counts: Sequence[int]) -> Decision:
    rules = rules_hit(tried, counts)
    score = score_of(rules)
    return Decision(
        order, key, tried.buyer, tried.sale, tried.device, tried.at, tried.at, score, rules, outcome_of(score)
    )


def enforce(decision: Decision) -> None:
    """Say nothing to those admitted; the others are not told why, for they would learn from it."""
    if decision.outcome is Outcome.REFUSED:
        raise RiskRejected("This order looks automated and was not taken.")
    if decision.outcome is Outcome.SLOWED:
        raise SlowDown("Too much is tried at once; try again in a moment, with a new key.")
