"""The run directory: what happened, written down line by line as it happens, so that even a killed run is judged.

    run.json        what was meant: run id, resolved profile, versions, machine; first of all, then completed
    seconds.jsonl   one `Second` a line
    journal.jsonl   one step of a buyer a line
    ended.json      the mark of a run that came to its end; a run without it is partial
    audit.json      what audit and reconciliation found, for targets that can be audited
    verdict.json    what the gate said

Lines go to the kernel in one write each, so a killed process loses at most the line it was writing; whole files appear
complete or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import Any, Self, overload

import msgspec

from loadtests.record.second import BusinessOfSecond, Event, RequestsOfSecond, Second, WorkerOfSecond
from loadtests.record.whole_files import (
    OBJECT,
    UNREADABLE,
    Audited,
    Ended,
    Meant,
    RunRecordError,
    read_whole,
    write_whole,
)

__all__ = [
    "BusinessOfSecond",
    "Event",
    "RequestsOfSecond",
    "Run",
    "RunRecord",
    "RunRecordError",
    "Second",
    "WorkerOfSecond",
    "read_run",
    "write_whole",
]

ENCODER = msgspec.json.Encoder()
SECOND = msgspec.json.Decoder(Second)


class RunRecord:
    """A run directory that is being written. `create` opens it; `end` marks the run complete."""

    def __init__(self, directory: Path, run: Mapping[str, Any], seconds: FileIO, journal: FileIO) -> None:
        self.directory = directory
        self._run = dict(run)
        self._seconds = seconds
        self._journal = journal

    @classmethod
    def create(cls, directory: Path, run: Mapping[str, Any]) -> RunRecord:
        """Begin a record with `run.json`. Raises RunRecordError if the directory holds a run already."""
        if (directory / "run.json").exists():
            raise RunRecordError(f"{directory} already holds a run; choose another directory with --out")
        try:
            directory.mkdir(parents=True, exist_ok=True)
            write_whole(directory / "run.json", run)
            seconds, journal = (FileIO(directory / name, "a") for name in ("seconds.jsonl", "journal.jsonl"))
            return cls(directory, run, seconds, journal)
        except OSError as error:
            raise RunRecordError(f"cannot write the run to {directory}: {error.strerror}") from error

    @property
    def run_id(self) -> str:
        run_id: str = self._run["run"]
        return run_id

    def learn(self, facts: Mapping[str, Any]) -> None:
        """Add to `run.json` what is known only now, e.g. when the run began."""
        self._run |= facts
        write_whole(self.directory / "run.json", self._run)

    def append(self, second: Second) -> None:
        self._write(self._seconds, ENCODER.encode(second) + b"\n")

    def append_journal(self, lines: Iterable[Any]) -> None:
        """Add what buyers did: dictionaries or structs, one line each."""
        if encoded := ENCODER.encode_lines(list(lines)):
            self._write(self._journal, encoded)

    def _write(self, file: FileIO, lines: bytes) -> None:
        try:
            written = file.write(lines)
        except OSError as error:
            raise RunRecordError(f"cannot record the run in {self.directory}: {error.strerror}") from error
        if written != len(lines):
            raise RunRecordError(f"cannot record the run in {self.directory}: only part of a line was taken")

    def end(self, ended: Mapping[str, Any]) -> None:
        """Mark the run as complete. The gate reads of it:

        `stopped_s`: the run second from which no arrival was started, if that was before the schedule's end;
        `aborted`: `{"threshold": "...", "at_s": 12.0}` if a threshold with abort_on_fail ended the run;
        `interrupted`: true if somebody else did (Ctrl-C); `asked`: what a task did to have it stopped, if one did;
        `lost_workers`: the numbers of workers that disappeared; `restarted`: true if the target's boot id changed.
        """
        self.close()
        write_whole(self.directory / "ended.json", ended)

    def close(self) -> None:
        """Let go of the files; a record that was only closed stays partial."""
        self._seconds.close()
        self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Seconds(Sequence[Second]):
    """The seconds of a record, decoded when looked at: an hour can be 90 MB of text and far more as objects."""

    def __init__(self, path: Path, lines: list[bytes]) -> None:
        self._path = path
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> Second: ...
    @overload
    def __getitem__(self, index: slice) -> list[Second]: ...
    def __getitem__(self, index: int | slice) -> Second | list[Second]:
        if isinstance(index, slice):
            return [self._decode(number) for number in range(len(self._lines))[index]]
        return self._decode(range(len(self._lines))[index])

    def __iter__(self) -> Iterator[Second]:
        return map(self._decode, range(len(self._lines)))

    def _decode(self, number: int) -> Second:
        try:
            return SECOND.decode(self._lines[number])
        except UNREADABLE as error:
            raise _damaged(self._path, number, error) from error


class Run:
    """A run directory as read: complete, killed half-way, or still being written."""

    def __init__(self, directory: Path, run: dict[str, Any], seconds: Seconds) -> None:
        self.directory = directory
        self.run = run
        self.seconds = seconds
        self.ended = read_whole(directory / "ended.json", Ended)
        self.audit = read_whole(directory / "audit.json", Audited)

    @property
    def partial(self) -> bool:
        """Whether the run was cut off before it could say that it had ended."""
        return self.ended is None

    @cached_property
    def journal(self) -> list[dict[str, Any]]:
        """What the buyers believe, in the order in which the master heard of it."""
        path = self.directory / "journal.jsonl"
        return [_decoded(path, number, line) for number, line in enumerate(_whole_lines(path, OBJECT))]

    @property
    def events(self) -> list[Event]:
        return [event for second in self.seconds for event in second.events]


class _Sketch(msgspec.Struct):
    """Enough of a second to know that its line is sound JSON, at a quarter of the cost."""

    second: int


SKETCH = msgspec.json.Decoder(_Sketch)


def read_run(directory: Path) -> Run:
    """Read a run directory; a torn last line is left out.

    Raises RunRecordError if it is not a run directory or if a line before the last is damaged.
    """
    run = read_whole(directory / "run.json", Meant)
    if run is None:
        latest = directory / "latest"
        hint = f"; did you mean {latest}?" if (latest / "run.json").is_file() else ""
        raise RunRecordError(f"{directory} is not a run directory: it has no run.json{hint}")
    path = directory / "seconds.jsonl"
    lines = _whole_lines(path, SECOND)
    for number, line in enumerate(lines):
        try:
            SKETCH.decode(line)
        except UNREADABLE as error:
            raise _damaged(path, number, error) from error
    return Run(directory, run, Seconds(path, lines))


def _whole_lines(path: Path, decoder: msgspec.json.Decoder[Any]) -> list[bytes]:
    """The lines of a file, without the last if the writer was killed while writing it."""
    try:
        with path.open("rb") as file:
            lines = file.readlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunRecordError(f"cannot read {path}: {error.strerror}") from error
    if lines:
        try:
            decoder.decode(lines[-1])
        except UNREADABLE:
            lines.pop()
    return lines


def _decoded(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        return OBJECT.decode(line)
    except UNREADABLE as error:
        raise _damaged(path, number, error) from error


def _damaged(path: Path, number: int, error: Exception) -> RunRecordError:
    return RunRecordError(f"{path} is damaged in line {number + 1}: {error}")
