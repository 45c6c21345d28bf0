"""Quantities as people write them: read exactly, refused in one sentence with a suggestion, and written back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.plan.units import (
    UnitError,
    parse_duration,
    parse_number,
    parse_rate,
    parse_ratio,
    render_duration,
    render_number,
    render_rate,
    render_ratio,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12s", 12.0),
        ("1m30s", 90.0),
        ("1m 30s", 90.0),
        (" 500 ms ", 0.5),
        ("1045ms", 1.045),
        ("2us", 2e-6),
        ("2µs", 2e-6),
        ("1h", 3600.0),
        ("1h1m1s1ms", 3661.001),
        ("0s", 0.0),
        (".5s", 0.5),
        ("1e3ms", 1.0),
    ],
)
def test_a_duration_is_read_to_the_last_bit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("12", 'write "12s" or "12ms"'),
        ("-3s", "it is negative"),
        ("10 seconds", 'did you mean "10s"?'),
        ("10 SEC", 'did you mean "10s"?'),
        ("5 mintues", 'did you mean "5m"?'),
        ("30s1m", "is not a duration"),
        ("1h2h", "is not a duration"),
        ("", "is not a duration"),
        ("soon", 'write it like "500ms"'),
        ("1,5s", "is not a duration"),
        ("٣s", "is not a duration"),
        ("9" * 400 + "s", "too large"),
    ],
)
def test_a_wrong_duration_is_refused_in_one_sentence(text: str, told: str) -> None:
    with pytest.raises(UnitError) as refusal:
        parse_duration(text)
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 200


def test_a_bare_number_is_a_duration_only_where_somebody_says_of_what() -> None:
    assert parse_duration("1045", bare="ms") == 1.045
    with pytest.raises(UnitError, match="without a unit"):
        parse_duration("1045")
    with pytest.raises(UnitError, match="negative"):
        parse_duration("-1", bare="ms")


@pytest.mark.parametrize(
    ("text", "ratio"), [("0.1%", 0.001), ("99.9 %", 0.999), ("150%", 1.5), ("0.05", 0.05), ("1", 1.0)]
)
def test_a_share_is_a_percentage_or_a_part_of_one(text: str, ratio: float) -> None:
    assert parse_ratio(text) == ratio


@pytest.mark.parametrize(("text", "told"), [("5", 'did you mean "5%"?'), ("0.1 s", '"0.1%"'), ("%", "not a number")])
def test_a_wrong_share_is_refused(text: str, told: str) -> None:
    with pytest.raises(UnitError, match=told.replace("?", r"\?")):
        parse_ratio(text)


@pytest.mark.parametrize(("text", "per_s"), [("250/s", 250.0), ("250", 250.0), ("6000/m", 100.0), ("7200/h", 2.0)])
def test_a_rate_is_per_second(text: str, per_s: float) -> None:
    assert parse_rate(text) == pytest.approx(per_s, rel=1e-15)


@pytest.mark.parametrize("text", ["250/d", "fast", "/s", "1_000", "nan", "inf", "0x10", "1e999"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(UnitError):
        parse_rate(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0s"),
        (0.00087, "870us"),
        (0.01253, "12.53ms"),
        (1.0449, "1.045s"),
        (2.414, "2.414s"),
        (0.99999, "1s"),
        (59.99999, "1m"),
        (90.0, "1m30s"),
        (27_660.0, "7h41m"),
        (-1.5, "-1.5s"),
        (math.inf, "inf"),
    ],
)
def test_a_duration_is_written_for_people(seconds: float, text: str) -> None:
    assert render_duration(seconds) == text


def test_shares_rates_and_numbers_are_written_for_people() -> None:
    assert [render_ratio(r) for r in (0.001, 0.0, 1.0, 0.12345)] == ["0.1%", "0%", "100%", "12.3%"]
    assert [render_rate(r) for r in (250.0, 3.333, 583_000.0, 0.0)] == ["250/s", "3.33/s", "583,000/s", "0/s"]
    assert [render_number(n) for n in (1200.0, 0.1, 1e20)] == ["1200", "0.1", "1e+20"]


@given(st.floats(min_value=1e-6, max_value=1e6))
@settings(max_examples=200)
def test_a_written_duration_reads_back_as_nearly_the_same(seconds: float) -> None:
    assert parse_duration(render_duration(seconds)) == pytest.approx(seconds, rel=0.01)


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e299, max_value=1e299).filter(
        lambda x: abs(x) > 1e-290
    )
)
@settings(max_examples=200)
def test_a_written_number_reads_back_as_the_same(number: float) -> None:
    assert parse_number(render_number(number)) == number


@given(st.text(alphabet="0123456789.eE+-%/smhuµ ,_\n\x00abc", max_size=30))
@settings(max_examples=300)
def test_no_text_breaks_a_reader(text: str) -> None:
    for read in (parse_number, parse_duration, parse_ratio, parse_rate):
        try:
            assert math.isfinite(read(text))
        except UnitError as error:
            assert str(error)
