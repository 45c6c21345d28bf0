"""Whatever the shop answers to somebody's own export, no value of it gets into a log line or a failure's reason."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gevent.pywsgi import WSGIServer

from loadtests.crowd.failure_reasons import reason_of
from loadtests.http.client import Client
from loadtests.shop import dialogue
from loadtests.shop.privacy_desk import PrivacyDesk
from loadtests.shop.privacy_promises import Export, ExportedOrder

CLEAR = {
    "export": "X1",
    "customer": "C0000007",
    "name": "王小明",
    "phone": "13812341234",
    "address": "浙江省杭州市西湖区文三路1号",
    "orders": [],
    "orders_total": 0,
}
WHOLE = json.dumps(CLEAR, ensure_ascii=False).encode()
ESCAPED = json.dumps(CLEAR).encode()
SECRETS = [value for field in ("name", "phone", "address") for value in (CLEAR[field], ascii(CLEAR[field])[1:-1])]


class Oddity:
    """A shop of one route, which answers as the test says."""

    def __init__(self) -> None:
        self.status, self.body = "201 Created", WHOLE
        self.server = WSGIServer(("127.0.0.1", 0), self._answer, log=None)
        self.server.start()
        self.host = f"http://127.0.0.1:{self.server.server_port}"

    def _answer(self, _: Any, start: Callable[..., Any]) -> list[bytes]:
        start(self.status, [("Content-Type", "application/json"), ("Content-Length", str(len(self.body)))])
        return [self.body]


@pytest.fixture
def oddity() -> Iterator[Oddity]:
    oddity = Oddity()
    yield oddity
    oddity.server.stop()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("200 OK", WHOLE),
        ("200 OK", ESCAPED),
        ("202 Accepted", WHOLE),
        ("500 Internal Server Error", WHOLE),
        ("502 Bad Gateway", f"<pre>{WHOLE.decode()}</pre>".encode()),
        ("201 Created", WHOLE[:-1]),
        ("201 Created", WHOLE.replace(b'"13812341234"', b"13812341234")),
        ("201 Created", WHOLE.replace(b"C0000007", b"C0000008")),
        ("201 Created", WHOLE.replace("王小明".encode(), "王*".encode())),
        ("429 Too Many Requests", WHOLE),
    ],
    ids=range(10),
)
def test_an_export_that_goes_wrong_is_a_failure_without_a_value(
    oddity: Oddity, make_crowd: Any, caplog: Any, monkeypatch: Any, status: str, body: bytes
) -> None:
    monkeypatch.setattr(dialogue, "_complaints", dialogue._complaints.__class__())
    crowd = make_crowd(oddity.host, {"customers": 50})
    oddity.status, oddity.body = status, body
    client = Client(oddity.host, request_event=crowd.environment.events.request)
    desk = PrivacyDesk(client, crowd.festival, "C0000007")
    with caplog.at_level(logging.DEBUG):
        assert desk.export(key="k") is None
    client.close()
    ((operation, why),) = crowd.failures()
    assert operation == "POST /customers/me/exports"
    assert caplog.records, "what went wrong is in the log"
    for text in (why, caplog.text, reason_of(RuntimeError(why))):
        assert not any(secret in text for secret in SECRETS), text


def test_an_export_that_gets_into_a_message_says_whose_it_is_and_no_more() -> None:
    mine = Export("X1", "C1", "王小明", "13812341234", "浙江省杭州市西湖区", [ExportedOrder("O1", "paid", 5)], 1)
    assert f"{mine} {mine!r} {[mine]}" == "Export(X1) Export(X1) [Export(X1)]"
