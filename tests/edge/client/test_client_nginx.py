"""The client against nginx, which closes idle connections and refuses bodies as servers in the field do."""

from __future__ import annotations

import gevent

from tests.edge.client.conftest import Desk


def test_json_redirects_heads_and_empty_answers(desk: Desk, nginx_url: str) -> None:
    client = desk.client(nginx_url)
    assert client.get("/small").json() == {"small": True}
    assert client.head("/small").headers["Content-Length"] == "14"
    assert client.get("/moved", allow_redirects=True).json() == {"small": True}
    assert client.get("/empty").status_code == 204
    assert client.get("/missing").status_code == 404


def test_compressed_json_is_read(desk: Desk, nginx_url: str) -> None:
    response = desk.client(nginx_url).get("/large")
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert len(response.json()["large"]) == 2000


def test_the_end_of_a_connections_requests_goes_unnoticed(desk: Desk, nginx_url: str) -> None:
    client = desk.client(nginx_url)
    for _ in range(23):  # nginx closes after five
        assert client.get("/small").ok
    assert desk.outcomes == ["ok"] * 23


def test_a_connection_that_nginx_closed_while_idle_costs_no_order(desk: Desk, nginx_url: str) -> None:
    client = desk.client(nginx_url)
    client.get("/small")
    gevent.sleep(1.3)  # keepalive_timeout is 1 s
    assert client.post("/small", json={}).error is None


def test_a_body_that_is_too_large_is_refused_as_nginx_said(desk: Desk, nginx_url: str) -> None:
    client = desk.client(nginx_url)
    assert client.post("/upload", data=b"x" * 30_000_000).status_code == 413
    assert client.get("/small").ok
