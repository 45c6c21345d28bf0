"""Escapes: text as it was before JSON, Python, C, HTML or a URL wrote it down, once or twice, and what base64 holds.

For those who look for something in text of unknown making. Nothing here raises: what is no escape stays as it is.
"""

from __future__ import annotations

import html
import re
from binascii import a2b_base64
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote_to_bytes

BASE64_MIN = 12
"""Signs of a row that may be base64: three Chinese characters, or nine others. Shorter rows are words."""

# From the first backslash of a row alone: a long row would be tried from each of them.
_UNICODE = re.compile(r"(?<!\\)\\+u([0-9a-fA-F]{4})")
_HEX = re.compile(r"(?<!\\)(?:\\+x[0-9a-fA-F]{2})+")
_OCTAL = re.compile(r"(?<!\\)(?:\\+[0-3][0-7]{2}){3,}")
_URL = re.compile(r"(?:%(?:25)*[0-9a-fA-F]{2})+")
_LATIN = re.compile(r"[\u0080-\u00ff]{3,}")
_BASE64 = re.compile(rf"[A-Za-z0-9+/_-]{{{BASE64_MIN},}}")
_WORTH_READING = re.compile(rb"1[3-9](?:[-. ]?[0-9]){9}|(?:[\xe3-\xe9][\x80-\xbf]{2}){2}|\\u[0-9a-f]{4}")
"""A mobile number, two Chinese characters, or JSON's way to write one."""
_BETWEEN = re.compile(r"[/_-]")
_TO_STANDARD = str.maketrans("-_", "+/")
_TO_ASCII_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


def unescaped(text: str) -> str:
    """`\\u738b`, `\\\\u738b`, `\\xe7\\x8e\\x8b`, `\\347\\216\\213`, `%E7%8E%8B`, `%25E7...`, `&#29579;` -> `王`.

    Bytes that were taken for Latin-1 are read as UTF-8, full-width digits as digits.
    """
    if "&" in text:
        with suppress(ValueError):  # a character's number of thousands of digits is nobody's
            text = html.unescape(text)
    if "\\" in text:
        text = _UNICODE.sub(lambda found: chr(int(found.group(1), 16)), text)
        text = _HEX.sub(lambda found: _decoded(bytes.fromhex(found.group().replace("\\", "").replace("x", ""))), text)
        text = _OCTAL.sub(
            lambda found: _decoded(bytes(int(each, 8) for each in found.group().split("\\") if each)), text
        )
    if "%" in text:
        text = _URL.sub(lambda found: _decoded(unquote_to_bytes(found.group().replace("%25", "%"))), text)
    if not text.isascii():
        text = _LATIN.sub(lambda found: _decoded(found.group().encode("latin-1")), text).translate(_TO_ASCII_DIGITS)
    return text


def held_in_base64(text: str) -> Iterator[str]:
    """What rows of base64, in either alphabet, hold, where that could be of interest.

    A row begins anywhere but right behind letters or digits; `/`, `-` and `_` may be part of it or stand before it.
    """
    for row in _BASE64.findall(text):
        for part in {row, *_BETWEEN.split(row)}:
            if len(part) >= BASE64_MIN and not (part.islower() or part.isupper()):
                padded = part.translate(_TO_STANDARD)[: len(part) - (len(part) % 4 == 1)]
                held = a2b_base64(padded + "=" * (-len(padded) % 4))
                if _WORTH_READING.search(held):
                    yield unescaped(_decoded(held))


def _decoded(raw: bytes) -> str:
    return raw.decode(errors="replace")
