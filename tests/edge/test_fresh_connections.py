"""`connections = "per_arrival"`: whatever client a user has, the next visit comes on a connection of its own."""

from __future__ import annotations

import locust  # isort: skip  # first of all: it patches sockets, threads and time for the whole process

from collections.abc import Iterator
from typing import Any

import pytest
from gevent.server import StreamServer
from locust import FastHttpUser, HttpUser, User, task
from locust.env import Environment

from loadtests.crowd.fresh_connections import forget_connections
from loadtests.crowd.shopper import Shopper

assert locust.__version__
ANSWER = b"HTTP/1.1 200 OK\r\nSet-Cookie: visit=first\r\nContent-Length: 4\r\n\r\npong"


class Counter:
    """A keep-alive server that remembers what each connection asked."""

    def __init__(self) -> None:
        self.connections: list[bytes] = []
        self.server = StreamServer(("127.0.0.1", 0), self._serve)
        self.server.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def _serve(self, peer: Any, _: Any) -> None:
        number = len(self.connections)
        self.connections.append(b"")
        while asked := peer.recv(65_536):
            self.connections[number] += asked
            peer.sendall(ANSWER)


@pytest.fixture
def counter() -> Iterator[Counter]:
    counter = Counter()
    yield counter
    counter.server.stop(timeout=0)


class Ours(Shopper):
    @task
    def ping(self) -> None: ...


class Fast(FastHttpUser):
    @task
    def ping(self) -> None: ...


class Slow(HttpUser):
    @task
    def ping(self) -> None: ...


@pytest.mark.parametrize("kind", [Ours, Fast, Slow])
def test_the_next_visit_brings_its_own_connection_and_no_cookie(kind: type[User], counter: Counter) -> None:
    kind.host = counter.url
    user: Any = kind(Environment(user_classes=[kind]))
    for _ in range(2):
        assert user.client.get("/ping").status_code == 200
    assert len(counter.connections) == 1
    assert b"visit=first" in counter.connections[0]
    forget_connections(user)
    assert user.client.get("/ping").status_code == 200
    assert len(counter.connections) == 2
    assert b"visit=first" not in counter.connections[1]


def test_a_user_without_a_client_is_left_alone() -> None:
    class Walker(User):
        @task
        def walk(self) -> None: ...

    forget_connections(Walker(Environment(user_classes=[Walker])))
