"""Mistakes in a profile, gathered so that all are told at once, each with its TOML path and its line in the file."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence

Place = tuple[str | int, ...]
"""A place in a profile: keys of tables, and positions in lists from 0."""

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_KEY = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
DOTTED_KEY = re.compile(rf"\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*=", re.ASCII)
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*\]\]?\s*(?:#.*)?", re.ASCII)


class ProfileError(ValueError):
    """A profile that can't be run. `mistakes` holds one sentence each; its text is all of them, a line each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = list(mistakes)
        super().__init__("\n".join(self.mistakes))


class Mistakes:
    """Gathers sentences about places in one profile."""

    def __init__(self, lines: Mapping[Place, int] | None = None, options: Mapping[Place, str] | None = None) -> None:
        self.lines = dict(lines or {})
        """The line of the file at which a key was written."""
        self.options = dict(options or {})
        """The option of the command line that wrote a key instead, like --set."""
        self._told: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self._told)

    def wrote(self, path: Place, option: str) -> None:
        """An option put a value here; what the file says at this place no longer counts."""
        for n in range(1, len(path) + 1):
            if n == len(path) or path[:n] not in self.lines:
                self.options[path[:n]] = option

    def add(self, path: Place, sentence: str) -> None:
        """Note it, once however often it is found. Where a key isn't there, its table's line is told."""
        for n in range(len(path), 0, -1):
            if option := self.options.get(path[:n]):
                self._told.setdefault(f"{render_path(path)} ({option}): {sentence}", sys.maxsize)
                return
            if line := self.lines.get(path[:n]):
                self._told.setdefault(f"{render_path(path)} (line {line}): {sentence}", line)
                return
        self._told.setdefault(f"{render_path(path)}: {sentence}", sys.maxsize)

    def in_order(self) -> list[str]:
        """The sentences, in the order of the file; what has no line comes last."""
        return sorted(self._told, key=lambda sentence: self._told[sentence])

    def refuse_any(self) -> None:
        """Raise ProfileError if there is anything to tell."""
        if self:
            raise ProfileError(self.in_order())


def render_path(path: Place) -> str:
    """`stages[0].rate`, `thresholds."response{phase=steady}"`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            shown = step if _BARE.fullmatch(step) else json.dumps(step, ensure_ascii=False)
            text += f".{shown}" if text else shown
    return text


def split_key(text: str) -> list[str]:
    """The parts of a dotted TOML key; ValueError if it is none."""
    parts: list[str] = []
    found: object = tomllib.loads(f"{text} = 0")
    while isinstance(found, dict):
        ((part, found),) = found.items()
        parts.append(part)
    return parts


def key_lines(text: str) -> dict[Place, int]:
    """The line, from 1, of every key and table header, as well as reading line by line can tell.

    tomllib keeps no positions. Text inside a multi-line string may be taken for keys; that costs nothing but a line
    number for a key that does not exist.
    """
    lines: dict[Place, int] = {}
    lengths: dict[Place, int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            if header := _HEADER.fullmatch(line):
                table = tuple(split_key(header[2]))
                if header[1] == "[[":
                    position = lengths.get(table, 0)
                    lengths[table] = position + 1
                    lines.setdefault(table, number)
                    table = (*table, position)
                lines.setdefault(table, number)
            elif key := DOTTED_KEY.match(line):
                path: Place = table
                for part in split_key(key[1]):
                    path = (*path, part)
                    lines.setdefault(path, number)
        except ValueError:
            continue
    return lines
