"""A sys.exit() in a greenlet of the crowd is a wish to end the run: gevent would end the whole worker process for it.

Tasks and `on_start` are watched where they run; here is what runs beside them: greenlets that a task spawned, and a
user's `on_stop`, which Locust calls when the tasks are over.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from gevent import Greenlet
from gevent.hub import get_hub

from loadtests.crowd.failed_starts import told


def install(ask_to_stop: Callable[[str], None], own: Container[Greenlet]) -> None:
    """Have `ask_to_stop` hear of such exits, for this process; `own` greenlets may end it."""
    hub = get_hub()
    handle_error = hub.handle_error

    def handle(context: Any, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if isinstance(context, Greenlet) and isinstance(error, SystemExit) and context not in own:
            ask_to_stop(told(error))
        else:
            handle_error(context, kind, error, trace)

    hub.handle_error = handle
