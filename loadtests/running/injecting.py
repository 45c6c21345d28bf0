"""Hurts the mock platform when the profile says so, and writes both ends of each fault into the record."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import gevent

from loadtests.plan.profile import PlannedFault
from loadtests.running.conductor import ConductError, Conductor
from loadtests.shop.target import Target, TargetError

logger = logging.getLogger(__name__)


def try_faults(faults: Sequence[PlannedFault], target: Target) -> None:
    """Have the platform read each plan before any load; a run must not pass for want of the fault it was to survive.

    Raises ConductError with a sentence for each that is refused.
    """
    if not faults:
        return
    if not target.admin_token:
        raise ConductError(
            "the profile plans faults, and those take the mock platform and its --admin-token or SHOP_ADMIN_TOKEN"
        )
    refused = []
    for number, fault in enumerate(faults):
        try:
            injected = target.admin("POST", "/fault-plans", _plan(fault))
            target.admin("DELETE", f"/fault-plans/{injected['fault']}")
        except TargetError as error:
            refused.append(f"faults[{number}] was refused: {error}")
    if refused:
        raise ConductError("\n".join(refused))


def inject(fault: PlannedFault, conductor: Conductor, target: Target) -> None:
    """Wait for the fault's instant, inject it, and wait until it is over; a greenlet of its own."""
    starts_s = conductor.schedule.phase_starts_s(fault.phase) + fault.after_s
    gevent.sleep(max(0.0, starts_s - conductor.run_s()))
    try:
        target.admin("POST", "/fault-plans", _plan(fault))
    except TargetError as error:
        conductor.note("fault_refused", f"{fault.kind}: {error}")
        logger.error("the fault %s could not be injected: %s", fault.kind, error)
        return
    conductor.note("fault_started", fault.kind)
    gevent.sleep(fault.lasts_s)
    conductor.note("fault_ended", fault.kind)


def _plan(fault: PlannedFault) -> Mapping[str, Any]:
    return {"kind": fault.kind, "route": fault.route, "lasts_s": fault.lasts_s, **fault.parameters}
