"""Answers torn into pieces, wherever: the client reads the same from the pieces as from the whole."""

from __future__ import annotations

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.edge.client.conftest import Desk
from tests.edge.client.misbehaving_server import Behaviour, Peer, misbehaving

ANSWERS = {
    "length": b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n"
    b"2\r\nhe\r\n3;e=1\r\nllo\r\n0\r\nX-T: 2\r\n\r\n",
    "close": b"HTTP/1.1 200 OK\r\nConnection: close\r\nX-A: 1\r\n\r\nhello",
    "interim": b"HTTP/1.1 103 Hi\r\nX-B: 2\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello",
}


def in_pieces(pieces: list[bytes]) -> Behaviour:
    def behave(peer: Peer) -> None:
        peer.read_request()
        for piece in pieces:
            peer.send(piece)
            gevent.sleep(0.0005)  # time for the client to read this piece by itself

    return behave


@pytest.mark.parametrize("kind", ANSWERS)
def test_torn_once_at_every_byte(desk: Desk, kind: str) -> None:
    answer = ANSWERS[kind]
    cuts = range(1, len(answer))
    with misbehaving(*[in_pieces([answer[:cut], answer[cut:]]) for cut in cuts]) as server:
        client = desk.client(server.url)
        for cut in cuts:
            response = client.get("/")
            assert (response.error, response.content) == (None, b"hello"), answer[:cut]
            assert response.headers["X-A"] == "1"
            assert "X-T" not in response.headers
            client.reset()


@pytest.mark.parametrize("kind", ANSWERS)
def test_torn_into_single_bytes(desk: Desk, kind: str) -> None:
    answer = ANSWERS[kind]
    with misbehaving(in_pieces([answer[i : i + 1] for i in range(len(answer))])) as server:
        assert desk.client(server.url).get("/").content == b"hello"


@st.composite
def torn(draw: st.DrawFn) -> tuple[bytes, list[bytes], bytes]:
    """A body, the pieces of an answer that carries it, and the answer in one."""
    body = draw(st.binary(max_size=300))
    headers = b"".join(
        b"X-%d: %b\r\n" % (i, b"v" * n) for i, n in enumerate(draw(st.lists(st.integers(0, 40), max_size=5)))
    )
    match draw(st.sampled_from(["length", "chunked", "close"])):
        case "length":
            answer = b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (headers, len(body), body)
        case "chunked":
            sizes = draw(st.lists(st.integers(1, 80), min_size=1, max_size=8))
            chunks, at = b"", 0
            for size in [*sizes, len(body) + 1]:
                part = body[at : at + size]
                at += size
                chunks += b"%x\r\n%b\r\n" % (len(part), part) if part else b""
            answer = b"HTTP/1.1 200 OK\r\n%bTransfer-Encoding: chunked\r\n\r\n%b0\r\n\r\n" % (headers, chunks)
        case _:
            answer = b"HTTP/1.1 200 OK\r\n%bConnection: close\r\n\r\n%b" % (headers, body)
    cuts = sorted(draw(st.sets(st.integers(1, len(answer) - 1), max_size=6)))
    pieces = [answer[a:b] for a, b in zip([0, *cuts], [*cuts, len(answer)], strict=True)]
    return body, pieces, answer


@given(case=torn())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_torn_at_random_reads_like_the_whole(desk: Desk, case: tuple[bytes, list[bytes], bytes]) -> None:
    body, pieces, answer = case
    with misbehaving(in_pieces(pieces), in_pieces([answer])) as server:
        client = desk.client(server.url)
        in_parts = client.get("/")
        client.reset()
        whole = client.get("/")
        assert in_parts.content == whole.content == body
        assert in_parts.error is whole.error is None
        assert dict(in_parts.headers) == dict(whole.headers)
        assert in_parts.status_code == whole.status_code == 200
