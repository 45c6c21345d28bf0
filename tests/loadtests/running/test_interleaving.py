"""Turns of two versions, with commands that only pretend to run."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.running.interleaving import InterleaveError, Interleaving, read_command, turns

PRETEND = """
import pathlib, sys, time
directory = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
directory.mkdir()
(directory / "run.json").write_text("{}")
print("zerohour: the shop is closed", file=sys.stderr)
time.sleep(float(sys.argv[2]))
codes = sys.argv[1].split(",")
made = len(list(directory.parent.glob(directory.name.split("-")[0] + "-*/run.json")))
sys.exit(int(codes[min(made, len(codes)) - 1]))
"""


@pytest.fixture
def heeding_interrupts() -> Iterator[None]:
    """Whoever starts the tests in the background has them ignore Ctrl-C, and what ignores it is left to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pretend(tmp_path: Path, codes: str, seconds: float = 0.0) -> list[str]:
    script = tmp_path / "pretend.py"
    script.write_text(PRETEND)
    return [sys.executable, str(script), codes, str(seconds)]


def interleaving(tmp_path: Path, base: str, candidate: str = "0", runs: int = 2, seconds: float = 0.0) -> Interleaving:
    (tmp_path / "out").mkdir()
    lines: list[str] = []
    commands = {"base": pretend(tmp_path, base, seconds), "candidate": pretend(tmp_path, candidate, seconds)}
    return Interleaving(commands, runs, tmp_path / "out", lines.append)


def names(made: dict[str, list[Path]]) -> dict[str, list[str]]:
    return {side: [path.name for path in paths] for side, paths in made.items()}


def test_turns_change_over_so_that_drift_hurts_both_alike() -> None:
    order = list(turns(4))
    assert [side[0] for side, _ in order] == list("bccbbccb")
    for side in ("base", "candidate"):
        assert [number for whose, number in order if whose == side] == [1, 2, 3, 4]


@pytest.mark.parametrize("runs", [2, 4, 6])
def test_a_machine_that_slows_down_steadily_slows_both_sides_alike(runs: int) -> None:
    sides = {"base": 0, "candidate": 0}
    for instant, (side, _) in enumerate(turns(runs)):
        sides[side] += instant
    assert sides["base"] == sides["candidate"]


def test_our_own_command_is_found_wherever_it_is_installed() -> None:
    assert read_command("zerohour rehearse 'my smoke' --shop a=b") == [
        sys.executable, "-m", "loadtests", "rehearse", "my smoke", "--shop", "a=b",
    ]  # fmt: skip
    assert read_command("../old/.venv/bin/zerohour rehearse smoke")[0] == "../old/.venv/bin/zerohour"


@pytest.mark.parametrize("text", ["", "  ", "zerohour 'rehearse"])
def test_what_is_no_command_is_refused(text: str) -> None:
    with pytest.raises(InterleaveError) as refused:
        read_command(text)
    assert refused.value.exit_code == 2


def test_each_run_has_a_directory_and_failed_thresholds_do_not_stop_the_rest(tmp_path: Path) -> None:
    assert names(interleaving(tmp_path, "10", "0").run()) == {
        "base": ["base-1", "base-2"],
        "candidate": ["candidate-1", "candidate-2"],
    }


def test_an_invalid_run_is_made_once_more(tmp_path: Path) -> None:
    assert names(interleaving(tmp_path, "20,0,20,20").run())["base"] == [
        "base-1", "base-1-again", "base-2", "base-2-again",
    ]  # fmt: skip


def test_a_broken_run_ends_the_turns(tmp_path: Path) -> None:
    assert names(interleaving(tmp_path, "0", "12").run()) == {"base": ["base-1"], "candidate": ["candidate-1"]}


@pytest.mark.parametrize(("code", "ours"), [(1, 1), (2, 2), (77, 1)])
def test_a_run_that_could_not_be_made_ends_everything_with_its_last_words(tmp_path: Path, code: int, ours: int) -> None:
    with pytest.raises(InterleaveError, match=r"base-1 could not be run .*: the shop is closed") as refused:
        interleaving(tmp_path, str(code)).run()
    assert refused.value.exit_code == ours


def test_a_command_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    nowhere = Interleaving(
        {"base": ["/nowhere/zerohour"], "candidate": ["/nowhere/zerohour"]}, 1, tmp_path / "out", print
    )
    with pytest.raises(InterleaveError, match="cannot run /nowhere/zerohour"):
        nowhere.run()


@pytest.mark.calm
def test_an_interrupt_reaches_the_run_and_no_other_follows(tmp_path: Path, heeding_interrupts: None) -> None:
    turn = interleaving(tmp_path, "0", seconds=0.0)
    turn.commands["candidate"][-1] = "30"  # type: ignore[index]
    before = signal.getsignal(signal.SIGINT)

    def interrupt() -> None:
        ends_at = time.monotonic() + 20
        while not (tmp_path / "out/candidate-1/run.json").exists() and time.monotonic() < ends_at:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    started_at = time.monotonic()
    thread.start()
    made = turn.run()
    thread.join()
    assert turn.interrupted
    assert time.monotonic() - started_at < 15
    assert names(made) == {"base": ["base-1"], "candidate": ["candidate-1"]}
    assert signal.getsignal(signal.SIGINT) is before
