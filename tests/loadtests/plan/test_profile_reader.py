"""Profiles are read whole or refused whole: every mistake at once, with its place, its line and a suggestion."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import PlannedFault, Profile, Wanted
from loadtests.plan.profile_reader import ProfileError, read_profile

FREEZE = """\
[run]
name = "freeze"
seed = 12
locustfile = "pinger.py"
arrivals = "even"
max_shoppers = 1000
patience = "20s"
drain = "5s"
connections = "per_arrival"
[target]
host = "http://127.0.0.1:9000/"
timeout = "1m"
[[stages]]
phase = "warm_up"
duration = "500ms"
from = 0
to = 100
measured = false
[[stages]]
phase = "steady"
duration = "12s"
rate = 100
[scenarios]
Pinger = 1
Ponger = 0.5
[scenarios.steady]
Pinger = 2
[thresholds]
"response{operation=/ping/{id},phase=steady}" = ["p(95) < 500ms", "p(99) < 2s"]
"failures" = { threshold = "rate < 0.1%", abort_on_fail = true, delay_abort = "5s", min_samples = 10 }
"recovery{fault=latency}" = "value < 3s"
[validity]
max_dropped = "0.2%"
max_schedule_lag_p99 = "20ms"
max_generator_cpu = 0.8
cpu_sustained = "4s"
[wanted]
zipf_exponent = 1.1
hot_share = "8%"
[[faults]]
phase = "steady"
after = "5s"
lasts = "3s"
kind = "latency"
route = "/payments"
delay = "800ms"
share = "50%"
jitter_s = 0.1
"""
PLAIN = '[[stages]]\nphase = "steady"\nduration = "12s"\nrate = 100\n[thresholds]\nfailures = "rate < 1%"\n'

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a profile beside a locustfile and returns its path."""

    def to_file(text: str) -> str:
        (tmp_path / "pinger.py").touch()
        (tmp_path / "mine.toml").write_text(text, "utf-8")
        return str(tmp_path / "mine.toml")

    return to_file


def mistakes(path: str, *overrides: str, **options: Any) -> list[str]:
    with pytest.raises(ProfileError) as refusal:
        read_profile(path, overrides, **options)
    assert all("\n" not in sentence for sentence in refusal.value.mistakes)
    return refusal.value.mistakes


def test_everything_a_profile_can_say_is_read(write: Write, tmp_path: Path) -> None:
    profile = read_profile(write(FREEZE))
    assert (profile.name, profile.seed, profile.arrivals, profile.connections) == ("freeze", 12, "even", "per_arrival")
    assert (profile.max_shoppers, profile.patience_s, profile.drain_s, profile.timeout_s) == (1000, 20, 5, 60)
    assert profile.host == "http://127.0.0.1:9000"
    assert profile.path == tmp_path / "mine.toml"
    assert profile.locustfile == (tmp_path / "pinger.py").resolve()
    assert profile.stages == (Stage("warm_up", 0.5, 0, 100, measured=False), Stage("steady", 12, 100, 100))
    assert profile.scenarios == {"Pinger": 1, "Ponger": 0.5}
    assert profile.scenarios_by_phase == {"steady": {"Pinger": 2}}
    assert [threshold.name for threshold in profile.thresholds] == [
        "response{operation=/ping/{id},phase=steady}: p(95) < 500ms",
        "response{operation=/ping/{id},phase=steady}: p(99) < 2s",
        "failures: rate < 0.1%",
        "recovery{fault=latency}: value < 3s",
    ]
    assert (profile.thresholds[2].abort_on_fail, profile.thresholds[2].delay_abort_s) == (True, 5)
    limits = profile.validity
    assert (limits.max_dropped, limits.max_schedule_lag_p99_s) == (0.002, 0.02)
    assert (limits.max_generator_cpu, limits.cpu_sustained_s) == (0.8, 4)
    assert profile.wanted == Wanted(zipf_exponent=1.1, hot_share=0.08)
    parameters = {"delay_s": 0.8, "share": 0.5, "jitter_s": 0.1}
    assert profile.faults == (PlannedFault("steady", 5, 3, "latency", "/payments", parameters),)
    assert Profile.from_json(profile.to_json()) == profile


def test_what_a_profile_leaves_out_has_the_documented_default(write: Write) -> None:
    profile = read_profile(write(PLAIN))
    assert (profile.name, profile.seed, profile.arrivals, profile.connections) == ("mine", 11, "poisson", "keep")
    assert (profile.max_shoppers, profile.patience_s, profile.drain_s, profile.timeout_s) == (2000, 30, 10, 30)
    assert (profile.host, profile.locustfile, profile.shape, profile.peak_rate) == (None, None, None, None)
    assert (profile.validity.max_dropped, profile.validity.max_schedule_lag_p99_s) == (0.001, 0.05)
    assert profile.wanted == Wanted(zipf_exponent=0.9, hot_share=0.05)
    assert profile.warnings == ()


def test_a_shape_stands_for_stages(write: Write) -> None:
    profile = read_profile(write('[run]\nshape = "double11_2017"\npeak_rate = 100\nduration = "50s"\n'))
    assert profile.duration_s == pytest.approx(50)
    assert max(stage.to_rate for stage in profile.stages) == pytest.approx(100)
    assert profile.schedule().phases[:2] == ("countdown", "zero_hour")


