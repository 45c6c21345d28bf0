"""The shop's clock."""

from __future__ import annotations

import time

from mock_platform.protocols import Clock


def steady_clock() -> Clock:
    """Epoch seconds that never run backwards, whatever is done to the machine's clock meanwhile."""
    started_at = time.time() - time.monotonic()
    return lambda: started_at + time.monotonic()
