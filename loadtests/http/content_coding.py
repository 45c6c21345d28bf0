"""Undoes an answer's Content-Encoding (gzip, deflate, brotli), never past a limit, whatever a hostile body claims."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import brotli

from loadtests.http.request_errors import AnswerTooLarge, BadAnswer

ACCEPTED = "gzip, deflate, br"
MOST_CODINGS = 3
"""Codings may be stacked; a server with more of them than this is not serious."""


def decode(codings: str, content: bytes, most_bytes: int) -> bytes:
    """The content as it was before `codings` (a Content-Encoding value) were applied.

    A coding we do not know is left as it is: nobody asked for it, and the scenario may know better.
    Raises BadAnswer if the content is damaged or cut short, AnswerTooLarge beyond `most_bytes`.
    """
    names = [name.strip().lower() for name in codings.split(",")]
    if len(names) > MOST_CODINGS:
        raise BadAnswer("the answer's content is encoded too many times over")
    for name in reversed(names):
        undo = DECODERS.get(name)
        if undo is None:
            return content
        if content:
            content = undo(content, most_bytes)
    return content


def gunzip(content: bytes, most_bytes: int) -> bytes:
    """One or several gzip members; bytes after the last one are ignored, as browsers do."""
    decoded = b""
    while content[:2] == b"\x1f\x8b" or not decoded:
        part, content = _inflate(content, zlib.MAX_WBITS | 16, most_bytes - len(decoded))
        decoded += part
        if not content:
            break
    return decoded


def inflate(content: bytes, most_bytes: int) -> bytes:
    """RFC 9110 says deflate is a zlib stream; some servers send it bare."""
    is_zlib = content[0] & 0x0F == 8 and int.from_bytes(content[:2], "big") % 31 == 0
    return _inflate(content, zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS, most_bytes)[0]


def _inflate(content: bytes, window_bits: int, most_bytes: int) -> tuple[bytes, bytes]:
    """The decoded stream and what followed it."""
    decoder = zlib.decompressobj(window_bits)
    try:
        decoded = decoder.decompress(content, most_bytes + 1)
    except zlib.error:
        raise BadAnswer("the answer's compressed content is damaged") from None
    if len(decoded) > most_bytes:
        raise AnswerTooLarge("the answer's content unpacks to more than the client holds")
    if not decoder.eof:
        raise BadAnswer("the answer's compressed content is cut short")
    return decoded, decoder.unused_data


def unbrotli(content: bytes, most_bytes: int) -> bytes:
    decoder = brotli.Decompressor()
    try:
        decoded: bytes = decoder.process(content, output_buffer_limit=most_bytes + 1)
        while len(decoded) <= most_bytes and not decoder.is_finished():
            more: bytes = decoder.process(b"", output_buffer_limit=most_bytes + 1 - len(decoded))
            if not more:
                raise BadAnswer("the answer's compressed content is cut short")
            decoded += more
    except brotli.error:
        raise BadAnswer("the answer's compressed content is damaged") from None
    if len(decoded) > most_bytes:
        raise AnswerTooLarge("the answer's content unpacks to more than the client holds")
    return decoded


def unchanged(content: bytes, most_bytes: int) -> bytes:
    return content


DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": gunzip,
    "x-gzip": gunzip,
    "deflate": inflate,
    "br": unbrotli,
    "identity": unchanged,
    "": unchanged,
}
