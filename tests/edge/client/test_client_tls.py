"""Connections under TLS: whom the client trusts, what it says when it doesn't, and that all else is as without."""

from __future__ import annotations

import gevent
import pytest

from loadtests.http.request_errors import AnswerTooLarge, ConnectionClosed, ConnectTimeout, RequestTimeout, TlsFailed
from tests.edge.client.certificates import Authority, self_signed
from tests.edge.client.conftest import Desk
from tests.edge.client.misbehaving_server import OK, Peer, misbehaving, sends, serves_properly


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("certificates"))


def test_an_unknown_certificate_is_refused_unless_told_otherwise(desk: Desk, authority: Authority) -> None:
    with misbehaving(serves_properly, tls=self_signed(authority.folder, "127.0.0.1")) as server:
        response = desk.client(server.url).get("/")
        assert type(response.error) is TlsFailed
        assert str(response.error) == "the certificate of 127.0.0.1 is not trusted: self-signed certificate"
        assert desk.outcomes == ["failed"]
        assert server.requests == []
        assert desk.client(server.url, verify=False).get("/").content == b"ok"


def test_a_named_authority_is_trusted_and_others_are_not(desk: Desk, authority: Authority) -> None:
    with misbehaving(serves_properly, tls=authority.server("127.0.0.1")) as server:
        assert desk.client(server.url, ca_file=authority.file).get("/").content == b"ok"
        assert "unable to get local issuer" in str(desk.client(server.url).get("/").error)
    with misbehaving(serves_properly, tls=self_signed(authority.folder, "127.0.0.1")) as server:
        assert type(desk.client(server.url, ca_file=authority.file).get("/").error) is TlsFailed


def test_a_certificate_for_another_host_is_refused(desk: Desk, authority: Authority) -> None:
    with misbehaving(serves_properly, tls=authority.server("shop.example")) as server:
        response = desk.client(server.url, ca_file=authority.file).get("/")
        assert type(response.error) is TlsFailed
        assert "not valid for '127.0.0.1'" in str(response.error)
        assert desk.client(server.url, verify=False).get("/").ok


def test_a_host_is_checked_by_name(desk: Desk, authority: Authority) -> None:
    with misbehaving(serves_properly, tls=authority.server("localhost")) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        assert desk.client(url, ca_file=authority.file).get("/").ok


def test_an_expired_certificate_is_refused(desk: Desk, authority: Authority) -> None:
    with misbehaving(serves_properly, tls=authority.server("127.0.0.1", expired=True)) as server:
        assert "expired" in str(desk.client(server.url, ca_file=authority.file).get("/").error)


def test_an_authority_that_cannot_be_read_is_refused_at_once(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nonsense = tmp_path_factory.mktemp("nonsense") / "ca.pem"
    nonsense.write_text("not a certificate")
    for file in (nonsense, nonsense.with_name("missing.pem")):
        with pytest.raises(ValueError, match=file.name):
            desk.client("https://127.0.0.1:1", ca_file=str(file))


def test_a_server_without_tls_is_a_failed_request(desk: Desk) -> None:
    with misbehaving(lambda peer: peer.send(OK)) as server:
        response = desk.client(server.url.replace("http:", "https:")).get("/")
        assert type(response.error) is TlsFailed
        assert str(response.error).startswith("no TLS connection to 127.0.0.1: ")


def test_a_server_that_hangs_up_in_the_handshake_is_a_failed_request(desk: Desk) -> None:
    with misbehaving(lambda peer: peer.close()) as server:
        assert type(desk.client(server.url.replace("http:", "https:")).get("/").error) is TlsFailed


def test_a_handshake_that_hangs_is_given_up_in_time(desk: Desk) -> None:
    with misbehaving(lambda peer: gevent.sleep(1.0)) as server:
        url = server.url.replace("http:", "https:")
        assert type(desk.client(url, connect_timeout_s=0.1).get("/").error) is ConnectTimeout
        assert type(desk.client(url, timeout_s=0.1).get("/").error) is RequestTimeout


def test_keep_alive_large_bodies_and_timeouts_work_as_without(desk: Desk, authority: Authority) -> None:
    size = 3_000_000

    def behave(peer: Peer) -> None:
        assert len(peer.read_request()) > size
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"y" * size)
        peer.answer()
        peer.read_request()
        peer.client_closed()

    with misbehaving(behave, serves_properly, tls=authority.server("127.0.0.1")) as server:
        client = desk.client(server.url, ca_file=authority.file)
        assert client.post("/", data=b"x" * size).content == b"y" * size
        gevent.sleep(0.01)  # long enough for the connection to be looked at before it is used again
        assert client.get("/").content == b"ok"
        assert len(server.peers) == 1
        assert type(client.get("/", timeout_s=0.1).error) is RequestTimeout
        assert client.get("/").ok


def test_a_connection_closed_while_idle_is_noticed(desk: Desk, authority: Authority) -> None:
    with misbehaving(lambda peer: peer.answer(), serves_properly, tls=authority.server("127.0.0.1")) as server:  # type: ignore[arg-type,return-value]
        client = desk.client(server.url, ca_file=authority.file)
        assert client.get("/").ok
        gevent.sleep(0.02)
        assert client.post("/").ok
        assert len(server.requests) == 2


def test_a_body_cut_short_under_tls_is_a_failed_request(desk: Desk, authority: Authority) -> None:
    half = sends(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    with misbehaving(half, serves_properly, tls=authority.server("127.0.0.1")) as server:
        client = desk.client(server.url, ca_file=authority.file)
        assert type(client.get("/").error) is ConnectionClosed
        assert client.get("/").ok


def test_limits_hold_under_tls(desk: Desk, authority: Authority) -> None:
    huge = sends(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n")
    with misbehaving(huge, tls=authority.server("127.0.0.1")) as server:
        assert type(desk.client(server.url, ca_file=authority.file).get("/").error) is AnswerTooLarge


def test_a_secure_cookie_travels_under_tls_only(desk: Desk, authority: Authority) -> None:
    cookie = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: s=1; Secure\r\n\r\n"
    with (
        misbehaving(lambda peer: peer.serve(cookie), tls=authority.server("127.0.0.1")) as secured,
        misbehaving(lambda peer: peer.serve(cookie)) as plain,
    ):
        client = desk.client(secured.url, ca_file=authority.file)
        client.get("/")
        client.get("/")
        client.get(f"{plain.url}/")
        assert [b"Cookie: s=1" in request for request in secured.requests] == [False, True]
        assert [b"Cookie" in request for request in plain.requests] == [False]
