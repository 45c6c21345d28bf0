"""The kinds of fault by name, and how a plan is read from what somebody wrote."""

from __future__ import annotations

import difflib
import functools
import operator
from collections.abc import Mapping
from typing import Any

import msgspec

from mock_platform.faults.disconnect import Disconnect
from mock_platform.faults.doubled_callback import DoubledCallback
from mock_platform.faults.hang import Hang
from mock_platform.faults.latency import Latency
from mock_platform.faults.lost_callback import LostCallback
from mock_platform.faults.plan import FaultPlan
from mock_platform.faults.refusal import Refusal
from mock_platform.faults.slow_body import SlowBody

_PARTS: tuple[type[FaultPlan], ...] = (
    *(Latency, Refusal, Hang, Disconnect, SlowBody),
    *(LostCallback, DoubledCallback),
)
KINDS: Mapping[str, type[FaultPlan]] = {str(part.__struct_config__.tag): part for part in _PARTS}

ANY_PLAN: Any = functools.reduce(operator.or_, _PARTS)


class FaultPlanError(ValueError):
    """A plan that cannot be read; its text is one sentence for whoever wrote it."""


def read_plan(written: object) -> FaultPlan:
    """A plan of `{"kind": ..., "route": ..., "lasts_s": ..., parameters}`; FaultPlanError if it is none."""
    if not isinstance(written, Mapping):
        raise FaultPlanError("A fault plan is an object with a kind.")
    kind = written.get("kind")
    part = KINDS.get(kind) if isinstance(kind, str) else None
    if part is None:
        close = difflib.get_close_matches(str(kind), KINDS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(KINDS)}."
        raise FaultPlanError(f"{kind!r} is not a kind of fault; {hint}")
    try:
        return msgspec.convert(written, part)
    except msgspec.ValidationError as mistake:
        raise FaultPlanError(f"{kind}: {mistake}.") from mistake


def parameters(plan: FaultPlan) -> dict[str, object]:
    """What a kind adds to kind, route and lasts_s, as plain values."""
    written: dict[str, object] = msgspec.to_builtins(plan)
    return {name: value for name, value in written.items() if name not in ("kind", "route", "lasts_s")}
