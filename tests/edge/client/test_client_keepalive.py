"""Connections live as long as they may, are not trusted once the server has gone, and serve one request at a time."""

from __future__ import annotations

from contextlib import ExitStack

import gevent
import pytest

from loadtests.http.request_errors import ConnectionClosed
from loadtests.http.session import MOST_SERVERS
from tests.edge.client.conftest import Desk
from tests.edge.client.misbehaving_server import OK, Peer, misbehaving, sends, serves_properly


def answers_once_then_closes_on_the_next(peer: Peer) -> None:
    """The race every keep-alive client runs: the server closes just as the next request is on its way."""
    peer.answer()
    peer.read_request()


def test_one_connection_carries_many_requests(desk: Desk) -> None:
    with misbehaving(serves_properly) as server:
        client = desk.client(server.url)
        for _ in range(50):
            assert client.post("/", json={}).content == b"ok"
        assert len(server.peers) == 1


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (OK, 1),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 2),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 2),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", 1),
        (OK + b"unasked", 2),
        (OK + OK, 2),
    ],
)
def test_a_connection_is_kept_when_the_answer_allows(desk: Desk, answer: bytes, connections: int) -> None:
    with misbehaving(lambda peer: peer.serve(answer)) as server:
        client = desk.client(server.url)
        assert client.get("/").content == b"ok"
        assert client.get("/").content == b"ok"
        assert len(server.peers) == connections


@pytest.mark.parametrize("idle_s", [0.0, 0.01])
@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_connection_closed_while_idle_is_noticed_before_anything_is_sent(
    desk: Desk, leave: str, idle_s: float
) -> None:
    def answer_and_leave(peer: Peer) -> None:
        peer.answer()
        getattr(peer, leave)()

    with misbehaving(answer_and_leave, serves_properly) as server:
        client = desk.client(server.url)
        client.get("/")
        gevent.sleep(idle_s)
        response = client.post("/orders", json={"n": 1})  # not one that could be sent twice
        assert response.content == b"ok"
        assert [request.split(b" ")[0] for request in server.requests] == [b"GET", b"POST"]


def test_something_said_on_an_idle_connection_is_not_taken_for_the_next_answer(desk: Desk) -> None:
    def answer_then_talk(peer: Peer) -> None:
        peer.answer()
        gevent.sleep(0.005)
        peer.send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        peer.client_closed()

    with misbehaving(answer_then_talk, serves_properly) as server:
        client = desk.client(server.url)
        client.get("/")
        gevent.sleep(0.02)
        assert client.post("/").status_code == 200


def test_a_body_sent_after_head_does_not_spoil_the_next_answer(desk: Desk) -> None:
    def talk_on(peer: Peer) -> None:
        peer.answer(b"HTTP/1.1 200 OK\r\n\r\n")
        gevent.sleep(0.01)
        peer.send(b"a body nobody may send")
        peer.client_closed()

    with misbehaving(talk_on, serves_properly) as server:
        client = desk.client(server.url)
        assert client.head("/").ok
        assert client.get("/").content == b"ok"


@pytest.mark.parametrize(
    ("method", "headers", "resent"),
    [
        ("GET", {}, True),
        ("PUT", {}, True),
        ("DELETE", {}, True),
        ("HEAD", {}, True),
        ("POST", {}, False),
        ("PATCH", {}, False),
        ("POST", {"Idempotency-Key": "k-1"}, True),
        ("POST", {"idempotency-key": "k-1"}, True),
    ],
)
def test_only_what_may_be_done_twice_is_sent_again(
    desk: Desk, method: str, headers: dict[str, str], resent: bool
) -> None:
    with misbehaving(answers_once_then_closes_on_the_next, lambda peer: peer.serve(OK)) as server:
        client = desk.client(server.url)
        client.get("/first")
        response = client.request(method, "/second", headers=headers)
        seconds = [request for request in server.requests if b" /second " in request]
        assert (response.error is None) == resent
        assert len(seconds) == (2 if resent else 1)
        assert len(set(seconds)) == 1
        assert desk.outcomes == ["ok", "ok" if resent else "failed"]


def test_it_is_sent_again_once_only(desk: Desk) -> None:
    with misbehaving(answers_once_then_closes_on_the_next, sends(b""), serves_properly) as server:
        client = desk.client(server.url)
        client.get("/first")
        assert type(client.get("/second").error) is ConnectionClosed
        assert len(server.peers) == 2
        assert client.get("/third").ok


def test_nothing_is_sent_again_after_a_first_connection_or_the_start_of_an_answer(desk: Desk) -> None:
    def answers_then_stumbles(peer: Peer) -> None:
        peer.answer()
        peer.answer(b"HTTP/1.1 200 OK\r\n")

    with misbehaving(sends(b""), answers_then_stumbles, serves_properly) as server:
        client = desk.client(server.url)
        assert type(client.get("/").error) is ConnectionClosed
        assert client.get("/").ok
        assert type(client.get("/").error) is ConnectionClosed
        assert len(server.peers) == 2


def test_a_reset_shopper_connects_anew(desk: Desk) -> None:
    with misbehaving(serves_properly) as server:
        client = desk.client(server.url, headers={"X-Kept": "1"})
        for _ in range(3):
            client.get("/")
            client.reset()
        gevent.sleep(0.01)
        assert len(server.peers) == 3
        assert all(peer.client_closed() for peer in server.peers)
        assert b"X-Kept: 1" in server.requests[-1]


def test_greenlets_that_share_a_client_get_a_connection_each_and_their_own_answers(desk: Desk) -> None:
    def slow_echo(peer: Peer) -> None:
        while request := peer.read_request():
            gevent.sleep(0.01)
            path = request.split(b" ")[1]
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(path), path))

    with misbehaving(slow_echo) as server:
        client = desk.client(server.url)
        for _ in range(2):
            asking = [gevent.spawn(client.get, f"/{n}") for n in range(8)]
            gevent.sleep(0.005)
            assert client.in_flight is not None
            assert client.in_flight[0] == "/0"
            gevent.joinall(asking, timeout=5, raise_error=True)
            assert [greenlet.value.text for greenlet in asking] == [f"/{n}" for n in range(8)]
        assert client.in_flight is None
        assert len(server.peers) == 8 + 2  # six of them were kept


def test_a_closed_client_leaves_no_connection_behind_and_may_connect_anew(desk: Desk) -> None:
    with misbehaving(serves_properly) as server:
        client = desk.client(server.url)
        for _ in range(2):
            assert client.get("/").ok
            assert client.get("/").ok
            client.close()
        assert len(server.peers) == 2
        assert all(peer.client_closed() for peer in server.peers)


def test_closing_a_client_lets_a_request_under_way_finish_and_then_closes_its_connection(desk: Desk) -> None:
    closed: list[bool] = []

    def slow(peer: Peer) -> None:
        peer.read_request()
        gevent.sleep(0.03)
        peer.send(OK)
        closed.append(peer.client_closed())

    with misbehaving(slow) as server:
        client = desk.client(server.url)
        asking = gevent.spawn(client.get, "/")
        gevent.sleep(0.01)
        client.close()
        asking.join(timeout=5)
        gevent.sleep(0.02)
        assert asking.value.ok
        assert closed == [True]


def test_connections_to_other_servers_do_not_pile_up(desk: Desk) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(misbehaving(serves_properly)) for _ in range(MOST_SERVERS + 2)]
        client = desk.client(servers[0].url)
        for server in servers:
            assert client.get(f"{server.url}/").ok
        assert servers[1].peers[0].client_closed()
        assert client.get("/").ok
        assert len(servers[0].peers) == 1  # home is not among the others
