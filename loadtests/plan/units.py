"""Durations, shares and rates as people write them ("1m30s", "0.1%", "250/s"), and back again.

Every refusal is a `UnitError` whose text is one sentence that says what to write instead.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

# Decimal, so that "1045ms" is the very float 1.045 and a limit can be compared exactly.
SECONDS: Mapping[str, Decimal] = {
    "us": Decimal("1e-6"),
    "µs": Decimal("1e-6"),  # micro sign
    "μs": Decimal("1e-6"),  # Greek mu
    "ms": Decimal("1e-3"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3_600),
}
PER_SECOND: Mapping[str, Decimal] = {"/s": Decimal(1), "/m": 1 / Decimal(60), "/h": 1 / Decimal(3_600)}
PERCENT = Decimal("0.01")

NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_NUMBER = re.compile(NUMBER, re.ASCII)
_PART = re.compile(r"((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(us|µs|μs|ms|s|m|h)", re.ASCII)
_UNITS_SPELT_OUT: Mapping[str, str] = {
    **dict.fromkeys(("microsecond", "microseconds", "usec", "usecs", "u"), "us"),
    **dict.fromkeys(("millisecond", "milliseconds", "msec", "msecs", "millis"), "ms"),
    **dict.fromkeys(("second", "seconds", "sec", "secs"), "s"),
    **dict.fromkeys(("minute", "minutes", "min", "mins"), "m"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), "h"),
}


class UnitError(ValueError):
    """A quantity nobody can read; the text is one sentence."""


def quoted(text: str) -> str:
    """The text in quotes as a sentence shows it: on one line and not endless."""
    flat = " ".join(text.split())
    return f'"{flat}"' if len(flat) <= 60 else f'"{flat[:57]}..."'


def did_you_mean(wrong: str, known: Iterable[str], elsewhere: Mapping[str, str] | None = None) -> str:
    """`; did you mean "steady"?`, or what there is when nothing is near: the end of a sentence about a wrong word.

    `elsewhere` holds what other tools call our words.
    """
    words = list(known)
    if elsewhere and (ours := elsewhere.get(wrong.lower())) in words:
        return f'; did you mean "{ours}"?'
    near = difflib.get_close_matches(wrong, words, n=1, cutoff=0.6)
    if not near:
        lowered = {word.lower(): word for word in words}
        near = [lowered[w] for w in difflib.get_close_matches(wrong.lower(), lowered, n=1, cutoff=0.6)]
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; there is {', '.join(words)}" if words else ""


def parse_number(text: str, unit: Decimal = Decimal(1)) -> float:
    """A finite decimal number times its unit; "1e3" is one, "inf", "1,000" and "0x10" are not."""
    if not _NUMBER.fullmatch(text.strip()):
        without = text.strip().replace(",", "").replace("_", "")
        hint = f"; write {without}" if _NUMBER.fullmatch(without) else ""
        raise UnitError(f"{quoted(text)} is not a number{hint}")
    if not abs(float(text)) < 1e300:
        raise UnitError(f"{quoted(text)} is too large a number")
    # What float takes for zero may have an exponent that Decimal can't hold.
    return float(Decimal(text.strip()) * unit) if float(text) else 0.0


def parse_duration(text: str, bare: str | None = None) -> float:
    """Seconds of "12s", "1m30s", "500ms", "2us", "1h". `bare` names the unit of a number without one (None: refused).

    Never negative. Compound durations run from the larger unit to the smaller, each unit once.
    """
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped):
        return _bare_duration(stripped, bare)
    position, total_s, last = 0, 0.0, Decimal("inf")
    while position < len(stripped):
        part = _PART.match(stripped, position)
        if part is None or SECONDS[part[2]] >= last:
            raise UnitError(f"{quoted(text)} is not a duration{_duration_hint(stripped)}")
        last = SECONDS[part[2]]
        total_s += parse_number(part[1], last)
        position = part.end()
        while position < len(stripped) and stripped[position] == " ":
            position += 1
    if not stripped:
        raise UnitError(f"{quoted(text)} is not a duration{_duration_hint(stripped)}")
    return total_s


def _bare_duration(number: str, bare: str | None) -> float:
    if bare is None:
        raise UnitError(f'{quoted(number)} is a duration without a unit; write "{number}s" or "{number}ms"')
    seconds = parse_number(number, SECONDS[bare])
    if seconds < 0:
        raise UnitError(f"{quoted(number)} is a negative duration")
    return seconds


def _duration_hint(text: str) -> str:
    if text.startswith("-"):
        return ": it is negative"
    spelt = re.fullmatch(rf"({NUMBER})\s*([A-Za-z]+)", text, re.ASCII)
    if spelt is not None:
        near = difflib.get_close_matches(spelt[2].lower(), (*_UNITS_SPELT_OUT, "us", "ms", "s", "m", "h"), n=1)
        if near:
            return f'; did you mean "{spelt[1]}{_UNITS_SPELT_OUT.get(near[0], near[0])}"?'
    return '; write it like "500ms", "12s" or "1m30s"'


def parse_ratio(text: str) -> float:
    """A share: "0.1%" or a bare "0.001". Percentages may exceed 100; a bare number above 1 is taken for a slip."""
    stripped = text.strip()
    if stripped.endswith("%"):
        return parse_number(stripped[:-1].rstrip(), PERCENT)
    if not _NUMBER.fullmatch(stripped):
        raise UnitError(f'{quoted(text)} is not a share; write it like "0.1%"')
    ratio = parse_number(stripped)
    if abs(ratio) > 1:
        raise UnitError(f'{quoted(text)} is more than the whole; did you mean "{stripped}%"?')
    return ratio


def parse_rate(text: str) -> float:
    """Per second: "250/s", "6000/m", "1/h", or a bare "250"."""
    stripped = text.strip()
    for unit, per_second in PER_SECOND.items():
        if stripped.endswith(unit):
            return parse_number(stripped[: -len(unit)].rstrip(), per_second)
    if not _NUMBER.fullmatch(stripped):
        raise UnitError(f'{quoted(text)} is not a rate; write it like "250/s"')
    return parse_number(stripped)


def render_number(value: float) -> str:
    """The shortest decimal that reads back as the same number; whole numbers without a point."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def render_duration(seconds: float, digits: int = 4) -> str:
    """For people: "870us", "12.53ms", "2.414s", "1m30s", "7h41m"."""
    if not math.isfinite(seconds):
        return str(seconds)
    if seconds < 0:
        return f"-{render_duration(-seconds, digits)}"
    if seconds == 0:
        return "0s"
    for unit, below in (("us", 1e-3), ("ms", 1.0), ("s", 60.0)):
        figure = _figures(seconds / float(SECONDS[unit]), digits)
        if float(figure) * float(SECONDS[unit]) < below:
            return f"{figure}{unit}"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left_s = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "m"), (left_s, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)


def render_ratio(ratio: float, digits: int = 3) -> str:
    """For people: 0.001 is "0.1%"."""
    return f"{_figures(ratio * 100, digits)}%" if math.isfinite(ratio) else str(ratio)


def render_rate(per_s: float, digits: int = 3) -> str:
    """For people: "250/s", "3.33/s", "583,000/s"."""
    if abs(per_s) >= 1000:
        return f"{per_s:,.0f}/s"
    return f"{_figures(per_s, digits)}/s" if math.isfinite(per_s) else f"{per_s}/s"


def _figures(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{places}f}".rstrip("0").rstrip(".") if places else f"{value:.0f}"
