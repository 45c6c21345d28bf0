"""What lists have in common at the edge: the page asked for."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mock_platform.domain.paging import PER_PAGE_MAX

PageNumber = Annotated[int, msgspec.Meta(ge=1, description="counted from 1; beyond the last one the list is empty")]
PerPage = Annotated[int, msgspec.Meta(ge=1, le=PER_PAGE_MAX)]


class PageAsked(msgspec.Struct, frozen=True):
    page: PageNumber = 1
    per_page: PerPage = 20
