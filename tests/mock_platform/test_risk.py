"""The rules of risk as data: what each is worth, what sums refuse, and that a person with one device breaks none."""

from __future__ import annotations

import pytest

from mock_platform.domain.errors import RiskRejected, SlowDown
from mock_platform.domain.risk import (
    POINTS,
    REFUSE_AT,
    SLOW_AT,
    TOO_SOON_S,
    VELOCITIES,
    Outcome,
    Try,
    decide,
    enforce,
    outcome_of,
    rules_hit,
    score_of,
)

AT = 1_000.0
CALM = Try("C1", "phone", "home", "F1", AT - 60.0, AT)
NONE = (1,) * len(VELOCITIES)


def counts(**hit: int) -> tuple[int, ...]:
    """One try each, but for the rules named."""
    return tuple(hit.get(rule.rule, 1) for rule in VELOCITIES)


def test_somebody_calm_breaks_no_rule() -> None:
    assert rules_hit(CALM, NONE) == ()
    assert decide("O1", "k1", CALM, NONE).outcome is Outcome.ADMITTED


@pytest.mark.parametrize("rule", VELOCITIES, ids=[rule.rule for rule in VELOCITIES])
def test_a_velocity_is_broken_above_what_it_allows(rule) -> None:
    assert rules_hit(CALM, counts(**{rule.rule: rule.allowed})) == ()
    assert rules_hit(CALM, counts(**{rule.rule: rule.allowed + 1})) == (rule.rule,)


@pytest.mark.parametrize(
    ("changes", "hit"),
    [
        ({"device": ""}, ("no_device",)),
        ({"session_at": AT - TOO_SOON_S + 0.1}, ("too_soon",)),
        ({"session_at": AT - TOO_SOON_S}, ()),
        ({"session_at": None}, ()),
        ({"address": ""}, ()),
    ],
)
def test_signs_are_seen_on_the_try_itself(changes, hit) -> None:
    tried = Try(**{**{name: getattr(CALM, name) for name in CALM.__struct_fields__}, **changes})
    assert rules_hit(tried, NONE) == hit


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [
        (("sale_rush", "too_soon"), Outcome.ADMITTED),  # everybody who comes in the first second
        (("no_device", "too_soon"), Outcome.ADMITTED),
        (("no_device", "too_soon", "sale_rush"), Outcome.SLOWED),
        (("address_accounts",), Outcome.ADMITTED),
        (("address_accounts", "too_soon"), Outcome.SLOWED),
        (("address_accounts", "sale_rush"), Outcome.SLOWED),
        (("address_accounts", "sale_rush", "too_soon"), Outcome.SLOWED),
        (("address_accounts", "no_device"), Outcome.SLOWED),
        (("address_accounts", "no_device", "too_soon"), Outcome.REFUSED),
        (("device_accounts",), Outcome.REFUSED),
        (("device_tries",), Outcome.REFUSED),
        (("buyer_tries",), Outcome.REFUSED),
    ],
)
def test_the_sum_of_points_decides(rules, outcome) -> None:
    assert outcome_of(score_of(rules)) is outcome


@pytest.mark.parametrize(
    ("score", "outcome"),
    [
        (0, Outcome.ADMITTED),
        (SLOW_AT - 1, Outcome.ADMITTED),
        (SLOW_AT, Outcome.SLOWED),
        (REFUSE_AT - 1, Outcome.SLOWED),
        (REFUSE_AT, Outcome.REFUSED),
    ],
)
def test_limits_are_inclusive(score, outcome) -> None:
    assert outcome_of(score) is outcome


def test_every_rule_has_points_of_its_own() -> None:
    assert all(points > 0 for points in POINTS.values())
    assert len({rule.rule for rule in VELOCITIES}) == len(VELOCITIES)


def test_refusals_do_not_tell_which_rule_it_was() -> None:
    refused = decide("O1", "k1", CALM, counts(device_accounts=3))
    slowed = decide("O1", "k1", CALM, counts(address_accounts=5, sale_rush=21))
    with pytest.raises(RiskRejected) as no:
        enforce(refused)
    with pytest.raises(SlowDown) as later:
        enforce(slowed)
    enforce(decide("O1", "k1", CALM, NONE))
    for rule in POINTS:
        assert rule not in no.value.message + later.value.message
