"""Reads one value or one table of a profile: the right type and unit, or a sentence about what to write instead."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from loadtests.plan.profile_mistakes import Mistakes, Place
from loadtests.plan.rate_line import MAX_RATE
from loadtests.plan.units import (
    UnitError,
    did_you_mean,
    parse_duration,
    parse_rate,
    parse_ratio,
    quoted,
    render_duration,
)

T = TypeVar("T")
Default = TypeVar("Default")
Reader = Callable[[object], T]

MAX_DURATION_S = 7 * 86_400.0
_NAME = re.compile(r"\w[\w .+-]{0,79}")
_PHASE = re.compile(r"\w[\w.-]{0,63}")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


class Table:
    """One TOML table being read. Every slip is noted and its default taken, so that reading goes on to the next."""

    def __init__(
        self, written: object, path: Place, mistakes: Mistakes, homes: Mapping[str, str] | None = None
    ) -> None:
        self.path = path
        self.mistakes = mistakes
        self._homes = homes or {}
        self._known: list[str] = []
        self.written: Mapping[str, object] = {}
        if isinstance(written, Mapping):
            self.written = written
        else:
            mistakes.add(path, f"{shown(written)} stands where a table of keys should be")

    def __contains__(self, key: str) -> bool:
        return key in self.written

    def take(self, key: str, read: Reader[T], default: Default) -> T | Default:
        """The value of a key, or its default if it is not there or not right."""
        self._known.append(key)
        if key not in self.written:
            return default
        try:
            return read(self.written[key])
        except UnitError as error:
            self.mistakes.add((*self.path, key), str(error))
            return default

    def need(self, key: str, read: Reader[T], why: str = "it is not there") -> T | None:
        """The value of a key that has no default; None when it is missing or wrong, which is then noted."""
        if key not in self.written and not self._misspelt(key):
            self.mistakes.add((*self.path, key), why)
        return self.take(key, read, None)

    def _misspelt(self, key: str) -> bool:
        strange = [other for other in self.written if other not in self._known]
        return bool(difflib.get_close_matches(key, strange, n=1, cutoff=0.7))

    def close(self) -> None:
        """Refuse what nobody took."""
        for key in self.written:
            if key not in self._known:
                home = self._homes.get(key)
                hint = f"; it belongs into {home}" if home else did_you_mean(key, self._known)
                self.mistakes.add((*self.path, key), f"there is no such key{hint}")


def shown(value: object) -> str:
    """A TOML value as a sentence shows it."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, Sequence):
        return "a list"
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise UnitError(f"{shown(value)} is not a text in quotes")
    return value


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise UnitError(f"{shown(value)} is neither true nor false")
    return value


def choice(*options: str) -> Reader[str]:
    def read(value: object) -> str:
        if value not in options:
            word = value if isinstance(value, str) else ""
            near = did_you_mean(word, options) if word else f"; there is {', '.join(options)}"
            raise UnitError(f"{shown(value)} is not known here{near}")
        return str(value)

    return read


def whole(least: int, most: int) -> Reader[int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise UnitError(f"{shown(value)} is not a whole number")
        if not least <= value <= most:
            raise UnitError(f"{shown(value)} is out of bounds; it goes from {least:,} to {most:,}")
        return value

    return read


def number(value: object) -> float:
    """A finite TOML number, whole or not; booleans are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnitError(f"{shown(value)} is not a number")
    if abs(value) > 1e300 or math.isnan(value):
        raise UnitError(f"{shown(value)} is not a finite number")
    return float(value)


def weight(value: object) -> float:
    found = number(value)
    if not 0 <= found <= 1e9:
        raise UnitError(f"{shown(value)} is no weight; weights go from 0 up, and 0 means nobody")
    return found


def exponent(value: object) -> float:
    found = number(value)
    if not 0 <= found <= 5:
        raise UnitError(f"{shown(value)} is out of bounds; 0 makes all items alike, 1 is Zipf's law, and 5 is the most")
    return found


def duration(above_zero: bool = False) -> Reader[float]:
    def read(value: object) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise UnitError(f'{shown(value)} is a duration without a unit; write "{shown(value)}s" or the like')
        seconds = parse_duration(text(value))
        if seconds > MAX_DURATION_S:
            raise UnitError(f"{shown(value)} is longer than {render_duration(MAX_DURATION_S)}, the longest allowed")
        if above_zero and seconds == 0:
            raise UnitError(f"{shown(value)} is no time at all; it must be above zero")
        return seconds

    return read


def clock(value: object) -> float:
    """A time of the festival's day, in seconds after midnight; TOML's own local times are as good as texts."""
    written = value.isoformat() if isinstance(value, time) else value
    found = _CLOCK.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise UnitError(f'{shown(value)} is no time on the festival\'s clock; write it like "00:30" or "01:04:30"')
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return 3600.0 * hours + 60.0 * minutes + seconds


def share(most: float = 1.0) -> Reader[float]:
    def read(value: object) -> float:
        ratio = parse_ratio(value) if isinstance(value, str) else number(value)
        if most < ratio <= 100 and not isinstance(value, str):
            raise UnitError(f'{shown(value)} is more than the whole; did you mean "{shown(value)}%"?')
        if not 0 <= ratio <= most:
            raise UnitError(f"{shown(value)} is out of bounds; it goes from 0% to {most * 100:g}%")
        return ratio

    return read


def rate(above_zero: bool = False) -> Reader[float]:
    def read(value: object) -> float:
        per_s = parse_rate(value) if isinstance(value, str) else number(value)
        if not 0 <= per_s <= MAX_RATE or (above_zero and per_s == 0):
            least = "above 0/s" if above_zero else "from 0/s"
            raise UnitError(f"{shown(value)} is no arrival rate; it is {least}, and at most {MAX_RATE:,.0f}/s")
        return per_s

    return read


def run_name(value: object) -> str:
    """Also the name of a directory: no separators, and nothing a shell would trip over."""
    if not _NAME.fullmatch(text(value)):
        raise UnitError(f"{shown(value)} can't name a directory; take letters, digits, blanks, and . + - _")
    return text(value)


def phase_name(value: object) -> str:
    """Also a label in metrics and thresholds, so it holds nothing that would need quotes there."""
    if not _PHASE.fullmatch(text(value)):
        raise UnitError(f"{shown(value)} can't name a phase; take letters, digits and . - _, at most 64")
    return text(value)


def file_beside(profile: Path) -> Reader[Path]:
    """A file that is there, its path relative to the profile's own folder."""

    def read(value: object) -> Path:
        file = profile.parent / text(value)
        try:
            there = file.is_file()
        except (OSError, ValueError):
            there = False
        if not there:
            raise UnitError(f"there is no file {quoted(text(value))} beside the profile")
        return file.resolve()

    return read


def url(value: object) -> str:
    """`http://host:port`, perhaps with a path; the trailing slash is dropped."""
    written = text(value)
    if "://" not in written:
        raise UnitError(f'{shown(value)} is not a URL; did you mean "http://{written.strip("/")}"?')
    try:
        parts = urlsplit(written)
        complete = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise UnitError(f"{shown(value)} is not a URL: {error}") from error
    if parts.scheme not in ("http", "https") or not complete:
        raise UnitError(f"{shown(value)} is not a URL of a shop; write it like http://127.0.0.1:9000")
    if parts.query or parts.fragment or re.search(r"[\s\x00-\x1f]", written):
        raise UnitError(f"{shown(value)} holds more than scheme, host, port and path")
    return written.rstrip("/")
