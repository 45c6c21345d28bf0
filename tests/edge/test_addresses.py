"""An address needs no lookup, so it takes no thread; a name does."""

from __future__ import annotations

import socket
from typing import Any

import gevent.socket
import pytest
from gevent import get_hub
from gevent.resolver.thread import Resolver

from loadtests.crowd import addresses


class CountingPool:
    def __init__(self, pool: Any) -> None:
        self.pool = pool
        self.asked = 0

    def apply(self, *arguments: Any) -> Any:
        self.asked += 1
        return self.pool.apply(*arguments)


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> CountingPool:
    hub = get_hub()
    monkeypatch.setattr(hub, "resolver", Resolver(hub))
    addresses.install()
    counting = CountingPool(hub.threadpool)
    monkeypatch.setattr(hub.resolver, "pool", counting)
    return counting


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", b"127.0.0.1"])
def test_an_address_is_found_at_once_and_is_what_gevent_would_have_found(pool: CountingPool, host: Any) -> None:
    found = gevent.socket.getaddrinfo(host, 8080, type=socket.SOCK_STREAM)
    assert pool.asked == 0
    asked = Resolver(get_hub()).getaddrinfo(host, 8080, type=socket.SOCK_STREAM)
    assert [tuple(map(int, one[:3])) + one[3:] for one in found] == asked


def test_a_name_is_looked_up_in_a_thread(pool: CountingPool) -> None:
    assert "127.0.0.1" in {one[4][0] for one in gevent.socket.getaddrinfo("localhost", 80)}
    assert pool.asked == 1


@pytest.mark.parametrize("host", ["127.0.0.256", "no such host", "."])
def test_what_is_neither_fails_as_ever(pool: CountingPool, host: str) -> None:
    with pytest.raises((socket.gaierror, UnicodeError)):
        gevent.socket.getaddrinfo(host, 80)


def test_a_resolver_of_the_users_choice_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = object()
    monkeypatch.setattr(get_hub(), "resolver", chosen)
    addresses.install()
    assert get_hub().resolver is chosen
