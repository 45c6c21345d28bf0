"""What happens around a run while it is on: Ctrl-C, a terminal that goes away or knows no Unicode, a shop that dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.harness import (
    Outcome,
    finish,
    freeze_profile,
    ping_server,
    run_under_way,
    start_zerohour,
    until,
    zerohour,
)

pytestmark = pytest.mark.system


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_drained_and_judged(tmp_path: Path, sent: signal.Signals) -> None:
    with run_under_way(tmp_path, workers=1) as (process, out):
        process.send_signal(sent)
        run = finish(process, out)
    assert run.code == 0, run.stdout + run.stderr
    assert run.verdict["partial"] is True
    assert 200 <= run.verdict["arrivals"]["offered"] == run.verdict["arrivals"]["completed"] < 1200


def test_a_second_interrupt_ends_at_once_and_the_gate_judges_what_was_recorded(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with ping_server("hang") as host:
        process = start_zerohour("run", freeze_profile(tmp_path), "--host", host, out=out)
        until(lambda: (out / "seconds.jsonl").exists() and (out / "seconds.jsonl").read_bytes().count(b"\n") >= 2)
        process.send_signal(signal.SIGINT)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        run = finish(process, out)
    assert run.code == 130
    assert run.stderr == f"zerohour: interrupted; `zerohour gate {out}` judges what was recorded\n"
    assert zerohour("gate", str(out)).code == 10  # most of its arrivals hung
    assert Outcome(10, "", "", out).verdict["partial"] is True


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_before_the_opening_is_a_sentence(tmp_path: Path, sent: signal.Signals) -> None:
    out = tmp_path / "run"
    with ping_server("prompt") as host:
        process = start_zerohour("run", freeze_profile(tmp_path), "--host", host, out=out)
        until((out / "worker-0.log").exists)
        process.send_signal(sent)
        run = finish(process, out)
    assert run.code == 130
    assert run.stderr == "zerohour: interrupted; no arrival had started\n"


@pytest.mark.parametrize("sign", ["run.json", "harness.log", "worker-0.log", "started_at"])
def test_a_run_killed_before_its_first_second_is_partial_and_fails(tmp_path: Path, sign: str) -> None:
    out = tmp_path / "run"

    def is_there() -> bool:
        return (out / sign).exists() or ((out / "run.json").exists() and sign in (out / "run.json").read_text())

    with ping_server("prompt") as host:
        process = start_zerohour("run", freeze_profile(tmp_path), "--host", host, out=out)
        until(is_there, every_s=0.001)
        process.kill()
        process.wait()
    gate = zerohour("gate", str(out))
    assert gate.code == 10, gate.stderr
    verdict = Outcome(10, "", "", out).verdict
    assert verdict["partial"] is True
    assert {threshold["result"] for threshold in verdict["thresholds"]} == {"NO_DATA"}
    assert "no arrival was recorded" in "".join(verdict["notes"])


def test_a_reader_that_leaves_and_an_encoding_without_our_signs_do_not_end_a_run(tmp_path: Path) -> None:
    profile = freeze_profile(tmp_path, duration="1s")
    with ping_server("prompt") as host:
        process = start_zerohour("run", profile, "--host", host, out=tmp_path / "left")
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
        run = zerohour("run", profile, "--host", host, out=tmp_path / "ascii", env={"PYTHONIOENCODING": "ascii:strict"})
    assert Outcome(0, "", "", tmp_path / "left").verdict["verdict"] == "PASS"
    assert run.code == 0, run.stderr
    assert "3 of 3 thresholds hold" in run.stdout


@contextmanager
def a_shop() -> Iterator[tuple[subprocess.Popen[str], str]]:
    shop = subprocess.Popen(
        [sys.executable, "-m", "mock_platform", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "SHOP_ADMIN_TOKEN": "let-me-see-the-books"},
    )
    try:
        assert shop.stdout is not None
        yield shop, shop.stdout.readline().split()[1]
    finally:
        shop.kill()
        shop.wait()


def test_a_shop_that_dies_fails_the_run_and_is_not_said_to_have_been_restarted(tmp_path: Path) -> None:
    out = tmp_path / "run"
    environment = {"SHOP_ADMIN_TOKEN": ""}
    with a_shop() as (shop, host):
        short = ("--set", "run.drain=2s", "--set", "stages[0].duration=1s", "--set", "stages[1].duration=3s")
        process = start_zerohour("run", "smoke", "--host", host, *short, out=out, env=environment)
        until(lambda: (out / "seconds.jsonl").exists() and (out / "seconds.jsonl").read_bytes().count(b"\n") >= 2)
        shop.kill()
        run = finish(process, out)
    assert run.code == 10, run.stdout
    assert run.verdict["validity"]["valid"] is True
    assert "no administrative token" in run.verdict["audit"]["skipped"]
