"""Reading answers from bytes, without a socket: every tear, every end, and one answer never leaking into the next."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.http.answer_reader import MOST_HEAD_BYTES, AnswerReader
from loadtests.http.request_errors import AnswerTooLarge, BadAnswer, ConnectionClosed, RequestError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Trailer: 1\r\n\r\n"
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\n\r\nhello"
INTERIM = b"HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + OK


def read(*pieces: bytes, method: str = "GET", most_body_bytes: int = 1000) -> AnswerReader:
    reader = AnswerReader(most_body_bytes)
    reader.expect(method)
    for piece in pieces:
        reader.feed(piece)
        if reader.done:
            return reader
    reader.end()
    return reader


@given(answer=st.sampled_from([OK, CHUNKED, UNTIL_CLOSE, INTERIM]), data=st.data())
@settings(max_examples=150)
def test_a_torn_answer_reads_like_the_whole(answer: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(answer) - 1), max_size=12)))
    torn = read(*[answer[a:b] for a, b in zip([0, *cuts], [*cuts, len(answer)], strict=True)])
    whole = read(answer)
    assert (torn.status, torn.headers, torn.body) == (whole.status, whole.headers, whole.body)
    assert (torn.body, torn.done, torn.reusable) == (b"hello", True, whole.reusable)


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_whatever_comes_it_is_an_answer_or_one_of_our_errors(noise: bytes) -> None:
    for start in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"):
        try:
            assert read(start + noise).done
        except RequestError as error:
            assert "\n" not in str(error)


def test_a_second_answer_changes_nothing_of_the_first() -> None:
    reader = read(OK + b"HTTP/1.1 404 Not Found\r\nX-Other: 1\r\nContent-Length: 2\r\n\r\nno")
    assert (reader.status, reader.body, reader.reusable) == (200, b"hello", False)
    assert b"x-other" not in reader.headers


def test_repeated_headers_are_kept_apart() -> None:
    assert read(OK).headers == {b"content-length": b"5", b"set-cookie": b"a=1\nb=2"}


def test_trailers_and_interim_headers_pass_for_nothing() -> None:
    assert b"x-trailer" not in read(CHUNKED).headers
    assert b"x-interim" not in read(INTERIM).headers


@pytest.mark.parametrize("first", [OK, CHUNKED, INTERIM, b"HTTP/1.1 204 No Content\r\n\r\n"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_one_answer_never_leaks_into_the_next(first: bytes, method: str) -> None:
    reader = AnswerReader(1000)
    reader.expect(method)
    reader.feed(first.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == "HEAD" and first is not INTERIM else first)
    assert reader.done
    reader.expect("GET")
    assert (reader.done, reader.began, reader.status, reader.body, reader.headers) == (False, False, 0, b"", {})
    if method == "GET":
        reader.feed(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nhi")
        assert (reader.status, reader.body, reader.headers) == (201, b"hi", {b"content-length": b"2"})


@pytest.mark.parametrize(
    ("answer", "method", "reusable"),
    [
        (OK, "GET", True),
        (CHUNKED, "GET", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", "GET", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "GET", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", "GET", True),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "GET", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "HEAD", True),
        (b"HTTP/1.1 200 OK\r\n\r\n", "HEAD", False),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "HEAD", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", "HEAD", False),
        (OK + b"x", "GET", False),
        (OK + OK, "GET", False),
    ],
)
def test_whether_the_connection_may_carry_another_request(answer: bytes, method: str, reusable: bool) -> None:
    reader = read(answer, method=method)
    assert (reader.done, reader.reusable) == (True, reusable)


@pytest.mark.parametrize("cut", range(len(OK)))
def test_an_end_before_the_end_is_an_error_that_says_where(cut: int) -> None:
    with pytest.raises(ConnectionClosed) as caught:
        read(OK[:cut])
    where = "before answering" if cut == 0 else "body" if b"\r\n\r\n" in OK[:cut] else "head"
    assert where in str(caught.value)


def test_the_head_and_the_body_are_bounded() -> None:
    line = b"X: " + b"x" * 997 + b"\r\n"
    with pytest.raises(AnswerTooLarge, match="head"):
        read(b"HTTP/1.1 200 OK\r\n", *[line] * (MOST_HEAD_BYTES // 1000 + 1))
    with pytest.raises(AnswerTooLarge, match="body"):
        read(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 1000] * 100, most_body_bytes=90_000)
    with pytest.raises(AnswerTooLarge, match="body"):
        read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n" * 1000] * 20)
    assert len(read(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 1000] * 100, most_body_bytes=100_000).body) == 100_000


@pytest.mark.parametrize("status", [b"099", b"101"])
def test_a_status_no_client_can_go_on_with_is_refused(status: bytes) -> None:
    with pytest.raises(BadAnswer):
        read(b"HTTP/1.1 " + status + b" What\r\n\r\n")
