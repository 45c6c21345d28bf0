"""The files of a run directory that are written in one piece: run.json, ended.json, audit.json, verdict.json.

Written, they are there completely or not at all. Read, they are believed only if they hold what the gate relies on:
people edit them, disks tear them, and older versions wrote other ones.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises, whatever the bytes are."""
OBJECT = msgspec.json.Decoder(dict[str, Any])


class RunRecordError(Exception):
    """The directory is not a run, or its record is damaged. The message is one sentence for the user."""


class Meant(msgspec.Struct):
    """run.json; its profile is checked by who knows profiles."""

    run: str


class Abort(msgspec.Struct):
    threshold: str
    at_s: float


class Ended(msgspec.Struct):
    """ended.json, as `RunRecord.end` describes it; `promql` is what Prometheus answered, by query."""

    stopped_s: float | None = None
    lost_workers: list[int] = []
    aborted: Abort | None = None
    interrupted: bool = False
    restarted: bool = False
    promql: dict[str, float] = {}


class Violation(msgspec.Struct):
    invariant: str
    subject: str
    message: str


class AuditedCourse(msgspec.Struct):
    """How one figure of a system went: a value for each stretch of `every_s` from the epoch second `begins_at`."""

    name: str
    kind: Literal["level", "flow"]
    begins_at: float
    every_s: float
    values: list[int]


class AuditedSystem(msgspec.Struct):
    """One system of the shop; `violations` counts its broken invariants, a figure's name ends in its unit."""

    system: str
    invariants: int
    violations: int
    figures: dict[str, float | int | str]
    courses: list[AuditedCourse] = []


class Audited(msgspec.Struct):
    """audit.json. Both figures must be there: an audit that says nothing has not found the books clean."""

    checked: int
    violations: list[Violation]
    skipped: str = ""
    invariants: list[str] = []
    systems: list[AuditedSystem] = []


def write_whole(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file that is there completely or not at all, even if we are killed meanwhile.

    Raises RunRecordError where it can't be written.
    """
    write_bytes(path, msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file that is there completely or not at all. Raises RunRecordError where it can't be written."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # or a machine that loses power may keep the new name and not the content
        draft.replace(path)
    except OSError as error:
        raise RunRecordError(f"cannot write {path}: {error.strerror}") from error


def read_whole(path: Path, shape: type[msgspec.Struct]) -> dict[str, Any] | None:
    """Everything such a file holds; None if there is none. Raises RunRecordError unless it is of that shape."""
    try:
        content = OBJECT.decode(path.read_bytes())
        msgspec.convert(content, shape)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise RunRecordError(f"cannot read {path}: {error.strerror}") from error
    except UNREADABLE as error:
        raise RunRecordError(f"{path} is damaged: {error}") from error
    return content
