"""Onboarding: applications reviewed by the rule, once, and sessions for those alone who were let in."""

from __future__ import annotations

import pytest

from mock_platform.domain.errors import (
    IllegalTransition,
    KeyReused,
    MalformedRequest,
    NotAdmitted,
    Overloaded,
    Unauthenticated,
)
from mock_platform.domain.merchant import MOVES, MerchantAccount, MerchantState
from mock_platform.stores import merchants_memory
from tests.mock_platform.interruptions import Suspending, cut_off, run
from tests.mock_platform.market_world import SECRET, Market

TEA = ("Tea House", "杭州市", SECRET)


def test_an_applicant_is_let_in_by_the_review_and_then_seen_by_all() -> None:
    market = Market()
    account, replayed = run(market.onboarding.apply("k1", *TEA))
    assert (account.state, replayed) == (MerchantState.APPLIED, False)
    with pytest.raises(NotAdmitted):
        run(market.onboarding.sign_in(account.merchant, SECRET))
    assert run(market.onboarding.sweep()) == 1
    assert run(market.onboarding.sign_in(account.merchant, SECRET)).state is MerchantState.APPROVED
    assert run(market.catalogue.merchant(account.merchant)).name == "Tea House"
    again, replayed = run(market.onboarding.apply("k1", *TEA))
    assert (again.merchant, again.state, replayed) == (account.merchant, MerchantState.APPROVED, True)
    with pytest.raises(KeyReused):
        run(market.onboarding.apply("k1", "Tea Hut", "杭州市", SECRET))


def test_a_name_that_is_taken_is_declined_however_it_is_written() -> None:
    market = Market()
    for number, name in enumerate(("Tea House", "tea  house", "SHOP M1")):
        run(market.onboarding.apply(f"k{number}", name, "杭州市", SECRET))
    run(market.onboarding.sweep())
    states = [each.state for each in run(market.merchants.accounts())[2:]]
    assert states == [MerchantState.APPROVED, MerchantState.DECLINED, MerchantState.DECLINED]
    assert market.onboarding.decided == {MerchantState.APPROVED: 1, MerchantState.DECLINED: 2}


def test_wherever_application_and_review_are_cut_off_the_merchant_gets_in_once() -> None:
    for at in range(1, 99):
        market = Market(wrap=Suspending)
        applied = cut_off(market.onboarding.apply("k1", *TEA), at)
        account, _ = run(market.onboarding.apply("k1", *TEA))
        reviewed = cut_off(market.onboarding.sweep(), at)
        run(market.onboarding.sweep())
        assert run(market.onboarding.sign_in(account.merchant, SECRET)).merchant == account.merchant
        assert run(market.catalogue.merchant(account.merchant)).name == "Tea House"
        assert run(market.merchants.under_way()) == 0
        assert len(run(market.merchants.accounts())) == 3
        if not applied and not reviewed:
            return


def test_a_wrong_secret_and_an_unknown_merchant_are_told_the_same() -> None:
    market = Market()
    run(market.onboarding.new_secret("M1"))
    told = []
    for merchant, secret in (("M1", "guessed"), ("M9", "guessed"), ("M2", ""), ("M1", SECRET)):
        with pytest.raises(Unauthenticated) as refused:
            run(market.onboarding.sign_in(merchant, secret))
        told.append(refused.value.message)
    assert len(set(told)) == 1
    assert run(market.onboarding.sign_in("M1", f"new {SECRET}")).merchant == "M1"


@pytest.mark.parametrize(
    "application",
    [
        ("", "杭州市", SECRET),
        ("x" * 61, "杭州市", SECRET),
        ("a\nb", "杭州市", SECRET),
        ("Tea", " ", SECRET),
        ("Tea", "杭州市", "short"),
    ],
)
def test_an_application_that_says_nothing_is_refused(application: tuple[str, str, str]) -> None:
    with pytest.raises(MalformedRequest):
        run(Market().onboarding.apply("k1", *application))


@pytest.mark.parametrize(("bound", "most"), [("ACCOUNTS_MAX", 3), ("KEYS_MAX", 1)])
def test_there_is_an_end_to_applications(monkeypatch: pytest.MonkeyPatch, bound: str, most: int) -> None:
    monkeypatch.setattr(merchants_memory, bound, most)
    market = Market()
    run(market.onboarding.apply("k1", *TEA))
    with pytest.raises(Overloaded):
        run(market.onboarding.apply("k2", *TEA))


@pytest.mark.parametrize("state", MerchantState)
@pytest.mark.parametrize("to", MerchantState)
def test_only_the_table_s_moves_are_made(state: MerchantState, to: MerchantState) -> None:
    account = MerchantAccount("M1", "shop", "city", state, ())
    if to in MOVES[state]:
        assert account.moved(to, 1.0).history == ((to.value, 1.0),)
    else:
        with pytest.raises(IllegalTransition):
            account.moved(to, 1.0)
