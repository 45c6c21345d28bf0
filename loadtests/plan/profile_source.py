"""Finds a profile, a file or one of the shipped ones, and reads its TOML; what can't be read is one sentence."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from loadtests.plan.profile_mistakes import ProfileError
from loadtests.plan.units import did_you_mean, quoted

PROFILE_BYTES_MAX = 1_000_000
SUFFIX = ".toml"


@dataclass(frozen=True, slots=True)
class ProfileSource:
    """What a profile's file says, before anybody judged it."""

    path: Path
    text: str
    written: dict[str, Any]


def shipped_profiles() -> tuple[str, ...]:
    """The names of the profiles that come with us, in alphabetical order."""
    folder = resources.files("loadtests").joinpath("profiles")
    return tuple(sorted(file.name.removesuffix(SUFFIX) for file in folder.iterdir() if file.name.endswith(SUFFIX)))


def find_profile(path_or_name: str) -> Path:
    """The file meant: a plain word names a shipped profile, anything with a separator or .toml is a path."""
    if not path_or_name.strip():
        raise ProfileError([f"a profile needs a name; there is {', '.join(shipped_profiles())}"])
    is_path = path_or_name.endswith(SUFFIX) or os.sep in path_or_name or (os.altsep or os.sep) in path_or_name
    if not is_path and path_or_name in shipped_profiles():
        return Path(str(resources.files("loadtests").joinpath("profiles", path_or_name + SUFFIX)))
    path = Path(path_or_name)
    if is_path or _is_file(path):
        return path
    if own := _own_profiles(path):
        means = f'; did you mean "{own[0]}"?' if len(own) == 1 else f"; there is {', '.join(own)}"
        raise ProfileError([f"{quoted(path_or_name)} is no shipped profile and no file{means}"])
    hint = did_you_mean(path_or_name, shipped_profiles())
    raise ProfileError([f"there is no shipped profile {quoted(path_or_name)}{hint} (a file is given by its path)"])


def read_source(path_or_name: str) -> ProfileSource:
    """The profile's text and its TOML; ProfileError with one sentence if there is nothing to read."""
    path = find_profile(path_or_name)
    if not _writable_in_json(path):
        raise ProfileError([f"{str(path.absolute())!a} can't be recorded: such a path is no UTF-8; rename it"])
    text = _text(path)
    try:
        written = tomllib.loads(text)
    except RecursionError as error:
        raise ProfileError([f"{path} nests deeper than any profile does"]) from error
    except ValueError as error:
        found = re.fullmatch(r"(.*) \(at (line \d+, column \d+|end of document)\)", str(error), re.DOTALL)
        what, where = (found[1], f" at {found[2]}") if found else (str(error), "")
        raise ProfileError([f"{path} is not TOML{where}: {what[:1].lower()}{what[1:]}"]) from error
    return ProfileSource(path.absolute(), text, written)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            read = file.read(PROFILE_BYTES_MAX + 1)
    except FileNotFoundError as error:
        raise ProfileError([f"there is no file {path}{_neighbours(path)}"]) from error
    except IsADirectoryError as error:
        own = ", ".join(_own_profiles(path))
        raise ProfileError([f"{path} is a directory; a profile is a file in TOML{own and f': {own}'}"]) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProfileError([f"{quoted(str(path))} can't be read: {reason.lower()}"]) from error
    if len(read) > PROFILE_BYTES_MAX:
        raise ProfileError([f"{path} is larger than {PROFILE_BYTES_MAX // 1_000_000} MB; a profile is a page or two"])
    try:
        return read.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProfileError([f"{path} is not UTF-8 (byte {error.start}), as TOML must be"]) from error


def _own_profiles(path: Path) -> list[str]:
    """What somebody may have meant who names a directory, or a file without its end."""
    try:
        near = [Path(f"{path}{SUFFIX}"), *sorted(path.glob(f"*{SUFFIX}"))[:20]]
        return [str(file) for file in near if file.is_file()]
    except (OSError, ValueError):
        return []


def _neighbours(path: Path) -> str:
    try:
        names = sorted(file.name for file in path.parent.glob(f"*{SUFFIX}"))[:20]
    except (OSError, ValueError):
        names = []
    near = did_you_mean(path.name, names)
    return near if near.startswith("; did") else ""


def _writable_in_json(path: Path) -> bool:
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
