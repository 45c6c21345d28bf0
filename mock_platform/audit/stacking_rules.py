"""Stacking: nobody gets two discounts of a kind, and nobody misses the best one that was due.

The other rules hold what an order was given against the rules that gave it; these see what was given too often, or not
at all. Promotions are for what the web sells and sends: presales, flash sales, outlets and goods from abroad have none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from mock_platform.audit.coupon_rules import OF_COUPONS
from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import LineRow, OrderRow
from mock_platform.audit.promotion_rules import CampaignRow, CouponRow, PromotionRow, deductions_of
from mock_platform.audit.reckoning import shares_fen
from mock_platform.audit.settlement_rules import terms_of
from mock_platform.domain.discount_split import Deduction, Kind


def one_discount_of_a_kind(books: Books) -> Iterator[Finding]:
    """One of each item, of each shop and across shops; one coupon of each merchant and one of the platform."""
    campaigns = {row.campaign: row for row in books.table("coupon_campaigns", CampaignRow)}
    giver_of = {
        row.coupon: campaigns[row.campaign].merchant or "the platform"
        for row in books.table("coupons", CouponRow)
        if row.campaign in campaigns
    }
    for name, deductions in deductions_of(books).items():
        order = books.orders.get(name)
        if order is None:
            continue  # as another rule says
        merchants = {line.sku: line.merchant for line in order.lines}
        given = Counter((each.kind.value, _of(each, merchants, giver_of)) for each in deductions)
        for (kind, of), times in given.items():
            if times > 1:
                yield name, f"Order {name} has {times} discounts of kind {kind} for {of}."


def best_discounts_are_given(books: Books) -> Iterator[Finding]:
    """Each web order has just those promotions that save most of all in force when it was placed.

    Excused: while a promotion is being set up, an order may see it or not.
    """
    rules = books.table("promotions", PromotionRow)
    if not rules:
        return
    terms = terms_of(books)
    within_s = 0.0 if terms is None else terms.priced_within_s
    deductions = deductions_of(books)
    for order in books.rows.orders:
        if order.presale or order.flash_sale or order.outlet or order.declared:
            continue
        running = [rule for rule in rules if rule.starts_at <= order.placed_at < rule.ends_at]
        known = [rule for rule in running if rule.set_up_at <= order.placed_at + within_s]
        if not known or any(rule.set_up_at + within_s > order.placed_at for rule in known):
            continue
        due = _due(order, known)
        has = [(each.source, each.off_fen) for each in deductions.get(order.order, ()) if each.kind not in OF_COUPONS]
        if sorted(has) != sorted(due):
            yield order.order, f"Order {order.order} has {_told(has)} by promotions, due was {_told(due)}."


RULES = (one_discount_of_a_kind, best_discounts_are_given)


def _of(deduction: Deduction, merchants: dict[str, str], giver_of: dict[str, str]) -> str:
    if deduction.kind is Kind.CROSS_SHOP:
        return "all shops"
    if deduction.kind is Kind.ITEM:
        return ", ".join(deduction.skus)
    if deduction.kind is Kind.SHOP:
        return ", ".join(sorted({merchants.get(sku, "nobody") for sku in deduction.skus}))
    return giver_of.get(deduction.source, deduction.source)


def _due(order: OrderRow, rules: Sequence[PromotionRow]) -> list[tuple[str, int]]:
    """(promotion, fen), by the table in the platform's README: item, then shop, then across shops."""
    left_fen = {line.sku: line.quantity * line.unit_price_fen for line in order.lines}
    of_kind: defaultdict[Kind, list[PromotionRow]] = defaultdict(list)
    for rule in rules:
        of_kind[rule.kind].append(rule)
    found = []

    def take(offered: Iterable[PromotionRow], lines: Sequence[LineRow]) -> None:
        spent_fen = sum(left_fen[line.sku] for line in lines)
        best = min(((-rule.off_fen(lines, spent_fen), rule.promotion) for rule in offered), default=(0, ""))
        if best[0]:
            found.append((best[1], -best[0]))
            shares = shares_fen(-best[0], {line.sku: left_fen[line.sku] for line in lines})
            for sku, share_fen in shares.items():
                left_fen[sku] -= share_fen

    for line in order.lines:
        take((rule for rule in of_kind[Kind.ITEM] if line.sku in rule.skus), [line])
    for merchant in {line.merchant for line in order.lines}:
        mine = [line for line in order.lines if line.merchant == merchant]
        take((rule for rule in of_kind[Kind.SHOP] if rule.merchant == merchant), mine)
    take(of_kind[Kind.CROSS_SHOP], order.lines)
    return found


def _told(discounts: Sequence[tuple[str, int]]) -> str:
    return " and ".join(f"{fen} fen off ({promotion})" for promotion, fen in sorted(discounts)) or "nothing off"
