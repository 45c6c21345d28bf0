"""Coupons: each is spent once, by its owner, within its campaign's budget, and is free again when its order ended."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.promotion_rules import CampaignRow, CouponRow, deductions_of
from mock_platform.domain.discount_split import Kind

OF_COUPONS = frozenset({Kind.SHOP_COUPON, Kind.PLATFORM_COUPON})


def coupon_is_used_once_by_its_owner(books: Books) -> Iterator[Finding]:
    """A coupon is on at most one live order, its owner's, which it names; there one discount stands for it.

    And no discount stands for a coupon that its order does not have.
    """
    coupons = {row.coupon: row for row in books.table("coupons", CouponRow)}
    deductions = deductions_of(books)
    used_in: defaultdict[str, list[str]] = defaultdict(list)
    for order_name, given in deductions.items():
        has = books.orders[order_name].coupons if order_name in books.orders else ()
        for deduction in given:
            if deduction.kind in OF_COUPONS and deduction.source not in has:
                told = f"Order {order_name} has {deduction.off_fen} fen off by coupon {deduction.source}"
                yield deduction.source, f"{told}, which it did not use."
    for order in books.rows.orders:
        if not order.coupons:
            continue
        sources = Counter(deduction.source for deduction in deductions.get(order.order, ()))
        for name in order.coupons:
            coupon = coupons.get(name)
            if coupon is None:
                yield name, f"Order {order.order} of buyer {order.buyer} used coupon {name}, which does not exist."
            elif coupon.buyer != order.buyer:
                message = f"Order {order.order} of buyer {order.buyer} used coupon {name} of buyer {coupon.buyer}."
                yield name, message
            if sources[name] != 1:
                yield (
                    name,
                    f"Order {order.order} used coupon {name}, which is {sources[name]} of its discounts.",
                )
            if order.is_live:
                used_in[name].append(order.order)
                if coupon is not None and coupon.used_by != order.order:
                    by = "nothing" if coupon.used_by is None else f"order {coupon.used_by}"
                    yield name, f"Order {order.order}, {order.state}, used coupon {name}, which says it was {by}."
    for name, orders in used_in.items():
        if len(orders) > 1:
            yield name, f"Coupon {name} was used {len(orders)} times: by orders {', '.join(sorted(orders))}."


def coupon_is_free_when_its_order_has_ended(books: Books) -> Iterator[Finding]:
    """Both are one commit, so there is no excuse: a used coupon names a live order that has it."""
    for coupon in books.table("coupons", CouponRow):
        if coupon.used_by is None:
            continue
        order = books.orders.get(coupon.used_by)
        if order is None:
            message = f"Coupon {coupon.coupon} is used by order {coupon.used_by}, which does not exist."
            yield coupon.coupon, message
        elif not order.is_live:
            message = f"Coupon {coupon.coupon} is still used by order {order.order}, which is {order.state}."
            yield coupon.coupon, message
        elif coupon.coupon not in order.coupons:
            yield coupon.coupon, f"Coupon {coupon.coupon} is used by order {order.order}, which does not have it."


def campaign_keeps_its_budget(books: Books) -> Iterator[Finding]:
    """What a campaign has spent is what its coupons take off live orders, and never more than its budget."""
    campaign_of = {row.coupon: row.campaign for row in books.table("coupons", CouponRow)}
    taken_fen: Counter[str] = Counter()
    for name, deductions in deductions_of(books).items():
        order = books.orders.get(name)
        if order is not None and order.is_live:
            for deduction in deductions:
                if deduction.source in campaign_of:
                    taken_fen[campaign_of[deduction.source]] += deduction.off_fen
    for row in books.table("coupon_campaigns", CampaignRow):
        taken = taken_fen[row.campaign]
        if row.spent_fen != taken:
            message = f"Campaign {row.campaign} says it spent {row.spent_fen} fen, its coupons took {taken} fen off."
            yield row.campaign, message
        if max(row.spent_fen, taken) > row.budget_fen:
            over_fen = max(row.spent_fen, taken) - row.budget_fen
            yield row.campaign, f"Campaign {row.campaign} is {over_fen} fen over its budget of {row.budget_fen} fen."


def campaign_keeps_its_limits(books: Books) -> Iterator[Finding]:
    """No more coupons than there are, and no buyer has more than the limit; every coupon is of a campaign."""
    claimed: Counter[str] = Counter()
    claimed_by: Counter[tuple[str, str]] = Counter()
    for coupon in books.table("coupons", CouponRow):
        claimed[coupon.campaign] += 1
        claimed_by[coupon.campaign, coupon.buyer] += 1
    campaigns = {row.campaign: row for row in books.table("coupon_campaigns", CampaignRow)}
    for name in claimed.keys() - campaigns.keys():
        yield name, f"{claimed[name]} coupons are of campaign {name}, which does not exist."
    for name, row in campaigns.items():
        if claimed[name] > row.coupons or claimed[name] != row.claimed:
            yield (
                name,
                f"Campaign {name} has {row.coupons} coupons and says {row.claimed} are claimed; buyers have "
                f"{claimed[name]}.",
            )
    for (name, buyer), count in claimed_by.items():
        if name in campaigns and count > campaigns[name].limit_per_buyer:
            limit = campaigns[name].limit_per_buyer
            yield f"{name} for {buyer}", f"Buyer {buyer} has {count} coupons of campaign {name}, the limit is {limit}."


RULES = (
    coupon_is_used_once_by_its_owner,
    coupon_is_free_when_its_order_has_ended,
    campaign_keeps_its_budget,
    campaign_keeps_its_limits,
)
