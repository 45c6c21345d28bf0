"""Every wrong input of the command line: one clear sentence, exit 1 or 2, no traceback, nothing left running."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.system.harness import PINGER, freeze_profile, ping_server, zerohour

pytestmark = pytest.mark.system

PROFILE = """
[run]
name = "bad"
locustfile = "pinger.py"
[[stages]]
phase = "steady"
duration = "1s"
rate = 5
"""


def write(folder: Path, text: str) -> str:
    (folder / "pinger.py").write_text(PINGER)
    (folder / "bad.toml").write_text(text)
    return str(folder / "bad.toml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PROFILE.replace('name = "bad"', 'nmae = "bad"'), "nmae"),
        (PROFILE.replace('"1s"', '"1 parsec"'), "parsec"),
        (PROFILE.replace("rate = 5", "rate = -5"), "rate"),
        (PROFILE + "[scenarios]\nPinger = -1\n", "Pinger"),
        (PROFILE + "[scenarios]\nNobody = 1\n", "Nobody"),
        (PROFILE + '[thresholds]\n"response" = ["p(95) < 3 parsecs"]\n', "parsecs"),
        (PROFILE + '[thresholds]\n"response{phase=stedy}" = ["p(95) < 3s"]\n', "stedy"),
        (PROFILE.replace("pinger.py", "nowhere.py"), "nowhere.py"),
        ("this is not TOML [", "bad.toml"),
    ],
    ids=["key", "unit", "rate", "weight", "unknown class", "threshold unit", "phase", "locustfile", "toml"],
)
def test_a_wrong_profile_is_refused_with_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    with ping_server("prompt") as host:
        run = zerohour("run", write(tmp_path, text), "--host", host, out=tmp_path / "run")
    assert run.code == 2, run.stderr
    assert says in run.stderr
    assert run.stderr.startswith("zerohour: ")


def test_all_mistakes_of_a_profile_are_told_at_once(tmp_path: Path) -> None:
    text = PROFILE.replace('name = "bad"', 'nmae = "bad"').replace('"1s"', '"1 parsec"') + "[scenarios]\nPinger = -1\n"
    run = zerohour("run", write(tmp_path, text), "--host", "http://127.0.0.1:9", out=tmp_path / "run")
    assert run.code == 2
    assert all(word in run.stderr for word in ("nmae", "parsec", "Pinger"))


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["rehearse", "nosuchprofile"], 2, "nosuchprofile"),
        (["rehearse", "--nosuchflag"], 2, "nosuchflag"),
        (["rehearse", "smoke", "--workers", "0"], 2, "workers"),
        (["rehearse", "smoke", "--set", "run.nosuch=1"], 2, "nosuch"),
        (["rehearse", "smoke", "--shop", "nosuch=1"], 1, "nosuch"),
        (
            ["rehearse", "smoke", "--set", 'faults=[{phase="steady",lasts="1s",kind="nosuch"}]'],
            1,
            "'nosuch' is not a kind",
        ),
        (["run", "smoke", "--host", "http://shop.example:80"], 2, "--allow-target shop.example"),
        (["run", "smoke", "--host", "nonsense"], 2, "nonsense"),
        (["run", "smoke", "--host", "http://127.0.0.1:9"], 1, "nothing listens"),
        (["gate", "nowhere"], 1, "nowhere"),
        (["audit", "--host", "http://127.0.0.1:9", "--admin-token", "x"], 1, "nothing listens"),
        (["audit"], 2, "--admin-token"),
        (["profiles", "show", "nosuchprofile"], 2, "nosuchprofile"),
        (["serve", "--port", "many"], 2, "port"),
        (["worker", "--locustfile", "nowhere.py"], 2, "nowhere.py"),
        (["worker", "--master-host", "nosuch.invalid"], 1, "no machine nosuch.invalid"),
        (["nosuchcommand"], 2, "nosuchcommand"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_command_line_is_refused_with_a_sentence(arguments: list[str], code: int, says: str) -> None:
    environment = {"SHOP_ADMIN_TOKEN": "", "COLUMNS": "200"}
    run = zerohour(*arguments, env=environment)
    assert run.code == code, run.stdout + run.stderr
    assert says in run.stderr


def test_something_that_is_no_shop_is_said_to_be_none() -> None:
    with ping_server("prompt") as host:
        run = zerohour("run", "smoke", "--host", host)
    assert run.code == 1
    assert "is not a shop" in run.stderr


def test_a_busy_port_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        run = zerohour("serve", "--port", port)
    assert run.code == 1
    assert port in run.stderr


def test_a_busy_port_for_workers_is_a_sentence(tmp_path: Path) -> None:
    with ping_server("prompt") as host:
        taken = host.rpartition(":")[2]
        master = ("--master", "--expect-workers", "1", "--bind-port", taken)
        run = zerohour("run", freeze_profile(tmp_path), "--host", host, *master, out=tmp_path / "run")
    assert run.code == 1
    assert f"port {taken}: Address already in use" in run.stderr


def test_planned_faults_and_a_shop_that_cannot_be_hurt_are_a_sentence(tmp_path: Path) -> None:
    with ping_server("prompt") as host:
        fault = 'faults=[{phase="steady",lasts="1s",kind="latency"}]'
        run = zerohour("run", freeze_profile(tmp_path), "--host", host, "--set", fault, out=tmp_path / "run")
    assert run.code == 1
    assert "the profile plans faults" in run.stderr


def test_a_run_that_could_not_start_is_not_the_latest(tmp_path: Path) -> None:
    profile = freeze_profile(tmp_path, duration="1s")
    with ping_server("prompt") as host:
        assert zerohour("run", profile, "--host", host, "--headless", cwd=tmp_path).code == 0
        latest = (tmp_path / "runs" / "latest").resolve()
        assert zerohour("run", "smoke", "--host", host, cwd=tmp_path).code == 1
    assert (tmp_path / "runs" / "latest").resolve() == latest


def test_a_run_directory_that_cannot_be_made_or_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with ping_server("prompt") as host:
        run = zerohour("run", freeze_profile(tmp_path), "--host", host, out=tmp_path / "file" / "run")
        assert run.code == 2
        assert "cannot make the run directory" in run.stderr
        run = zerohour("run", freeze_profile(tmp_path, duration="1s"), "--host", host, out=tmp_path / "run")
    assert run.code == 0
    (tmp_path / "run" / ".verdict.json.draft").mkdir()
    again = zerohour("gate", str(tmp_path / "run"))
    assert again.code == 1
    assert "cannot write" in again.stderr
    assert "PASS" in again.stdout


def test_a_run_directory_that_is_taken_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "run"
    taken.mkdir()
    (taken / "precious.txt").write_text("mine")
    with ping_server("prompt") as host:
        run = zerohour("run", freeze_profile(tmp_path), "--host", host, out=taken)
    assert run.code == 2
    assert "--out" in run.stderr
    assert (taken / "precious.txt").read_text() == "mine"


def test_a_locustfile_that_raises_is_a_sentence(tmp_path: Path) -> None:
    profile = write(tmp_path, PROFILE)
    (tmp_path / "pinger.py").write_text("import nosuchmodule\n")
    with ping_server("prompt") as host:
        run = zerohour("run", profile, "--host", host, out=tmp_path / "run")
    assert run.code == 2
    assert "nosuchmodule" in run.stderr


def test_users_without_tasks_are_refused_by_name(tmp_path: Path) -> None:
    profile = write(tmp_path, PROFILE)
    (tmp_path / "pinger.py").write_text("from locust import User\n\n\nclass Idler(User):\n    pass\n")
    with ping_server("prompt") as host:
        run = zerohour("run", profile, "--host", host, out=tmp_path / "run")
    assert run.code == 2
    assert run.stderr == (
        f"zerohour: the User class Idler of {tmp_path / 'pinger.py'} has no tasks; "
        "give it one with a @task, or no weight\n"
    )
    assert not (tmp_path / "run").exists()


def test_nothing_is_left_running_after_a_refusal(tmp_path: Path) -> None:
    mark = f"mark-{os.getpid()}"
    zerohour("rehearse", "smoke", "--shop", "nosuch=1", out=tmp_path / "run", env={"ZEROHOUR_TEST_MARK": mark})
    listing = subprocess.run(["ps", "eww", "-A"], capture_output=True, text=True, check=True).stdout
    assert f"ZEROHOUR_TEST_MARK={mark}" not in listing
