"""`--set run.peak_rate=400`: one value of a profile changed from the command line."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from loadtests.plan.profile_mistakes import DOTTED_KEY, Mistakes, Place, split_key
from loadtests.plan.units import quoted

_POSITION = re.compile(r"^(stages|faults)\[(\d{1,6})\]")
_BARE_TEXT = re.compile(r"[\w./%+:@ -]+")


def apply_override(written: dict[str, Any], override: str, mistakes: Mistakes) -> None:
    """Put `path=value` into what the file said. The path is dotted, positions from 0: stages.0.rate, stages[0].rate.

    The value is TOML; plain words need no quotes (run.patience=5s). What can't be put anywhere is noted.
    """
    text = _POSITION.sub(r"\1.\2", override.strip())
    found = DOTTED_KEY.match(text)
    if found is None:
        mistakes.add(("--set",), f"{quoted(override)} is not path=value, like run.peak_rate=400")
        return
    try:
        steps = split_key(found[1])
        value = _value(text[found.end() :].strip())
    except (ValueError, RecursionError):
        mistakes.add(
            ("--set",), f'{quoted(override)} has no value that TOML could read, like 400, true or ["rate < 1%"]'
        )
        return
    path = _put(written, steps, value, mistakes)
    if path is not None:
        mistakes.wrote(path, "--set")


def _value(text: str) -> object:
    if not text or "\n" in text:
        raise ValueError("a value is one line")
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        if _BARE_TEXT.fullmatch(text):
            return text
        raise


def _put(written: dict[str, Any], steps: list[str], value: object, mistakes: Mistakes) -> Place | None:
    """The path at which the value now stands, or None when there is no such place."""
    place: Any = written
    path: Place = ()
    for i, step in enumerate(steps):
        last = i == len(steps) - 1
        if isinstance(place, list):
            if not step.isdecimal() or int(step) >= len(place):
                there = f"it has {len(place)}, counted from 0" if place else "it is empty"
                mistakes.add((*path, step), f"there is no such position (--set); {there}")
                return None
            position = int(step)
            path = (*path, position)
            if last:
                place[position] = value
            place = place[position]
        elif isinstance(place, dict):
            path = (*path, step)
            if last:
                place[step] = value
            else:
                place = place.setdefault(step, {})
        else:
            mistakes.add(path, f"it is a value and holds no {quoted(step)} (--set)")
            return None
    return path
