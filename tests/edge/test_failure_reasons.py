"""Why requests failed: told by operation and reason, in few and short words however much goes wrong."""

from __future__ import annotations

from typing import Any

import gevent
import msgspec
import pytest
from locust.exception import CatchResponseError

from loadtests.crowd.failure_reasons import CUT_OFF, LETTERS_MOST, NOT_SAID, OTHERS, REASONS_MOST, reason_of
from loadtests.crowd.failure_reasons import FailureReasons as Reasons
from loadtests.http.request_errors import BadStatus, ConnectFailed
from loadtests.record.second import FailuresOfSecond
from tests.edge.one_gate import Gate, ask, user


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (CatchResponseError("the order is the buyer's own"), "the order is the buyer's own"),
        (BadStatus(404), "404 Not Found"),
        (ConnectFailed("nobody answers there"), "ConnectFailed: nobody answers there"),
        (KeyError("price"), "KeyError: 'price'"),
        (ValueError(), "ValueError"),
        ("boom", "boom"),
        (None, NOT_SAID),
        (RuntimeError("two\n lines"), "RuntimeError: two lines"),
    ],
)
def test_a_reason_is_a_line(raised: object, reason: str) -> None:
    assert reason_of(raised) == reason


def test_a_page_of_html_is_cut_and_half_a_letter_can_still_be_sent() -> None:
    assert len(reason_of(RuntimeError("x" * 5000))) == LETTERS_MOST
    assert msgspec.msgpack.encode(reason_of(RuntimeError("\udcff")))


def test_ids_in_errors_cost_a_bounded_number_of_lines_and_no_failure_is_lost() -> None:
    reasons = Reasons()
    for number in range(10 * REASONS_MOST):
        reasons.count("/orders", f"order {number} is gone")
    first = reasons.take()
    assert len(first) == REASONS_MOST + 1
    assert sum(first.values()) == 10 * REASONS_MOST
    reasons.count("/orders", "order 4711 is gone")
    reasons.count("/orders", "order 1 is gone")
    assert reasons.take() == {("/orders", OTHERS): 1, ("/orders", "order 1 is gone"): 1}
    assert reasons.take() == {}


def one_in_two(self: Any) -> None:
    ask(self, "/ok")
    ask(self, "/no", OSError("hm"))


def raising(self: Any) -> None:
    raise LookupError("no such customer")


def dawdling(self: Any) -> None:
    gevent.sleep(60)


@pytest.mark.parametrize(
    ("body", "operation", "reason"),
    [
        (one_in_two, "/no", "OSError: hm"),
        (raising, "(visit)", "LookupError: no such customer"),
        (dawdling, "(visit)", CUT_OFF),
    ],
)
def test_each_way_to_fail_is_told_with_its_reason(body: Any, operation: str, reason: str) -> None:
    second = Gate(user(body), rate=20, seconds=0.3).run()
    assert second.failures == [FailuresOfSecond(operation, reason, 6)]
