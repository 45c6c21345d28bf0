"""What the harness wrote of a run, looked through by the shop, which knows its customers' data when it sees it.

The shop is sent the text in pieces and keeps none of it; what it finds it names masked. Reports and verdict need no
look: they are made of these files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.shop.target import Target, TargetError

INVARIANT = "no_seeded_value_in_the_run_directory"
FILES = ("run.json", "journal.jsonl", "seconds.jsonl", "harness.log", "worker-*.log", "own_audit.log")
PIECE_LETTERS, PIECE_BYTES = 40_000, 60_000
"""The shop takes bodies of 64 KiB; JSON makes six bytes of a Chinese character."""
OVERLAP_LETTERS = 256
"""Of one piece in the next, so that nothing hides across the cut; a whole address takes a tenth of it."""
NAMED = 20
SCAN_S = 60.0


@dataclass(frozen=True, slots=True)
class Looked:
    """`found`: the place, what stands there, and how a mask shows it."""

    lines: int
    found: tuple[tuple[str, str, str], ...]
    trouble: str = ""
    """Why the shop could not look at all of it; that is no clean bill."""

    def violations(self) -> list[dict[str, str]]:
        if self.trouble:
            message = f"The shop could not look through the run directory: {self.trouble}."
            return [{"invariant": INVARIANT, "subject": "the run directory", "message": message}]
        named = [
            {
                "invariant": INVARIANT,
                "subject": place,
                "message": f"{place} of the run directory shows a customer's {kind} in the clear: {masked}.",
            }
            for place, kind, masked in self.found[:NAMED]
        ]
        if (more := len(self.found) - NAMED) > 0:
            named.append({"invariant": INVARIANT, "subject": "more", "message": f"{more} more violations like these."})
        return named


def look_through(target: Target, directory: Path) -> Looked:
    """Every file that the harness wrote while the run was on."""
    found: dict[tuple[str, str, str], None] = {}
    lines = 0
    for path in (path for pattern in FILES for path in sorted(directory.glob(pattern))):
        ends_before, text = 0, ""
        for ends_before, text in pieces(path):
            try:
                answer: dict[str, Any] = target.admin("POST", "/scans", {"text": text}, timeout_s=SCAN_S)
            except TargetError as error:
                return Looked(lines, (), str(error))
            for each in answer["found"]:
                found[f"{path.name} line {ends_before + each['line']}", each["kind"], each["masked"]] = None
        lines += ends_before + text.count("\n")
    return Looked(lines, tuple(found))


def pieces(path: Path) -> Iterator[tuple[int, str]]:
    """The file's text in overlapping pieces that fit into a request, each with how many lines ended before it."""
    kept, ended = "", 0
    with path.open(encoding="utf-8", errors="replace") as file:
        while more := file.read(PIECE_LETTERS):
            text = kept + more
            for begins, piece in fitting(text):
                yield ended + text.count("\n", 0, begins), piece
            kept = text[-OVERLAP_LETTERS:]
            ended += text.count("\n") - kept.count("\n")


def fitting(text: str, begins: int = 0) -> Iterator[tuple[int, str]]:
    """The text, in overlapping halves of halves if need be, so that as JSON none is larger than the shop takes."""
    if len(json.dumps(text)) <= PIECE_BYTES:
        yield begins, text
        return
    middle = len(text) // 2
    yield from fitting(text[: middle + OVERLAP_LETTERS], begins)
    yield from fitting(text[middle:], begins + middle)
