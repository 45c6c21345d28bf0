"""The table of stacking in the platform's README is what the shop does, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mock_platform.domain.discount_split import Kind
from mock_platform.domain.errors import CouponNotApplicable
from mock_platform.domain.promotion import AnyPromotion, Board
from mock_platform.domain.stacking import deductions_for, discounted
from tests.mock_platform.test_stacking import NOW, across, coupon, good, item, shop

README = Path(__file__).parents[2] / "mock_platform" / "systems" / "README.md"
GOODS = [good("S1", 20_000), good("S2", 20_000), good("S3", 20_000, merchant="M2")]


class Row(NamedTuple):
    kind: str
    worked_out_on: str
    of_several: str
    paid_by: str


def rows() -> list[Row]:
    lines = README.read_text().splitlines()
    begins = lines.index("| kind | worked out on | of several | paid by |") + 2
    ends = lines.index("", begins)
    return [Row(*(cell.strip(" `") for cell in line.strip("|").split("|"))) for line in lines[begins:ends]]


ROWS = rows()
GOOD_AND_BETTER: dict[str, Any] = {
    "item": ([item("D1", 10, "S1"), item("D2", 20, "S1")], [item("D3", 10, "S2")]),
    "shop": ([shop("D1", 10_000, 100), shop("D2", 10_000, 200)], [shop("D3", 10_000, 100, merchant="M2")]),
    "cross_shop": ([across("D1", 10_000, 100), across("D2", 10_000, 200)], []),
    "shop_coupon": ([coupon("K1", merchant="M1"), coupon("K2", merchant="M1")], [coupon("K3", merchant="M2")]),
    "platform_coupon": ([coupon("K1"), coupon("K2")], []),
}
"""By kind: two for one item, shop or order; and one for another."""


def given(rules: list[Any]) -> Any:
    coupons = [rule for rule in rules if not isinstance(rule, AnyPromotion)]
    promotions = [rule for rule in rules if isinstance(rule, AnyPromotion)]
    return deductions_for(GOODS, Board(promotions), coupons, NOW)


def name_of(rule: Any) -> str:
    return str(rule.promotion if isinstance(rule, AnyPromotion) else rule.coupon.coupon)


def test_discounts_stack_in_the_order_of_the_table() -> None:
    assert [row.kind for row in ROWS] == list(Kind)
    one_of_each = [GOOD_AND_BETTER[row.kind][0][0] for row in reversed(ROWS)]
    one_of_each[1] = coupon("K9", merchant="M1")  # beside the platform's own
    assert [each.kind for each in given(one_of_each)] == [row.kind for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=[row.kind for row in ROWS])
def test_of_several_the_best_counts_or_the_second_is_refused(row: Row) -> None:
    rivals, other = GOOD_AND_BETTER[row.kind]
    if row.of_several.startswith("one"):
        with pytest.raises(CouponNotApplicable):
            given(rivals)
        rivals = rivals[1:]
    else:
        assert row.of_several.startswith("the best")
    assert [each.source for each in given([*rivals, *other])] == [name_of(each) for each in (rivals[-1], *other)]
    assert ("of each" in row.of_several) == bool(other)


@pytest.mark.parametrize("row", ROWS, ids=[row.kind for row in ROWS])
def test_who_pays_is_what_the_table_says(row: Row) -> None:
    (rule, *_), _ = GOOD_AND_BETTER[row.kind]
    lines = discounted([each.line for each in GOODS], given([rule]))
    off_fen = sum(line.discount_fen for line in lines)
    assert off_fen > 0
    assert sum(line.subsidy_fen for line in lines) == {"platform": off_fen, "merchant": 0}[row.paid_by]
