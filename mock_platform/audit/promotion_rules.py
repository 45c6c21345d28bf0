"""Promotions: every order's discounts are what its rules give, split exact to the fen, and paid by who has to pay them.

An order remembers its discounts one after the other; here each is worked out again on what the last one left, with
arithmetic of the audit's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import LineRow, OrderRow, Row
from mock_platform.audit.reckoning import STACK, saved_fen, shares_fen
from mock_platform.domain.discount_split import Deduction, Kind
from mock_platform.domain.ledger import PROMOTIONS


class PromotionRow(Row, frozen=True, gc=False):
    promotion: str
    kind: Kind
    starts_at: float
    ends_at: float
    set_up_at: float = 0.0
    skus: tuple[str, ...] = ()
    percent_off: int = 0
    merchant: str | None = None
    every_fen: int = 0
    saves_fen: int = 0
    times_at_most: int | None = None

    def off_fen(self, lines: Sequence[LineRow], spent_fen: int) -> int:
        """What this rule gives on these lines, for which so much is still due."""
        if self.kind is Kind.ITEM:
            return sum(line.unit_price_fen * self.percent_off // 100 * line.quantity for line in lines)
        times = spent_fen // self.every_fen
        return self.saves_fen * (times if self.times_at_most is None else min(times, self.times_at_most))

    def covers(self, lines: Sequence[LineRow], order: OrderRow, categories: Mapping[str, str]) -> bool:
        """Whether these are the lines of the order that the rule is about, all of them."""
        if self.kind is Kind.ITEM:
            return len(lines) == 1 and lines[0].sku in self.skus
        mine = [line.sku for line in order.lines if self.kind is Kind.CROSS_SHOP or line.merchant == self.merchant]
        return sorted(mine) == sorted(line.sku for line in lines)


class CampaignRow(Row, frozen=True, gc=False):
    campaign: str
    merchant: str | None
    categories: list[str]
    face_fen: int
    minimum_spend_fen: int
    coupons: int
    limit_per_buyer: int
    budget_fen: int
    starts_at: float
    ends_at: float
    claimed: int
    spent_fen: int

    @property
    def kind(self) -> Kind:
        return Kind.PLATFORM_COUPON if self.merchant is None else Kind.SHOP_COUPON

    def off_fen(self, lines: Sequence[LineRow], spent_fen: int) -> int:
        return self.face_fen if spent_fen >= self.minimum_spend_fen else 0

    def covers(self, lines: Sequence[LineRow], order: OrderRow, categories: Mapping[str, str]) -> bool:
        mine = [
            line.sku
            for line in order.lines
            if self.merchant in (None, line.merchant)
            and (not self.categories or categories.get(line.sku) in self.categories)
        ]
        return sorted(mine) == sorted(line.sku for line in lines)


class CouponRow(Row, frozen=True, gc=False):
    coupon: str
    campaign: str
    buyer: str
    claimed_at: float
    used_by: str | None


class GoodRow(Row, frozen=True, gc=False):
    """Something that coupons were spent on."""

    sku: str
    category: str


class DiscountsRow(Row, frozen=True, gc=False):
    order: str
    deductions: list[Deduction]


def discounts_are_split_exactly(books: Books) -> Iterator[Finding]:
    """What each line saves, and what of it the platform pays, follows to the fen from what its order remembers."""
    deductions = deductions_of(books)
    for order in books.rows.orders:
        if order.order not in deductions and not any(line.discount_fen or line.subsidy_fen for line in order.lines):
            continue  # most orders of most runs
        due_fen = {line.sku: line.quantity * line.unit_price_fen for line in order.lines}
        try:
            saved = saved_fen(due_fen, deductions.get(order.order, ()))
        except (ValueError, KeyError) as error:
            yield order.order, f"The discounts of order {order.order} cannot be split over its lines: {error}."
            continue
        for line in order.lines:
            if not 0 <= line.subsidy_fen <= line.discount_fen <= due_fen[line.sku]:
                yield (
                    order.order,
                    f"Order {order.order} takes {line.discount_fen} fen off {due_fen[line.sku]} fen of SKU {line.sku}, "
                    f"of which the platform pays {line.subsidy_fen}.",
                )
            discount_fen, subsidy_fen = saved.get(line.sku, (0, 0))
            if (line.discount_fen, line.subsidy_fen) != (discount_fen, subsidy_fen):
                yield (
                    order.order,
                    f"Order {order.order} takes {line.discount_fen} fen off SKU {line.sku}, {line.subsidy_fen} at the "
                    f"platform's cost; its discounts come to {discount_fen} and {subsidy_fen}.",
                )


def discounts_are_what_the_rules_give(books: Books) -> Iterator[Finding]:
    """Each discount names a rule that was in force, covers its lines, and gives as much on what was left due."""
    rules = _rules(books)
    categories = {row.sku: row.category for row in books.table("coupon_goods", GoodRow)}
    for name, deductions in deductions_of(books).items():
        order = books.orders.get(name)
        if order is None:
            yield name, f"There are discounts of order {name}, which does not exist."
            continue
        places = [STACK.index(deduction.kind) for deduction in deductions]
        if places != sorted(places):
            stacked = ", ".join(deduction.kind for deduction in deductions)
            yield name, f"The discounts of order {name} stack in the wrong order: {stacked}."
        yield from _wrong_amounts(order, deductions, rules, categories)


def subsidy_is_what_the_platform_owes(books: Books) -> Iterator[Finding]:
    """The ledger's promotions account holds the subsidies of live orders. Excused: a refund not booked yet."""
    booked = {order: fen for (order, account), fen in books.balances_fen.items() if account == PROMOTIONS and fen}
    for order in books.rows.orders:
        owed_fen = sum([line.subsidy_fen for line in order.lines]) if order.is_live else 0
        booked_fen = booked.pop(order.order, 0)
        if owed_fen != booked_fen and not books.awaits_refund(order.order):
            yield (
                order.order,
                f"Order {order.order}, {order.state}, means {owed_fen} fen on {PROMOTIONS}, the ledger says "
                f"{booked_fen} fen.",
            )
    for name, booked_fen in booked.items():
        yield name, f"The ledger says {booked_fen} fen on {PROMOTIONS} for order {name}, which does not exist."


