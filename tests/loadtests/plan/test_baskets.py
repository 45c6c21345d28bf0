"""`[baskets]`: who buys and how much, from which a shape with curves makes its stages."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadtests.plan.profile import Profile
from loadtests.plan.profile_reader import ProfileError, read_profile

SHAPED = """
[run]
shape = "double11_2017"
peak_rate = 100
duration = "100s"
[scenarios]
Looker = 1
Buyer = 3
Haggler = 1
"""


def read(tmp_path: Path, text: str) -> Profile:
    path = tmp_path / "p.toml"
    path.write_text(text + '[thresholds]\n"failures" = "rate < 1%"\n')
    return read_profile(str(path))


def test_without_baskets_arrivals_follow_the_money_and_weights_hold_alone(tmp_path: Path) -> None:
    profile = read(tmp_path, SHAPED)
    assert profile.crowd() is None
    assert {stage.buyers for stage in profile.stages} == {None}
    assert profile.shaped_day() is not None


def test_with_baskets_every_stage_says_how_many_come_to_buy(tmp_path: Path) -> None:
    profile = read(tmp_path, SHAPED + "[baskets]\nBuyer = 1.0\nHaggler = 0.2\n[baskets.zero_hour]\nHaggler = 0.6\n")
    assert profile.mean_basket("daytime") == pytest.approx((3 * 1.0 + 0.2) / 4)
    assert profile.mean_basket("zero_hour") == pytest.approx((3 * 1.0 + 0.6) / 4)
    crowd, day = profile.crowd(), profile.shaped_day()
    assert crowd is not None
    assert day is not None
    assert profile.stages == tuple(part.stage for part in crowd.stages) == day.stages
    assert all(stage.buyers is not None for stage in profile.stages)
    assert Profile.from_json(profile.to_json()).stages == profile.stages
    assert Profile.from_json(profile.to_json()).crowd() is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SHAPED + "[baskets]\nBuyers = 1\n", 'no scenario "Buyers" takes part; did you mean'),
        (SHAPED + "[baskets]\nBuyer = 1\n[baskets.noon]\nBuyer = 2\n", 'no phase "noon"'),
        (SHAPED + "[baskets]\nBuyer = -1\n", "is no weight"),
        (SHAPED + "[baskets]\nBuyer = 0\n", "nobody buys in countdown"),
        (SHAPED + "[baskets]\nBuyer = 1\nHaggler = 1\nLooker = 1\n", "nobody only looks in countdown"),
        (SHAPED + "[scenarios.daytime]\nLooker = 1\n[baskets]\nBuyer = 1\n", "nobody buys in daytime"),
        (
            '[[stages]]\nphase = "a"\nduration = "5s"\nrate = 1\n[scenarios]\nBuyer = 1\n[baskets]\nBuyer = 1\n',
            "only together with run.shape",
        ),
    ],
)
def test_a_crowd_that_cannot_be_is_refused_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ProfileError) as refused:
        read(tmp_path, text)
    assert any(said in mistake for mistake in refused.value.mistakes), refused.value.mistakes
