"""Tells where a visit ends inside Locust's own loop over tasks, and when a task asks for the end of the whole run.

Locust's loop calls `TaskSet.wait` between two tasks, and a task may call it for a pause of its own. Which of them it is
follows from what ended last: after a task the next walk is due, before anything else a pause. A nested TaskSet has a
loop of its own, so each of its tasks is a visit; its `on_start` and `on_stop` belong to the visit that is on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from locust.exception import (
    InterruptTaskSet,
    MissingWaitTimeError,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)
from locust.user.task import LOCUST_STATE_STOPPING, TaskSet

from loadtests.crowd.failed_starts import told
from loadtests.crowd.visit import think

RUN = TaskSet.run
EXECUTE_NEXT_TASK = TaskSet.execute_next_task

NO_WALK_AFTER = (InterruptTaskSet, RescheduleTaskImmediately, StopUser, StopTest)
"""Locust's loop calls no wait after these: the TaskSet ends, or its next task belongs to the same visit."""


def install(walk_through: Callable[[Any], None], ask_to_stop: Callable[[str], None]) -> None:
    """Replace Locust's wait between tasks by `walk_through`, for this process; a StopTest becomes a wish.

    So does a sys.exit(), which out of a greenlet would end the process, and with it the visits of all other shoppers.
    """

    def run(taskset: Any) -> None:
        try:
            RUN(taskset)
        except StopTest as error:
            ask_to_stop(told(error))
            raise

    def execute_next_task(taskset: Any) -> None:
        if getattr(taskset, "walk_is_due", False):  # a wait of the user's own that doesn't call ours
            taskset.walk_is_due = False
            walk_through(taskset)
        try:
            EXECUTE_NEXT_TASK(taskset)
        except NO_WALK_AFTER:
            raise
        except SystemExit as error:
            ask_to_stop(told(error))
            raise StopTest(told(error)) from error
        except Exception:
            taskset.walk_is_due = True
            raise
        taskset.walk_is_due = True

    def wait(taskset: Any) -> None:
        if getattr(taskset, "walk_is_due", False):
            taskset.walk_is_due = False
            walk_through(taskset)
        else:
            pause(taskset)

    TaskSet.run = run  # type: ignore[method-assign, misc]  # final for subclasses, not for us
    TaskSet.execute_next_task = execute_next_task  # type: ignore[method-assign]
    TaskSet.wait = wait  # type: ignore[method-assign]


def walk_after_error(user_instance: Any, **_: Any) -> None:
    """Listener for Locust's `user_error`: a TaskSet that found no task to run waits for the next visit all the same."""
    user_instance.walk_is_due = True


def pause(taskset: Any) -> None:
    """What `self.wait()` means inside a task: the user's own wait_time passes, and the visit goes on."""
    if taskset.user._state == LOCUST_STATE_STOPPING:
        raise StopUser
    try:
        seconds = taskset.wait_time()
    except MissingWaitTimeError:
        seconds = 0.0
    think(seconds)
    if taskset.user._state == LOCUST_STATE_STOPPING:
        raise StopUser
