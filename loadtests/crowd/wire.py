"""The wire between master and workers: the names of our messages on Locust's own connection, and one repair of it."""

from __future__ import annotations

from zmq.green.core import _Socket

HELLO = "zerohour_hello"
PLAN = "zerohour_plan"
REFUSED = "zerohour_refused"
READY = "zerohour_ready"
OPEN = "zerohour_open"
SECOND = "zerohour_second"
STOP = "zerohour_stop"
ASK = "zerohour_ask"
DONE = "zerohour_done"
SURPLUS = "zerohour_surplus"

POLL_S = 0.25


def mend() -> None:
    """Have Locust's sockets look for messages every quarter of a second.

    ZeroMQ tells of a new message by an edge that a busy gevent loop can miss. pyzmq then looks again after 11.6 s: an
    order to stop was seen to reach a saturated worker nine seconds late.
    """
    _Socket._gevent_bug_timeout = POLL_S
