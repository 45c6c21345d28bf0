"""Undoing content codings: every coding round, and no hostile body larger than the limit."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.http.content_coding import decode
from loadtests.http.request_errors import AnswerTooLarge, BadAnswer


def bare_deflate(content: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(content) + compressor.flush()


ENCODERS = {
    "gzip": gzip.compress,
    "X-GZIP": gzip.compress,
    "deflate": zlib.compress,
    " deflate ": bare_deflate,
    "br": brotli.compress,
    "identity": bytes,
    "gzip, br": lambda content: brotli.compress(gzip.compress(content)),
}


@pytest.mark.parametrize("codings", ENCODERS)
@given(content=st.binary(max_size=2000))
@settings(max_examples=25)
def test_what_was_encoded_comes_back(codings: str, content: bytes) -> None:
    assert decode(codings, ENCODERS[codings](content), 2000) == content


@pytest.mark.parametrize("codings", [name for name in ENCODERS if name != "identity"])
def test_the_limit_is_the_last_byte_allowed(codings: str) -> None:
    assert len(decode(codings, ENCODERS[codings](b"x" * 5000), 5000)) == 5000
    with pytest.raises(AnswerTooLarge):
        decode(codings, ENCODERS[codings](b"x" * 5001), 5000)


@pytest.mark.parametrize("codings", ["gzip", "deflate", " deflate ", "br"])
def test_content_cut_short_anywhere_is_an_error(codings: str) -> None:
    encoded = ENCODERS[codings](bytes(range(256)) * 4)
    for cut in range(1, len(encoded), 7):
        with pytest.raises(BadAnswer):
            decode(codings, encoded[:cut], 10_000)


def test_a_limit_holds_over_all_gzip_members() -> None:
    members = gzip.compress(b"x" * 600) * 3
    assert len(decode("gzip", members, 1800)) == 1800
    with pytest.raises(AnswerTooLarge):
        decode("gzip", members, 1799)


def test_nothing_at_all_decodes_to_nothing() -> None:
    assert decode("gzip", b"", 10) == b""


def test_an_unknown_coding_is_left_and_too_many_are_refused() -> None:
    assert decode("zstd", b"abc", 10) == b"abc"
    with pytest.raises(BadAnswer):
        decode("gzip, gzip, gzip, gzip", b"abc", 10)
