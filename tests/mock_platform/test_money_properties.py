"""Whatever is bought: the payable is its lines', every way an order may end leaves just what it should in the ledger,
and no limit on money is passed, however orders come and go."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mock_platform.domain import ledger
from mock_platform.domain.coupon import Coupon, CouponCampaign
from mock_platform.domain.customs import YEARLY_LIMIT_FEN
from mock_platform.domain.discount_split import Deduction, Kind
from mock_platform.domain.errors import BudgetSpent, CouponUsed, LimitPerBuyer, SoldOut, UnknownCoupon, YearlyLimit
from mock_platform.domain.ledger import Entry
from mock_platform.domain.order import Line, Order, OrderState, new_order
from mock_platform.domain.payout import shares_of
from mock_platform.domain.reservation import WEB
from mock_platform.stores.coupons_memory import MemoryCoupons
from mock_platform.stores.imports_memory import MemoryImports

AT = 1_510_329_600.0


@st.composite
def a_line(draw: st.DrawFn) -> Line:
    """Any line that may be sold: discounts up to all of it, subsidies up to the discount, duty on top."""
    quantity, price_fen = draw(st.integers(1, 99)), draw(st.integers(1, 10**9))
    discount_fen = draw(st.integers(0, quantity * price_fen))
    return Line(
        sku=draw(st.uuids().map(str)),
        place=WEB,
        quantity=quantity,
        unit_price_fen=price_fen,
        merchant=draw(st.sampled_from(["M1", "M2", "M3"])),
        discount_fen=discount_fen,
        subsidy_fen=draw(st.integers(0, discount_fen)),
        duty_fen=draw(st.integers(0, 10**9)),
    )


LINES = st.lists(a_line(), min_size=1, max_size=6)


def order_of(lines: Sequence[Line], deposit_fen: int = 0) -> Order:
    return new_order("O1", "C1", "k1", tuple(lines), at=AT, payment_window_s=60.0, deposit_fen=deposit_fen)


def left(order: Order, *moves: Callable[[Order, float], Entry]) -> dict[str, int]:
    """What these entries leave on each account, without zeros."""
    sums: dict[str, int] = {}
    for move in moves:
        for leg in move(order, AT).legs:
            sums[leg.account] = sums.get(leg.account, 0) + leg.amount_fen
    return {account: fen for account, fen in sums.items() if fen}


def owed(order: Order) -> dict[str, int]:
    """Against what the buyer pays: merchants and customs get theirs, the platform adds its part."""
    accounts = {f"merchant/{merchant}": -fen for merchant, fen in order.merchant_totals_fen().items()}
    accounts |= {ledger.PROMOTIONS: order.subsidy_fen, ledger.DUTY: -order.duty_fen}
    return {account: fen for account, fen in accounts.items() if fen}


@given(LINES)
def test_what_is_to_be_paid_is_what_the_lines_come_to(lines: list[Line]) -> None:
    order = order_of(lines)
    assert order.payable_fen == sum(line.total_fen for line in lines) >= 0
    merchants_fen = sum(order.merchant_totals_fen().values())
    assert order.payable_fen == merchants_fen - order.subsidy_fen + order.duty_fen


@given(LINES)
def test_a_paid_order_leaves_its_price_at_the_bank_and_owes_it(lines: list[Line]) -> None:
    order = order_of(lines)
    expected = owed(order) | ({"bank": order.payable_fen} if order.payable_fen else {})
    assert left(order, ledger.placed, ledger.paid) == expected


@given(LINES)
def test_a_till_takes_the_price_and_owes_it(lines: list[Line]) -> None:
    order = order_of(lines)
    expected = owed(order) | ({"till/D1": order.payable_fen} if order.payable_fen else {})
    assert left(order, lambda order, at: ledger.till_sold(order, "till/D1", at)) == expected


@given(LINES, st.integers(0, 10_000))
def test_a_settled_order_owes_its_merchants_nothing_and_what_it_owes_is_payouts_and_fees(
    lines: list[Line], rate: int
) -> None:
    order = order_of(lines)
    shares = shares_of(order, rate)
    after = left(order, ledger.placed, ledger.paid, lambda order, at: ledger.settled(order, shares, at))
    assert not any(account.startswith("merchant/") for account in after)
    due_fen = -sum(fen for account, fen in after.items() if account == ledger.FEES or account.startswith("payout/"))
    assert due_fen == sum(order.merchant_totals_fen().values())


NOTHING_LEFT = {
    "cancelled": (ledger.placed, ledger.cancelled),
    "refunded": (ledger.placed, ledger.paid, ledger.refunded),
    "paid too late": (ledger.placed, ledger.cancelled, ledger.paid, ledger.returned),
    "deposit given back": (ledger.placed, ledger.deposited, ledger.cancelled, ledger.deposit_returned),
    "refunded in two": (
        *(ledger.placed, ledger.deposited, ledger.paid),
        *(ledger.cancelled, ledger.returned, ledger.deposit_returned),
    ),
}


@pytest.mark.parametrize("way", NOTHING_LEFT)
@given(lines=LINES, share=st.floats(0.0, 1.0))
def test_what_came_to_nothing_leaves_nothing(way: str, lines: list[Line], share: float) -> None:
    in_two = ledger.deposited in NOTHING_LEFT[way]
    payable_fen = order_of(lines).payable_fen
    order = order_of(lines, deposit_fen=int(payable_fen * share) if in_two else 0)
    assert left(order, *NOTHING_LEFT[way]) == {}


@given(a_line(), st.floats(0.0, 1.0))
def test_a_forfeited_deposit_is_all_that_is_left_and_the_merchants(line: Line, share: float) -> None:
    payable_fen = order_of([line]).payable_fen
    deposit_fen = int(payable_fen * share)
    order = order_of([line], deposit_fen)
    kept = {"bank": deposit_fen, f"forfeits/{line.merchant}": -deposit_fen} if deposit_fen else {}
    assert left(order, ledger.placed, ledger.deposited, ledger.forfeited) == kept


STEPS = st.lists(
    st.tuples(st.sampled_from(["place", "end"]), st.integers(0, 9), st.integers(1, YEARLY_LIMIT_FEN)), max_size=40
)


@given(STEPS)
def test_nobody_has_more_from_abroad_in_a_year_than_the_limit(steps: list[tuple[str, int, int]]) -> None:
    imports, live, ended = MemoryImports(), dict[str, Order](), set[str]()
    for act, number, fen in steps:
        name = f"O{number}"
        if act == "place" and name not in live and name not in ended:
            order = replace(order_of([Line("I1", WEB, 1, fen, "M1")]), order=name, declared=True)
            before_fen = sum(each.payable_fen for each in live.values())
            if before_fen + fen > YEARLY_LIMIT_FEN:
                with pytest.raises(YearlyLimit):
                    imports.check(order)
                continue
            imports.check(order)
            imports.put_order(order)
            live[name] = order
        elif act == "end" and name in live:
            for _ in range(2):  # written again, it gives back once
                imports.put_order(replace(live[name], state=OrderState.CANCELLED))
            del live[name]
            ended.add(name)
        assert imports._spent_fen.get(("C1", 2017), 0) == sum(each.payable_fen for each in live.values())


FACE_FEN, BUDGET_FEN, COUPONS, PER_BUYER = 70, 200, 4, 2
CAMPAIGN = CouponCampaign("G1", "", None, (), FACE_FEN, 100, COUPONS, PER_BUYER, BUDGET_FEN, 0.0, 0.0, 2 * AT)
ACTS = st.lists(
    st.tuples(st.sampled_from(["claim", "use", "end"]), st.sampled_from(["C1", "C2", "C3"]), st.integers(0, 5)),
    max_size=40,
)


@given(ACTS)
def test_coupons_keep_their_number_their_limit_and_their_budget(acts: list[tuple[str, str, int]]) -> None:
    coupons, claims, live, numbers = MemoryCoupons(), dict[str, str](), dict[str, Order](), iter(range(1_000))
    coupons._campaigns[CAMPAIGN.campaign] = CAMPAIGN
    for act, buyer, which in acts:
        name = f"K{which}"
        try:
            if act == "claim" and name not in claims:
                coupon = Coupon(name, CAMPAIGN.campaign, buyer, AT)
                coupons.check_claimed(coupon)
                coupons.put_claimed(coupon)
                claims[name] = buyer
            elif act == "use":
                taken = Deduction(name, Kind.PLATFORM_COUPON, FACE_FEN, ("S1",))
                order = replace(
                    order_of([Line("S1", WEB, 1, 1_000, "M1", FACE_FEN, FACE_FEN)]),
                    order=f"O{next(numbers)}",
                    buyer=buyer,
                    coupons=(name,),
                    deductions=(taken,),
                )
                coupons.check_used(order)
                coupons.follow(order)
                live[name] = order
            elif act == "end" and name in live:
                for _ in range(2):
                    coupons.follow(replace(live[name], state=OrderState.CANCELLED, version=2))
                del live[name]
        except (BudgetSpent, CouponUsed, LimitPerBuyer, SoldOut, UnknownCoupon):
            pass
        assert len(claims) <= COUPONS
        assert all(list(claims.values()).count(buyer) <= PER_BUYER for buyer in claims.values())
        assert coupons._spent_fen["G1"] == FACE_FEN * len(live) <= BUDGET_FEN
        assert {name: coupons._used_by[name] for name in coupons._used_by} == {
            name: order.order for name, order in live.items()
        }
        assert all(claims[name] == order.buyer for name, order in live.items())
