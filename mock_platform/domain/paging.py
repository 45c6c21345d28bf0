"""A page of a list: what browsing and listing answer, counted from page 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from mock_platform.domain.errors import MalformedRequest

T = TypeVar("T")
PER_PAGE_MAX = 100


class Page(msgspec.Struct, Generic[T], frozen=True):
    items: tuple[T, ...]
    page: int
    pages: int
    total: int


def page_of(everything: Sequence[T], page: int, per_page: int) -> Page[T]:
    """Cut one page; beyond the last one it is empty. MalformedRequest for a page below 1 or per_page outside 1..100."""
    check_page(page, per_page)
    start = (page - 1) * per_page
    total = len(everything)
    return Page(tuple(everything[start : start + per_page]), page, -(-total // per_page), total)


def check_page(page: int, per_page: int) -> None:
    if page < 1:
        raise MalformedRequest("page counts from 1")
    if not 1 <= per_page <= PER_PAGE_MAX:
        raise MalformedRequest(f"per_page is between 1 and {PER_PAGE_MAX}")
