"""`[presale]`: when balances open, for how long and how many; both the shop's windows and the crowd follow it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.plan.balances import Balances
from loadtests.plan.profile import Profile
from loadtests.plan.profile_reader import ProfileError, read_profile
from loadtests.plan.profile_values import clock
from loadtests.plan.units import UnitError

SHAPED = """
[run]
shape = "double11_2017"
peak_rate = 100
duration = "100s"
[scenarios]
Looker = 1
Buyer = 3
PresaleBuyer = 1
[baskets]
Buyer = 1.0
PresaleBuyer = 0.5
"""
STAGES = """
[[stages]]
phase = "before"
duration = "20s"
rate = 10
[[stages]]
phase = "after"
duration = "30s"
from = 10
to = 40
[scenarios]
Looker = 3
PresaleBuyer = 1
"""


def read(tmp_path: Path, text: str, *overrides: str) -> Profile:
    path = tmp_path / "p.toml"
    path.write_text(text + '[thresholds]\n"failures" = "rate < 1%"\n')
    return read_profile(str(path), overrides)


def mistakes(tmp_path: Path, text: str, *overrides: str) -> list[str]:
    with pytest.raises(ProfileError) as refused:
        read(tmp_path, text, *overrides)
    return refused.value.mistakes


def phase_lasts(profile: Profile) -> dict[str, tuple[float, float]]:
    day = profile.shaped_day()
    assert day is not None
    return {span.phase: (span.day_from_s, span.day_to_s) for span in day.spans()}


# -- of a shape, on the festival's clock -------------------------------------------------------------------------------


def test_a_profile_without_the_table_is_what_it_was(tmp_path: Path) -> None:
    profile = read(tmp_path, SHAPED)
    assert profile.balances is None
    assert {stage.depositors for stage in profile.stages} == {None}
    assert profile.mean_basket("daytime") == pytest.approx((3 * 1.0 + 0.5) / 4)
    recorded = profile.to_json()
    del recorded["balances"]
    for stage in recorded["stages"]:
        del stage["depositors"]
    assert Profile.from_json(recorded) == profile, "runs of older versions are still read"


def test_an_empty_table_is_the_hump_of_2017_with_its_depositors_apart(tmp_path: Path) -> None:
    profile = read(tmp_path, SHAPED + "[presale]\n")
    assert profile.balances == Balances(3600, 3600, 0.033)
    assert profile.mean_basket("daytime") == 1.0
    assert phase_lasts(profile) == phase_lasts(read(tmp_path, SHAPED))


def test_the_phase_goes_where_balances_are_open(tmp_path: Path) -> None:
    profile = read(tmp_path, SHAPED + '[presale]\nopens = "01:04"\nlasts = "22m"\nshare_of_money = "8%"\n')
    assert profile.balances == Balances(3840, 1320, 0.08)
    spans = phase_lasts(profile)
    assert spans["first_hour"] == (360, 3840)
    assert spans["presale_balance"] == (3840, 5160)
    assert spans["overnight"] == (5160, 27_660)
    assert profile.balances_window is None, "the shop's windows follow the phase"


@pytest.mark.parametrize(
    "option", ["presale.opens=00:30", 'presale.opens="0:30"', "presale.opens=00:30:00", "presale.opens='00:30:00'"]
)
def test_it_can_be_set_from_the_command_line(tmp_path: Path, option: str) -> None:
    assert read(tmp_path, SHAPED, option).balances == Balances(1800, 3600, 0.033)


def test_a_local_time_of_toml_is_as_good_as_a_text(tmp_path: Path) -> None:
    assert read(tmp_path, SHAPED + "[presale]\nopens = 00:30:15\n").balances == Balances(1815, 3600, 0.033)


def test_a_record_keeps_it(tmp_path: Path) -> None:
    profile = read(tmp_path, SHAPED, "presale.opens=00:30", "presale.share_of_money=10%")
    recorded = json.loads(json.dumps(profile.to_json()))
    assert recorded["balances"] == {"opens_s": 1800.0, "lasts_s": 3600.0, "share": 0.1}
    again = Profile.from_json(recorded)
    assert again == profile
    assert again.crowd() is not None
    assert again.stages == tuple(part.stage for part in again.crowd().stages)


def test_where_nothing_says_who_buys_the_curve_moves_and_weights_say_who_comes(tmp_path: Path) -> None:
    plain = SHAPED.partition("[baskets]")[0]
    profile = read(tmp_path, plain, "presale.opens=00:30")
    assert phase_lasts(profile)["presale_balance"] == (1800, 5400)
    assert {stage.depositors for stage in profile.stages} == {None}


# -- of stages, in the run's own time ----------------------------------------------------------------------------------


def test_of_stages_it_is_a_phase_and_how_far_into_it(tmp_path: Path) -> None:
    profile = read(tmp_path, STAGES + '[presale]\nphase = "after"\nafter = "5s"\nlasts = "10s"\n')
    assert profile.balances == profile.balances_window == Balances(25, 10, None)
    assert profile.stages == read(tmp_path, STAGES).stages, "the weights say who comes"


def test_of_stages_its_size_is_a_share_of_the_arrivals_meanwhile(tmp_path: Path) -> None:
    table = '[presale]\nphase = "after"\nafter = "10s"\nlasts = "10s"\nshare_of_arrivals = "30%"\n'
    profile, plain = read(tmp_path, STAGES + table), read(tmp_path, STAGES)
    shown = [(stage.duration_s, stage.from_rate, stage.to_rate, stage.depositors) for stage in profile.stages]
    assert shown == [(20, 10, 10, None), (10, 10, 20, None), (10, 20, 30, 0.3), (10, 30, 40, None)]
    assert profile.schedule().offered() == plain.schedule().offered()
    instants = [arrival.due_s for arrival in plain.schedule().stripe(0, 1)]
    assert [arrival.due_s for arrival in profile.schedule().stripe(0, 1)] == pytest.approx(instants)


def test_without_an_end_balances_are_open_as_long_as_their_phase(tmp_path: Path) -> None:
    assert read(tmp_path, STAGES + '[presale]\nphase = "after"\nafter = "4s"\n').balances == Balances(24, 26, None)
    called_so = STAGES.replace('"after"', '"presale_balance"')
    assert read(tmp_path, called_so + "[presale]\n").balances == Balances(20, 30, None)


# -- what cannot be ----------------------------------------------------------------------------------------------------

PRESALE = "[presale]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SHAPED + PRESALE + 'opens = "half past"\n', 'presale.opens (line 14): "half past" is no time on the festival'),
        (SHAPED + PRESALE + "opens = 30\n", 'presale.opens (line 14): 30 is no time on the festival'),
        (SHAPED + PRESALE + 'opens = "24:10"\n', 'presale.opens (line 14): "24:10" is no time'),
        (SHAPED + PRESALE + 'opens = "00:00"\n', "presale.opens (line 14): balances would be open from 00:00:00 to"),
        (SHAPED + PRESALE + 'opens = "20:00"\n', "they lie between 00:07:00 and 07:40:00"),
        (SHAPED + PRESALE + 'lasts = "12h"\n', "presale.lasts (line 14): balances would be open from 01:00:00 to"),
        (SHAPED + PRESALE + "lasts = 3600\n", "presale.lasts (line 14): 3600 is a duration without a unit"),
        (SHAPED + PRESALE + 'lasts = "0s"\n', "is no time at all"),
        (SHAPED + PRESALE + 'share_of_money = "95%"\n', "presale.share_of_money (line 14): \"95%\" is out of bounds"),
        (SHAPED + PRESALE + "share_of_money = 5\n", 'did you mean "5%"?'),
        (SHAPED + PRESALE + 'open = "00:30"\n', 'presale.open (line 14): there is no such key; did you mean "opens"?'),
        (SHAPED + PRESALE + 'after = "5s"\n', "presale.after (line 14): a shape has a festival clock: write opens"),
        (SHAPED + PRESALE + 'share_of_arrivals = "5%"\n', "a shape has the curve of a day: write share_of_money"),
        (SHAPED.replace("PresaleBuyer = 1\n", "PresaleBuyer = 0\n") + PRESALE, 'a weight in "countdown"'),
        (SHAPED + "[scenarios.presale_balance]\nLooker = 1\nBuyer = 1\n" + PRESALE,
         'scenarios.presale_balance (line 13): nobody comes with a balance; give PresaleBuyer a weight in'),
        (SHAPED.replace("PresaleBuyer = 0.5\n", "") + PRESALE, "nobody knows what a balance is worth"),
        (SHAPED.replace("Buyer = 3\n", "") + PRESALE, "nobody buys in countdown"),
        (STAGES + PRESALE, "presale.phase (line 14): stages need the phase in which balances open"),
        (STAGES + PRESALE + 'opens = "00:30"\nphase = "after"\n', "stages have no festival clock"),
        (STAGES + PRESALE + 'share_of_money = "5%"\nphase = "after"\n', "write share_of_arrivals"),
        (STAGES + PRESALE + 'phase = "aftr"\n', 'there is no phase "aftr"; did you mean "after"?'),
        (STAGES + PRESALE + 'phase = "after"\nafter = "30s"\n', 'presale.after (line 16): 30s is too late; the phase'),
        (STAGES + PRESALE + 'phase = "after"\nlasts = "31s"\n', "31s is too long; the run ends after 30s of it"),
        (STAGES + PRESALE + 'phase = "before"\n', "nobody could pay a deposit before"),
        (STAGES + "[scenarios.before]\nLooker = 1\n" + PRESALE + 'phase = "after"\nshare_of_arrivals = "10%"\n',
         'nobody pays a deposit before balances open; give PresaleBuyer a weight in "before"'),
        ("presale = 3\n" + STAGES, "presale (line 1): 3 stands where a table of keys should be"),
        ('opens = "00:30"\n' + STAGES, "opens belongs into [presale]"),
    ],
)  # fmt: skip
def test_a_presale_that_cannot_be_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    told = mistakes(tmp_path, text)
    assert any(said in sentence for sentence in told), told
    assert len(told) == 1 or PRESALE not in text or "nobody" in " ".join(told)


def test_a_locustfile_of_ones_own_has_no_presale_of_ours(tmp_path: Path) -> None:
    (tmp_path / "mine.py").touch()
    told = mistakes(tmp_path, '[run]\nlocustfile = "mine.py"\n' + STAGES + '[presale]\nphase = "after"\n')
    assert told == ["presale (line 16): it speaks of the festival's own crowd, and run.locustfile brings another"]


def test_an_option_that_cannot_be_is_told_as_one(tmp_path: Path) -> None:
    assert mistakes(tmp_path, SHAPED, "presale.opens=noon")[0].startswith('presale.opens (--set): "noon" is no time')


@given(st.times())
def test_every_time_of_the_day_is_read_to_the_second(instant: object) -> None:
    shown = instant.replace(microsecond=0)  # type: ignore[attr-defined]
    seconds = shown.hour * 3600 + shown.minute * 60 + shown.second
    assert clock(shown) == clock(shown.isoformat()) == seconds


@given(st.text(max_size=9))
def test_any_other_text_is_refused(text: str) -> None:
    try:
        assert 0 <= clock(text) < 86_400
    except UnitError as error:
        assert "is no time on the festival's clock" in str(error)
