"""Every way a server can answer wrongly is one failed request of a clear kind, and the next request works."""

from __future__ import annotations

import gzip
import zlib

import brotli
import gevent
import pytest

from loadtests.http.request_errors import AnswerTooLarge, BadAnswer, ConnectFailed, ConnectionClosed, RequestError
from tests.edge.client.conftest import Desk, free_port
from tests.edge.client.misbehaving_server import OK, Behaviour, Peer, misbehaving, sends, serves_properly

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB = 50_000_000


def encoded(coding: bytes, content: bytes) -> Behaviour:
    return sends(HEAD + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n%b" % (coding, len(content), content))


def endless(start: bytes, more: bytes) -> Behaviour:
    """Send without end, until the client has had enough."""

    def behave(peer: Peer) -> None:
        peer.read_request()
        peer.send(start)
        for _ in range(10_000_000 // len(more)):
            peer.send(more)

    return behave


def resets_after(data: bytes) -> Behaviour:
    def behave(peer: Peer) -> None:
        peer.answer(data)
        gevent.sleep(0.01)  # let the data arrive: a reset overtakes what is still in the buffers
        peer.reset()

    return behave


WRONG: dict[str, tuple[Behaviour, type[RequestError], str]] = {
    # early ends
    "closes before reading": (lambda peer: peer.close(), ConnectionClosed, "before"),
    "closes before answering": (sends(b""), ConnectionClosed, "before answering"),
    "closes in the status line": (sends(b"HTTP/1."), ConnectionClosed, "middle of the answer's head"),
    "closes in the head": (sends(HEAD + b"Content-Le"), ConnectionClosed, "middle of the answer's head"),
    "closes in the body": (sends(HEAD + b"Content-Length: 9\r\n\r\nhalf"), ConnectionClosed, "answer's body"),
    "closes before the body": (sends(HEAD + b"Content-Length: 9\r\n\r\n"), ConnectionClosed, "answer's body"),
    "closes in a chunk": (sends(CHUNKED + b"9\r\nhalf"), ConnectionClosed, "answer's body"),
    "closes before the last chunk": (sends(CHUNKED + b"2\r\nhi\r\n"), ConnectionClosed, "answer's body"),
    "closes after a 100": (sends(b"HTTP/1.1 100 Continue\r\n\r\n"), ConnectionClosed, "answer's head"),
    "resets before answering": (resets_after(b""), ConnectionClosed, "before the answer"),
    "resets in the body": (resets_after(HEAD + b"Content-Length: 9\r\n\r\nhalf"), ConnectionClosed, "in the middle"),
    "resets where only the end could delimit": (resets_after(HEAD + b"\r\nhalf"), ConnectionClosed, "in the middle"),
    # wrong framing
    "negative length": (sends(HEAD + b"Content-Length: -2\r\n\r\nhi"), BadAnswer, "not proper HTTP"),
    "a length of letters": (sends(HEAD + b"Content-Length: two\r\n\r\nhi"), BadAnswer, "not proper HTTP"),
    "an empty length": (sends(HEAD + b"Content-Length:\r\n\r\nhi"), BadAnswer, "not proper HTTP"),
    "an absurd length": (sends(HEAD + b"Content-Length: " + b"9" * 40 + b"\r\n\r\nhi"), BadAnswer, "not proper HTTP"),
    "two lengths": (sends(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi"), BadAnswer, "not proper HTTP"),
    "length and chunks": (
        sends(HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
        BadAnswer,
        "not proper HTTP",
    ),
    "chunks and length": (
        sends(HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
        BadAnswer,
        "not proper HTTP",
    ),
    "another transfer coding": (sends(HEAD + b"Transfer-Encoding: gzip\r\n\r\nhi"), BadAnswer, "transfer coding"),
    "a chunk size of letters": (sends(CHUNKED + b"zz\r\nhi"), BadAnswer, "not proper HTTP"),
    "a negative chunk size": (sends(CHUNKED + b"-2\r\nhi"), BadAnswer, "not proper HTTP"),
    "an absurd chunk size": (sends(CHUNKED + b"f" * 20 + b"\r\nhi"), BadAnswer, "not proper HTTP"),
    "a chunk longer than said": (sends(CHUNKED + b"2\r\nhello\r\n0\r\n\r\n"), BadAnswer, "not proper HTTP"),
    # not HTTP
    "garbage": (sends(b"SSH-2.0-OpenSSH_9.2\r\n"), BadAnswer, "not proper HTTP"),
    "zeroes": (sends(b"\x00" * 100), BadAnswer, "not proper HTTP"),
    "a header without colon": (sends(HEAD + b"nonsense\r\n\r\n"), BadAnswer, "not proper HTTP"),
    "a status of letters": (sends(b"HTTP/1.1 abc OK\r\n\r\n"), BadAnswer, "not proper HTTP"),
    "a status below 100": (sends(b"HTTP/1.1 042 OK\r\nContent-Length: 0\r\n\r\n"), BadAnswer, "below 100"),
    "another protocol": (
        sends(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"),
        BadAnswer,
        "another protocol",
    ),
    # too much
    "a huge header": (sends(HEAD + b"X: " + b"x" * 200_000 + b"\r\n\r\n"), AnswerTooLarge, "head"),
    "endless headers": (endless(HEAD, b"X-More: and more\r\n" * 1000), AnswerTooLarge, "head"),
    "endless interim answers": (endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000), AnswerTooLarge, "head"),
    "an endless body": (endless(HEAD + b"\r\n", b"x" * 10_000), AnswerTooLarge, "body"),
    "endless chunks": (endless(CHUNKED, b"1\r\nx\r\n" * 1000), AnswerTooLarge, "body"),
    "endless trailers": (endless(CHUNKED + b"0\r\n", b"X-More: and more\r\n" * 1000), AnswerTooLarge, "body"),
    "a gzip bomb": (encoded(b"gzip", gzip.compress(b"0" * BOMB)), AnswerTooLarge, "unpacks"),
    "a deflate bomb": (encoded(b"deflate", zlib.compress(b"0" * BOMB)), AnswerTooLarge, "unpacks"),
    "a brotli bomb": (encoded(b"br", brotli.compress(b"0" * BOMB, quality=5)), AnswerTooLarge, "unpacks"),
    "a bomb in a bomb": (encoded(b"gzip, gzip", gzip.compress(gzip.compress(b"0" * BOMB))), AnswerTooLarge, "unpacks"),
    # damaged content
    "gzip cut short": (encoded(b"gzip", gzip.compress(b"hello" * 100)[:-9]), BadAnswer, "cut short"),
    "brotli cut short": (encoded(b"br", brotli.compress(b"hello" * 100)[:-3]), BadAnswer, "cut short"),
    "gzip damaged": (encoded(b"gzip", b"\x1f\x8b\x08" + b"nonsense" * 9), BadAnswer, "damaged"),
    "brotli damaged": (encoded(b"br", b"\xff\xff nonsense"), BadAnswer, "damaged"),
    "not gzip at all": (encoded(b"gzip", b'{"plain": true}'), BadAnswer, "damaged"),
    "encoded without end": (encoded(b"gzip," * 50 + b"gzip", b"x"), BadAnswer, "too many times"),
}


@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_answer_is_one_failed_request_and_the_next_works(desk: Desk, how: str) -> None:
    behave, kind, words = WRONG[how]
    with misbehaving(behave, serves_properly) as server:
        client = desk.client(server.url, most_body_bytes=1_000_000)
        response = client.get("/wrong")
        assert type(response.error) is kind, repr(response.error)
        assert words in str(response.error)
        assert response.error.__traceback__ is None
        assert not response.ok
        assert [(r["name"], r["outcome"], r["exception"]) for r in desk.reports] == [
            ("/wrong", "failed", response.error)
        ]
        assert client.get("/right").content == b"ok"
        assert desk.outcomes == ["failed", "ok"]


STRANGE_BUT_RIGHT: dict[str, tuple[bytes, bytes]] = {
    "close delimits": (HEAD + b"\r\nhello", b"hello"),
    "close delimits an empty body": (HEAD + b"\r\n", b""),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nold", b"old"),
    "HTTP/1.0 with a length": (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", b"old"),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "a 100 first": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok"),
    "a 103 first": (b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nContent-Length: 99\r\n\r\n" + OK, b"ok"),
    "many interim answers": (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20 + OK, b"ok"),
    "chunks with extensions": (CHUNKED + b'2;name="v"\r\nok\r\n0;x\r\n\r\n', b"ok"),
    "chunks with trailers": (CHUNKED + b"2\r\nok\r\n0\r\nContent-Encoding: gzip\r\n\r\n", b"ok"),
    "an empty header": (HEAD + b"X-Empty:\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "letters beyond ASCII": (HEAD + "X-City: 杭州\r\nContent-Length: 2\r\n\r\nok".encode(), b"ok"),
    "several gzip members": (
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"o") + gzip.compress(b"k") + b"\0\0",
        b"ok",
    ),
    "two Content-Encoding headers": (
        HEAD + b"Content-Encoding: gzip\r\nContent-Encoding: br\r\n\r\n" + brotli.compress(gzip.compress(b"ok")),
        b"ok",
    ),
    "nothing, encoded": (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", b""),
    "more body than said": (HEAD + b"Content-Length: 2\r\n\r\nok and more", b"ok"),
    "two answers": (OK + HEAD + b"Content-Length: 4\r\n\r\nevil", b"ok"),
}


@pytest.mark.parametrize("how", STRANGE_BUT_RIGHT)
def test_a_strange_but_right_answer_is_read_and_the_next_is_not_mixed_up(desk: Desk, how: str) -> None:
    answer, content = STRANGE_BUT_RIGHT[how]
    with misbehaving(sends(answer), serves_properly) as server:
        client = desk.client(server.url)
        response = client.get("/strange")
        assert (response.status_code, response.content, response.error) == (200, content, None)
        assert client.post("/right").content == b"ok"
        assert desk.outcomes == ["ok", "ok"]


def test_an_answer_before_the_request_was_read_is_taken(desk: Desk) -> None:
    with misbehaving(lambda peer: (peer.send(OK), peer.client_closed())) as server:  # type: ignore[arg-type,return-value]
        assert desk.client(server.url).get("/").content == b"ok"


@pytest.mark.parametrize("reads", [0, 100_000])
def test_a_large_body_may_be_refused_before_it_was_sent(desk: Desk, reads: int) -> None:
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!"

    def refuse(peer: Peer) -> None:
        if reads:
            peer._connection.recv(reads)
        peer.send(refusal)
        gevent.sleep(1.0)  # it neither reads on nor closes: a client that insists on sending would wait for ever

    with misbehaving(refuse, serves_properly) as server:
        client = desk.client(server.url)
        response = client.post("/upload", data=b"x" * 20_000_000)
        assert (response.status_code, response.content) == (413, b"no!")
        assert response.service_s < 0.9
        assert client.post("/next").content == b"ok"


def test_nobody_there_is_a_failed_request(desk: Desk) -> None:
    response = desk.client(f"http://127.0.0.1:{free_port()}").get("/x")
    assert type(response.error) is ConnectFailed
    assert "Connection refused" in str(response.error)
    assert (response.status_code, response.ok, desk.outcomes) == (0, False, ["failed"])


@pytest.mark.parametrize("host", ["no-such-shop.invalid", "a" * 70 + ".invalid", "a..b"])
def test_an_unknown_name_is_a_failed_request(desk: Desk, host: str) -> None:
    assert type(desk.client(f"http://{host}:80").get("/x").error) is ConnectFailed
    assert desk.outcomes == ["failed"]
