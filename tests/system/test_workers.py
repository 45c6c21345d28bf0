"""Many workers: offered is exact for every number of them, and one that dies, hangs or comes late is no secret."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.harness import (
    Outcome,
    children_of,
    finish,
    freeze_profile,
    ping_server,
    run_under_way,
    start_zerohour,
    until,
    zerohour,
)

pytestmark = pytest.mark.system


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_offered_is_exact_for_every_number_of_workers(tmp_path: Path, workers: int) -> None:
    with ping_server("prompt") as host:
        profile = freeze_profile(tmp_path, duration="3s")
        run = zerohour("run", profile, "--host", host, "--workers", str(workers), out=tmp_path / "run")
    assert run.code == 0, run.stdout + run.stderr
    arrivals = run.verdict["arrivals"]
    assert (arrivals["offered"], arrivals["completed"]) == (300, 300)


@pytest.mark.parametrize(("workers", "sent"), [(2, signal.SIGKILL), (4, signal.SIGKILL), (2, signal.SIGSTOP)])
def test_a_worker_that_dies_or_hangs_makes_the_run_invalid(tmp_path: Path, workers: int, sent: signal.Signals) -> None:
    with run_under_way(tmp_path, workers) as (process, out):
        os.kill(children_of(process)[0], sent)
        run = finish(process, out)
    verdict = run.verdict
    assert run.code == 20, run.stdout
    assert verdict["verdict"] == "INVALID"
    lost = [reason for reason in verdict["validity"]["reasons"] if "worker" in reason["message"]]
    assert "worker 0" in lost[0]["message"]
    arrivals = verdict["arrivals"]
    assert arrivals["offered"] == 1200
    assert arrivals["completed"] + arrivals["failed"] + arrivals["dropped"] + arrivals["unfinished"] == 1200
    assert arrivals["dropped"] + arrivals["unfinished"] > 1200 / workers / 4


def test_a_harness_that_is_killed_can_still_be_judged_and_leaves_nothing_running(tmp_path: Path) -> None:
    with run_under_way(tmp_path, 2) as (process, out):
        children = children_of(process)
        process.kill()
        process.wait()
        until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), 10)
    with (out / "seconds.jsonl").open("ab") as torn:
        torn.write(b'{"second": 99, "arri')
    judged = zerohour("gate", str(out))
    assert judged.code in (0, 10, 20)
    verdict = Outcome(judged.code, "", "", out).verdict
    assert verdict["partial"] is True
    arrivals = verdict["arrivals"]
    assert 200 <= arrivals["offered"] < 1200
    accounted = arrivals["completed"] + arrivals["failed"] + arrivals["dropped"] + arrivals["unfinished"]
    assert arrivals["offered"] == accounted


def test_a_harness_that_is_killed_while_its_workers_start_leaves_nothing_running(tmp_path: Path) -> None:
    with ping_server("prompt") as host:
        process = start_zerohour("run", freeze_profile(tmp_path), "--host", host, out=tmp_path / "run")
        until(lambda: bool(children_of(process)))
        children = children_of(process)
        process.kill()
        process.communicate()
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), 10)


def test_workers_of_other_machines_are_waited_for_and_surplus_ones_sent_home(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    profile = freeze_profile(tmp_path, duration="4s")
    command = [sys.executable, "-m", "loadtests", "worker", "--master-port", port]
    command += ["--locustfile", str(tmp_path / "pinger.py")]
    out = tmp_path / "run"
    with ping_server("prompt") as host:
        master = start_zerohour(
            "run", profile, "--host", host, "--master", "--expect-workers", "2", "--bind-port", port, out=out
        )
        crew = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
        try:
            run = finish(master, out)
            endings = [worker.communicate(timeout=30)[1] for worker in crew]
        finally:
            for process in (master, *crew):
                process.kill()
                process.wait()
    assert run.code == 0, run.stdout + run.stderr
    assert run.verdict["arrivals"]["completed"] == 400
    assert sum("not needed" in ending for ending in endings) == 1


def test_a_worker_with_another_locustfile_is_refused(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    profile = freeze_profile(tmp_path, duration="4s")
    with ping_server("prompt") as host:
        master = start_zerohour(
            "run",
            profile,
            "--host",
            host,
            "--master",
            "--expect-workers",
            "1",
            "--bind-port",
            port,
            out=tmp_path / "run",
        )
        stranger = subprocess.Popen(
            [sys.executable, "-m", "loadtests", "worker", "--master-port", port], stderr=subprocess.DEVNULL
        )
        try:
            _, stderr = master.communicate(timeout=60)
        finally:
            for process in (master, stranger):
                process.kill()
                process.wait()
    assert master.returncode in (1, 2)
    assert "the same --locustfile" in stderr
