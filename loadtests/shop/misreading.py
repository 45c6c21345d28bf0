"""What was wrong with an answer that could not be read: the exception, and the place in the adapter that met it."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

import msgspec

LETTERS_MOST = 60


def misreading(error: Exception, read: Callable[..., Any]) -> str:
    """As in `KeyError at it["price"], line 34 of our_shop.py`. One of few texts, whatever the answers say.

    The place is the innermost one in the file of `read`; a function without code of its own has none.
    """
    what = f"{type(error).__name__}: {error}" if isinstance(error, msgspec.ValidationError) else type(error).__name__
    code = getattr(read, "__code__", None)
    return what + (_innermost(error.__traceback__, code.co_filename) if code else "")


def _innermost(traceback: TracebackType | None, file: str) -> str:
    found = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == file:
            found = traceback
        traceback = traceback.tb_next
    return _place(found.tb_frame.f_code, found.tb_lasti) if found else ""


@lru_cache(maxsize=1000)  # a shop that is down fails thousands of times a second in the same place
def _place(code: CodeType, instruction: int) -> str:
    line, last_line, begins, ends = next(islice(code.co_positions(), instruction // 2, None))
    where = f"line {line} of {Path(code.co_filename).name}"
    source = linecache.getline(code.co_filename, line or 0).encode()
    text = source[begins:ends].decode(errors="replace").strip() if line == last_line else ""
    return f" at {text}, {where}" if 0 < len(text) <= LETTERS_MOST else f" at {where}"