def test_all_mistakes_are_told_together_in_the_order_of_the_file(write: Write) -> None:
    text = FREEZE
    for right, wrong in (
        ("seed = 12", "sed = 12"),
        ("max_shoppers = 1000", "max_shoppers = 0"),
        ("host = ", "hots = "),
        ('duration = "12s"', 'duration = "12"'),
        ("phase=steady}", "phase=stedy}"),
        ("max_dropped", "max_droped"),
        ('kind = "latency"', "kind = 3"),
    ):
        assert right in text
        text = text.replace(right, wrong, 1)
    found = mistakes(write(text))
    told = " | ".join(found)
    for place in (
        "run.sed (line 3)",
        "run.max_shoppers (line 6)",
        "target.hots (line 11)",
        "stages[1].duration (line 21)",
        'thresholds."response{operation=/ping/{id},phase=stedy}" (line 29)',
        "validity.max_droped (line 33)",
        "faults[0].kind (line 44)",
    ):
        assert place in told
    assert len(found) == 7
    lines = [int(sentence.partition("(line ")[2].partition(")")[0]) for sentence in found]
    assert lines == sorted(lines)


def test_stages_and_a_shape_contradict_each_other(write: Write) -> None:
    shaped = '[run]\nshape = "double11_2017"\npeak_rate = 1\nduration = "1s"\n'
    assert "stages or run.shape, not both" in mistakes(write(shaped + PLAIN))[0]
    assert "a profile needs stages, or run.shape" in mistakes(write("[run]\n"))[0]
    both = mistakes(write('[run]\nshape = "double11_2017"\n'))
    assert [sentence.partition(" ")[0] for sentence in both] == ["run.duration", "run.peak_rate"]


def test_nobody_in_general_is_fine_when_every_phase_has_its_own(write: Write) -> None:
    profile = read_profile(write(PLAIN + "[scenarios]\nA = 0\n[scenarios.steady]\nA = 1\n"))
    assert profile.weights("steady") == {"A": 1}


def test_a_list_of_something_else_is_told_once(write: Write) -> None:
    (told,) = mistakes(write("stages = [3]\n"))
    assert told == "stages[0] (line 1): 3 stands where a table of keys should be"


def test_a_phase_is_measured_or_it_is_not(write: Write) -> None:
    twice = PLAIN.partition("[thresholds]")[0] * 2 + "measured = false\n"
    assert "measured in one stage and not in another" in mistakes(write(twice))[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[run\n", "is not TOML at line 1, column 5"),
        (b"a = \xff\n", "is not UTF-8 (byte 4)"),
        (b"a = " + b"[" * 100_000, "nests deeper"),
        (b"a = " + b"9" * 5000, "is not TOML"),
        (b"#" * 1_000_001, "larger than 1 MB"),
        (b"", "a profile needs stages"),
        (b"\xef\xbb\xbf[run]\n", "a profile needs stages"),
    ],
)
def test_a_file_that_is_no_profile_is_one_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    (sentence,) = mistakes(str(path))
    assert told in sentence


def test_a_file_that_is_not_there_is_one_sentence(write: Write, tmp_path: Path) -> None:
    near = Path(write(PLAIN)).with_name("mne.toml")
    assert mistakes(str(near)) == [f'there is no file {near}; did you mean "mine.toml"?']
    assert mistakes(str(tmp_path)) == [
        f"{tmp_path} is a directory; a profile is a file in TOML: {tmp_path / 'mine.toml'}"
    ]
    assert "can't be read" in mistakes("x/\0.toml")[0]
    assert "can't be read" in mistakes(f"{write(PLAIN)}/x.toml")[0]


def test_a_path_that_no_record_could_hold_is_one_sentence(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bl\xf6d.toml"))
    path.write_text("")
    with pytest.raises(ProfileError, match=r"bl\\udcf6d.toml' can't be recorded"):
        read_profile(str(path))


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    assert 'did you mean "smoke"?' in mistakes("smok")[0]
    assert "there is breakpoint, double11, flash_sale, overload, smoke, soak" in mistakes("zzz")[0]
    assert "double11" in mistakes("")[0]


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("shop", '"shop" is no shipped profile and no file; did you mean "shop/our_shop.toml"?'),
        ("shop/", "shop is a directory; a profile is a file in TOML: shop/our_shop.toml"),
        ("ours", '"ours" is no shipped profile and no file; did you mean "ours.toml"?'),
    ],
)
def test_a_folder_or_a_name_without_its_end_is_told_which_profile_is_there(
    named: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "our_shop.toml").touch()
    (tmp_path / "ours.toml").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProfileError, match=re.escape(told)):
        read_profile(named)


def test_a_name_means_a_shipped_profile_even_beside_a_file_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "smoke").mkdir()
    (tmp_path / "mine").write_text(PLAIN)
    assert read_profile("smoke").name == "smoke"
    assert read_profile("mine").path == tmp_path / "mine"


def test_a_percentile_with_too_few_samples_is_a_warning(write: Write) -> None:
    thresholds = '"response{phase=steady}" = ["p(95) < 1s", "p(99.9) < 1s", "p(0.95) < 1s"]\n'
    warnings = read_profile(write(PLAIN + thresholds)).warnings
    assert len(warnings) == 2
    assert 'thresholds."response{phase=steady}" (line 7): p(99.9) < 1s wants 5,000 samples' in warnings[0]
    assert "min_samples = 5000" in warnings[0]
    assert "did you mean p(95)?" in warnings[1]
    enough = '"response{phase=steady}" = { threshold = "p(99.9) < 1s", min_samples = 5000 }\n'
    assert read_profile(write(PLAIN + enough)).warnings == ()


def test_what_would_pass_in_silence_is_a_warning(write: Write) -> None:
    stages = PLAIN.partition("[thresholds]")[0]
    assert "so only the audit and the books" in read_profile(write(stages)).warnings[0]
    unmeasured = f'{stages}measured = false\n[thresholds]\nfailures = "rate < 1%"\n'
    assert "no phase is measured" in read_profile(write(unmeasured)).warnings[0]
    assert 'nobody arrives in the phase "steady"' in read_profile(write(PLAIN), ["stages.0.rate=0"]).warnings[0]
