"""What the whole command line says of itself."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest


@pytest.mark.parametrize(
    ("argument", "code", "says"),
    [("--version", 0, f"zerohour {version('zerohour')}\n"), ("--help", 0, "rehearse"), ("--nonsense", 2, "--nonsense")],
)
def test_the_command_says_what_it_is(argument: str, code: int, says: str) -> None:
    asked = subprocess.run([sys.executable, "-m", "loadtests", argument], capture_output=True, text=True, check=False)
    assert asked.returncode == code
    assert says in asked.stdout + asked.stderr
