"""What happens to a command that has hardly begun, or whose reader has left: no traceback, the usual exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.harness import zerohour

pytestmark = pytest.mark.system

INTERRUPTED_WHILE_IT_LOADS = """
import os, signal, sys

class Interrupter:
    def find_spec(self, name, *_):
        if name == MODULE:
            os.kill(os.getpid(), signal.SIGINT)

MODULE = sys.argv.pop(1)
sys.meta_path.insert(0, Interrupter())
from loadtests.__main__ import main
main()
"""


@pytest.mark.parametrize("arguments", ["--help", "profiles show smoke", "serve --help"])
def test_a_reader_that_leaves_early_is_not_missed(arguments: str) -> None:
    command = [sys.executable, "-m", "loadtests", *arguments.split()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_wrong_usage_stays_wrong_usage_when_nobody_reads_why() -> None:
    with subprocess.Popen([sys.executable, "-m", "loadtests", "gate"], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        process.stderr.close()
    assert process.returncode == 2


@pytest.mark.parametrize(
    ("module", "arguments"),
    [("typer", "profiles"), ("locust", "rehearse smoke"), ("gevent.hub", "rehearse smoke"), ("aiohttp", "serve")],
)
def test_an_interrupt_while_a_command_loads_is_a_sentence(module: str, arguments: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", INTERRUPTED_WHILE_IT_LOADS, module, *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "zerohour: interrupted\n")
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_of_a_run_is_named_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"run": "r1"}')
    (tmp_path / "audit.json").write_text('{"checked": 1, "violations": null}')
    run = zerohour("gate", str(tmp_path))
    assert run.code == 1
    assert run.stderr == (
        f"zerohour: {tmp_path / 'audit.json'} is damaged: Expected `array`, got `null` - at `$.violations`\n"
    )
