"""Time: nothing a server does makes a request last longer than it may, and a killed shopper leaves nothing behind."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import gevent
import pytest

from loadtests.http.deadline import Deadline, TimeIsUp
from loadtests.http.dialling import dial
from loadtests.http.request_errors import ConnectTimeout, RequestTimeout
from tests.edge.client.conftest import Desk
from tests.edge.client.misbehaving_server import OK, Behaviour, Peer, misbehaving, serves_properly


def says_nothing(peer: Peer) -> None:
    peer.read_request()
    peer.client_closed()


def slow_loris(peer: Peer) -> None:
    peer.read_request()
    peer.send(OK, every_s=0.03)


def slow_body(peer: Peer) -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    peer.send(b"x" * 1000, every_s=0.03)


def slow_interim(peer: Peer) -> None:
    peer.read_request()
    for _ in range(100):
        peer.send(b"HTTP/1.1 103 Wait\r\n\r\n")
        gevent.sleep(0.03)


def never_reads(peer: Peer) -> None:
    gevent.sleep(1.0)


@pytest.mark.parametrize("behave", [says_nothing, slow_loris, slow_body, slow_interim, never_reads])
def test_a_request_ends_when_its_time_is_up(desk: Desk, behave: Behaviour) -> None:
    with misbehaving(behave, serves_properly) as server:
        client = desk.client(server.url)
        response = client.post("/slow", data=b"x" * 8_000_000, timeout_s=0.2)
        assert type(response.error) is RequestTimeout
        assert 0.2 <= response.service_s < 0.9
        assert desk.reports[0]["response_time"] == pytest.approx(response.service_s * 1000)
        assert desk.outcomes == ["failed"]
        assert client.get("/next").content == b"ok"
        assert client.in_flight is None


def test_the_clients_own_time_limit_holds_without_a_word(desk: Desk) -> None:
    with misbehaving(says_nothing) as server:
        assert type(desk.client(server.url, timeout_s=0.05).get("/").error) is RequestTimeout


def test_one_time_limit_covers_all_redirects(desk: Desk) -> None:
    def redirect_slowly(peer: Peer) -> None:
        while peer.read_request():
            gevent.sleep(0.06)
            peer.send(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /again\r\n\r\n")

    with misbehaving(redirect_slowly) as server:
        response = desk.client(server.url).get("/", allow_redirects=True, timeout_s=0.2)
        assert type(response.error) is RequestTimeout
        assert response.service_s < 0.9


def test_a_short_limit_after_a_long_one_rings_in_time_and_the_other_way_round(desk: Desk) -> None:
    with misbehaving(lambda peer: (peer.answer(), says_nothing(peer))) as server:  # type: ignore[arg-type,return-value]
        client = desk.client(server.url)
        assert client.get("/", timeout_s=5.0).ok
        assert client.get("/", timeout_s=0.1).service_s < 0.9
        assert client.get("/", timeout_s=1.0).ok
        assert client.get("/", timeout_s=0.3).service_s >= 0.3


def test_the_time_limit_of_an_earlier_request_spoils_neither_thinking_nor_a_later_request(desk: Desk) -> None:
    def slower_then(peer: Peer) -> None:
        peer.answer()
        peer.read_request()
        gevent.sleep(0.2)
        peer.send(OK)
        peer.client_closed()

    with misbehaving(slower_then) as server:
        client = desk.client(server.url)
        assert client.get("/", timeout_s=0.1).ok
        assert client.get("/", timeout_s=5.0).ok  # the timer of the first rings meanwhile
    with misbehaving(serves_properly) as server:
        client = desk.client(server.url)
        assert client.get("/", timeout_s=0.05).ok
        gevent.sleep(0.15)


def test_small_requests_are_not_held_back_to_be_sent_together() -> None:
    with misbehaving(serves_properly) as server:
        connected = dial("127.0.0.1", server.port)
        assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert not connected.getblocking()
        connected.close()


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port whose queue of connections is full, so that the kernel drops every further attempt."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = [socket.socket() for _ in range(4)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(listener.getsockname())
    gevent.sleep(0.01)
    yield listener.getsockname()[1]
    for one in [listener, *waiting]:
        one.close()


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"connect_timeout_s": 0.1, "timeout_s": 5.0}, ConnectTimeout),
        ({"connect_timeout_s": 5.0, "timeout_s": 0.1}, RequestTimeout),
    ],
)
def test_connecting_is_given_up_in_time(desk: Desk, deaf_port: int, options: dict[str, float], kind: type) -> None:
    response = desk.client(f"http://127.0.0.1:{deaf_port}", **options).get("/")
    assert type(response.error) is kind
    assert 0.1 <= response.service_s < 0.9


@pytest.mark.parametrize("behave", [says_nothing, slow_body])
def test_a_killed_shopper_closes_its_connection_and_is_not_reported(desk: Desk, behave: Behaviour) -> None:
    with misbehaving(behave, serves_properly) as server:
        client = desk.client(server.url)
        began_at = time.monotonic()
        asking = gevent.spawn(client.get, "/skus/S1", name="/skus/{sku}")
        gevent.sleep(0.02)
        assert client.in_flight is not None
        name, started_at = client.in_flight
        assert name == "/skus/{sku}"
        assert began_at <= started_at <= time.monotonic()
        asking.kill()
        assert isinstance(asking.value, gevent.GreenletExit)
        assert client.in_flight is None
        assert desk.reports == []
        assert server.peers[0].client_closed()
        assert client.get("/next").ok


def test_a_shopper_killed_while_connecting_leaves_nothing_open(desk: Desk, deaf_port: int) -> None:
    client = desk.client(f"http://127.0.0.1:{deaf_port}")
    asking = gevent.spawn(client.get, "/")
    gevent.sleep(0.02)
    asking.kill()
    assert (client.in_flight, desk.reports) == (None, [])


def test_a_scenarios_own_time_limit_is_a_failed_request_and_flies_on(desk: Desk) -> None:
    with misbehaving(says_nothing, serves_properly) as server:
        client = desk.client(server.url)
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.05):
            client.get("/")
        assert desk.outcomes == ["failed"]
        assert client.get("/").ok


def test_an_open_deadline_rings_once_and_a_stopped_one_never() -> None:
    deadline = Deadline()
    deadline.start(time.monotonic() + 0.02)
    deadline.stop()
    gevent.sleep(0.04)
    deadline.start(time.monotonic() + 0.02)
    with pytest.raises(TimeIsUp):
        gevent.sleep(1.0)
    gevent.sleep(0.04)
    deadline.close()
    deadline.start(time.monotonic() - 1.0)
    with pytest.raises(TimeIsUp):
        gevent.sleep(1.0)
    deadline.close()
