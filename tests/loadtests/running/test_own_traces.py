"""What the harness wrote is looked through whole: each letter in some piece, each piece small enough."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.running import own_traces
from loadtests.running.own_traces import INVARIANT, NAMED, PIECE_BYTES, fitting, look_through, pieces
from loadtests.shop.target import Target

SECRET = "王小明 13812341234"


class Shop(Target):
    """Finds the secret as the shop would; the HTTP between is the platform's own test's business."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1", "token")
        self.longest = self.asked = 0

    def admin(self, method: str, path: str, body: Any = None, timeout_s: float | None = None) -> Any:
        assert (method, path, set(body)) == ("POST", "/scans", {"text"})
        self.asked += 1
        self.longest = max(self.longest, len(json.dumps(body)))
        lines = enumerate(body["text"].split("\n"), start=1)
        found = [{"line": number, "kind": "name", "masked": "王**"} for number, line in lines if SECRET in line]
        return {"values": 3, "found": found}


@given(st.integers(0, 90_000), st.sampled_from(["x", "王", '"', "\n", "\\", "\x00"]))
def test_wherever_it_stands_it_is_whole_in_a_piece_that_fits(before: int, filling: str) -> None:
    text = filling * before + SECRET + filling * (90_000 - before)
    found = [(begins, piece) for begins, piece in fitting(text) if SECRET in piece]
    assert found and all(begins + piece.index(SECRET) == before for begins, piece in found)
    assert all(len(json.dumps(piece)) <= PIECE_BYTES for _, piece in fitting(text))


@pytest.mark.parametrize("line", [1, 2, 700, 12_345, 20_000])
def test_the_line_is_the_files_own(tmp_path: Path, line: int) -> None:
    lines = ['{"at": 1, "buyer": "C0000001"}'] * 20_000
    lines[line - 1] += f'"{SECRET}"'
    (tmp_path / "journal.jsonl").write_text("\n".join(lines))
    shop = Shop()
    looked = look_through(shop, tmp_path)
    assert looked.lines == 19_999
    assert looked.found == ((f"journal.jsonl line {line}", "name", "王**"),)
    assert shop.longest < 65_536 and shop.asked > 10
    (violation,) = looked.violations()
    assert violation["invariant"] == INVARIANT
    assert (
        violation["message"]
        == f"journal.jsonl line {line} of the run directory shows a customer's name in the clear: 王**."
    )


@pytest.mark.parametrize("at", [*range(own_traces.PIECE_LETTERS - 30, own_traces.PIECE_LETTERS + 5)])
def test_nothing_hides_across_a_cut(tmp_path: Path, at: int) -> None:
    path = tmp_path / "harness.log"
    path.write_text("." * at + SECRET + "." * 100)
    assert any(SECRET in piece for _, piece in pieces(path))


@pytest.mark.parametrize("name", ["run.json", "journal.jsonl", "seconds.jsonl", "harness.log", "worker-3.log"])
def test_every_file_of_the_harness_is_looked_at(tmp_path: Path, name: str) -> None:
    (tmp_path / "platform.log").write_text(f"the shop looks at that itself: {SECRET}\n")
    (tmp_path / name).write_bytes(b"\xff\n" + SECRET.encode() + b"\n")
    looked = look_through(Shop(), tmp_path)
    assert [place for place, _, _ in looked.found] == [f"{name} line 2"]
    assert looked.lines == 2


def test_of_many_the_first_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    (tmp_path / "harness.log").write_text(f"{SECRET}\n" * (NAMED + 5))
    violations = look_through(Shop(), tmp_path).violations()
    assert len(violations) == NAMED + 1
    assert violations[-1]["message"] == "5 more violations like these."


def test_a_shop_that_cannot_look_is_no_clean_bill(tmp_path: Path) -> None:
    """What else the audit found stands all the same."""
    (tmp_path / "harness.log").write_text("fine\n")
    (violation,) = look_through(Target("http://127.0.0.1:9", "token", timeout_s=1.0), tmp_path).violations()
    assert violation["invariant"] == INVARIANT
    assert violation["message"].startswith("The shop could not look through the run directory: POST http://127.0.0.1:9")
