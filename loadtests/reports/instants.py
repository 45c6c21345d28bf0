"""When a run was, as reports write it."""

from __future__ import annotations

import datetime


def written_instant(at_epoch_s: object) -> str:
    """ISO 8601 in UTC, without its zone, as JUnit's readers want it; empty for anything that is no instant."""
    if not isinstance(at_epoch_s, int | float):
        return ""
    try:
        instant = datetime.datetime.fromtimestamp(at_epoch_s, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{instant:%Y-%m-%dT%H:%M:%S}"