RULES = (discounts_are_split_exactly, discounts_are_what_the_rules_give, subsidy_is_what_the_platform_owes)


def deductions_of(books: Books) -> dict[str, list[Deduction]]:
    return {row.order: row.deductions for row in books.table("order_discounts", DiscountsRow)}


def figures(books: Books) -> dict[str, Any]:
    live = [order for order in books.rows.orders if order.is_live]
    off_fen = sum(line.discount_fen for order in live for line in order.lines)
    subsidy_fen = sum(line.subsidy_fen for order in live for line in order.lines)
    coupons = books.table("coupons", CouponRow)
    campaigns = books.table("coupon_campaigns", CampaignRow)
    return {
        "discounted_orders": sum(any(line.discount_fen for line in order.lines) for order in live),
        "discounts_yuan": off_fen / 100,
        "paid_by_the_platform_yuan": subsidy_fen / 100,
        "claimed_coupons": len(coupons),
        "used_coupons": sum(coupon.used_by is not None for coupon in coupons),
        "coupon_budgets_left_yuan": sum(row.budget_fen - row.spent_fen for row in campaigns) / 100,
    }


def _rules(books: Books) -> Mapping[str, PromotionRow | CampaignRow]:
    """By what a discount names: a promotion, or a coupon, which stands for its campaign."""
    rules: dict[str, PromotionRow | CampaignRow] = {
        row.promotion: row for row in books.table("promotions", PromotionRow)
    }
    campaigns = {row.campaign: row for row in books.table("coupon_campaigns", CampaignRow)}
    for coupon in books.table("coupons", CouponRow):
        if coupon.campaign in campaigns:
            rules[coupon.coupon] = campaigns[coupon.campaign]
    return rules


def _wrong_amounts(
    order: OrderRow,
    deductions: Sequence[Deduction],
    rules: Mapping[str, PromotionRow | CampaignRow],
    categories: Mapping[str, str],
) -> Iterator[Finding]:
    lines = {line.sku: line for line in order.lines}
    left_fen = {line.sku: line.quantity * line.unit_price_fen for line in order.lines}
    for deduction in deductions:
        told = f"Order {order.order} has {deduction.off_fen} fen off by {deduction.kind} {deduction.source}"
        rule = rules.get(deduction.source)
        covered = [lines[sku] for sku in deduction.skus if sku in lines]
        if rule is None or rule.kind is not deduction.kind:
            yield order.order, f"{told}, which the shop does not know."
        elif not rule.starts_at <= order.placed_at < rule.ends_at:
            yield order.order, f"{told}, which was not in force when it was placed."
        elif len(covered) != len(deduction.skus) or not rule.covers(covered, order, categories):
            yield order.order, f"{told}, split over {', '.join(deduction.skus)}, which is not what that is for."
        else:
            spent_fen = sum(left_fen[line.sku] for line in covered)
            gives_fen = rule.off_fen(covered, spent_fen)
            if gives_fen != deduction.off_fen:
                yield order.order, f"{told}, which gives {gives_fen} fen on {spent_fen} fen."
        if len(covered) != len(deduction.skus) or deduction.off_fen > sum(left_fen[line.sku] for line in covered):
            return  # cannot be split, as another rule says
        for sku, share_fen in shares_fen(deduction.off_fen, {line.sku: left_fen[line.sku] for line in covered}).items():
            left_fen[sku] -= share_fen
