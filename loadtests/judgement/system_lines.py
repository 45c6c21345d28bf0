"""What became of each system of the shop, in a line: whether it held is the audit's to say, by how much stands here.

A clause is told if all its figures are there; where its first one is zero, or a word (`none yet`), its other wording is
told instead, if it has one. Names in braces are the audit's figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from loadtests.judgement.wording import SUFFIXES, Figure, quantity

NAMES = re.compile(r"\{([^}]+)\}")
CLEAR_READS = "clear reads"
"""How the figures of clear reads begin; the rest says by whom and why. The line tells their sum."""


class Clause(NamedTuple):
    text: str
    else_text: str = ""


LINES: Mapping[str, tuple[Clause, ...]] = {
    "storefront": (
        Clause("{views} views and {searches} searches by {visitors} visitors", "nobody looked"),
        Clause("{put_into_carts} times something was put into a cart"),
        Clause("{by_those_who_only_look_share} of all that was asked came from those who only look"),
    ),
    "checkout": (
        Clause("{placed_orders} orders placed and {paid_orders} paid", "no order was placed"),
        Clause("half of them paid within {placed_to_paid_median_s}"),
        Clause("{ended_unpaid_orders} ended unpaid", "none ended unpaid"),
        Clause("{refused_tries} tries refused, {refused_as_sold_out_tries} of them as sold out"),
    ),
    "flash sale": (
        Clause("{sold_units} of {allotted_units} units sold", "nothing sold"),
        Clause("{sold_out_sales} of {flash_sales} sales sold out", "no sale sold out"),
        Clause("the first {first_sold_out_after_s} after it opened, the last {last_sold_out_after_s}"),
    ),
    "payment": (
        Clause("{posted_payments} of {asked_payments} payments posted ({captured_yuan})", "no payment was posted"),
        Clause("{declined_payments} declined", "none declined"),
        Clause("{refunded_payments} given back ({refunded_yuan})", "none given back"),
        Clause("the bank's word took {bank_answered_median_s} at the median and {bank_answered_slowest_s} at most"),
    ),
    "presale": (
        Clause("{deposits_paid_orders} deposits and {balances_paid_orders} balances paid", "no deposit was paid"),
        Clause("{deposits_refunded_orders} deposits given back", "none given back"),
        Clause("{deposits_forfeited_orders} forfeited ({deposits_forfeited_fen})", "none forfeited"),
    ),
    "promotions": (
        Clause("{discounted_orders} orders cheaper by {discounts_yuan}", "no order got a discount"),
        Clause("{paid_by_the_platform_yuan} of it paid by the platform", "none of it paid by the platform"),
        Clause("{used_coupons} of {claimed_coupons} claimed coupons used", "no coupon used"),
        Clause("{coupon_budgets_left_yuan} of the coupons' budgets left", "nothing left of the coupons' budgets"),
    ),
    "cross-border": (
        Clause("{orders} orders from abroad, {duty_yuan} duty", "no order from abroad"),
        Clause("{cleared_declarations} declarations cleared", "none cleared"),
        Clause("half of them within {median_clearance_s}"),
        Clause("{rejected_and_refunded_declarations} rejected and paid back", "none rejected"),
        Clause("{refused_by_limit_orders} orders refused by a limit"),
    ),
    "logistics": (
        Clause("{parcels} parcels, {delivered_share} of them delivered", "no parcel"),
        Clause("a backlog of up to {backlog_peak_parcels}"),
        Clause("a tenth of it was left {backlog_peak_to_a_tenth_s} later", "not yet down to a tenth of it"),
        Clause("{longest_wait_for_sorter_s} the longest wait for a sorter"),
        Clause("half handed over {paid_to_handed_over_median_s} after payment"),
        Clause("the first delivery {first_payment_to_first_delivery_s} after the first payment", "no delivery yet"),
    ),
    "marketplace": (
        Clause("{price_changes} prices changed", "no price changed"),
        Clause("{merchants_admitted} merchants admitted"),
        Clause("{restocked_units} units restocked"),
        Clause("{settled_orders} orders settled in {settlement_batches} batches", "no order settled"),
        Clause("{merchants_payable_yuan} for merchants"),
        Clause("{platform_fees_yuan} fees"),
    ),
    "outlets": (
        Clause("{collected_pickups} of {pickup_orders} pick-ups fetched", "no pick-up was fetched"),
        Clause("half of them after {fetched_after_median_s}"),
        Clause("{expired_pickups} expired and paid back", "none expired"),
        Clause("{till_sales} till sales ({till_sales_yuan})", "no till sale"),
        Clause("{outlet_shelves_sold_out} shelves sold out"),
    ),
    "data protection": (
        Clause("{values looked for} seeded values looked for", "no seeded value to look for"),
        Clause("{leaks} found in the clear", "none found in the clear"),
        Clause("{clear reads} clear reads", "nobody read clear data"),
        Clause("{exports} exports"),
        Clause("{erasures} erasures"),
        Clause("{key rotations} key rotations", "no key rotated"),
    ),
    "risk": (
        Clause("{hot_units_to_bots} of {hot_units_sold} hot units went to bots", "no hot unit went to a bot"),
        Clause("{bot_tries_per_human_try} of a bot's tries to one of a person's"),
        Clause("{bot_tries_stopped_share} of the bots' stopped"),
        Clause("{human_tries_stopped} of {human_tries} people's tries stopped", "no person taken for a bot"),
        Clause("{people_shut_out_share} of people shut out", "nobody shut out"),
    ),
    "buyers' journals": (
        Clause("{orders_tried} orders and {payments_tried} payments held against the books"),
        Clause("{paid_then_refunded} were paid and then refunded"),
        Clause("{deposit_without_balance} deposits had no balance after them"),
    ),
}


def line_of(system: str, figures: Mapping[str, Figure]) -> str:
    """One line without a full stop; empty for a system or an audit that we know no words for."""
    reads = [value for name, value in figures.items() if name.startswith(CLEAR_READS) and not isinstance(value, str)]
    known = {**figures, CLEAR_READS: sum(reads)} if reads else figures
    return "; ".join(_clauses(LINES.get(system, ()), known))


def _clauses(clauses: tuple[Clause, ...], figures: Mapping[str, Figure]) -> Iterator[str]:
    for clause in clauses:
        names = NAMES.findall(clause.text)
        if any(name not in figures for name in names):
            continue
        first = figures[names[0]]
        text = clause.else_text if isinstance(first, str) or not first else clause.text
        if text:
            yield NAMES.sub(lambda found: _text(found[1], figures[found[1]]), text)


def _text(name: str, value: Figure) -> str:
    unit = SUFFIXES.get(name.rpartition("_")[2]) if "_" in name else None
    if isinstance(value, str):
        return value
    if unit is not None:
        return quantity(value * unit[1], unit[0])
    return f"{value:,}" if isinstance(value, int) else quantity(value, "count")
