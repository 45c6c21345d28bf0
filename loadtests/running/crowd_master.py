"""Locust's master for a crowd that walks by our schedule: it knows the workers, and starts and stops nobody itself."""

from __future__ import annotations

from typing import Any

from locust.runners import STATE_RUNNING, STATE_SPAWNING, STATE_STOPPED, MasterRunner

PREPARING, ON, OVER = STATE_SPAWNING, STATE_RUNNING, STATE_STOPPED
"""What Locust's web UI is told. It only looks for news while shoppers are "spawning" or "running"."""


class CrowdMaster(MasterRunner):
    """Locust would start and stop users of its own accord: when a worker goes, when the last one does, when asked.

    Shoppers belong to the workers' pools and to the schedule, so none of that may reach them; the conductor looks
    after lost workers, and the pages ask it for starts and stops.
    """

    def start(self, *_: Any, **__: Any) -> None: ...

    def start_shape(self) -> None: ...

    def stop(self, send_stop_to_client: bool = True) -> None: ...

    def check_stopped(self) -> None:
        """The state is the run's, told by whoever conducts it, and not guessed from what workers do."""
