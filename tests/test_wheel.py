"""The wheel holds everything the program reads at run time: what runs from a checkout runs for whoever installed it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("mock_platform", "loadtests", "dashboards")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel of the working tree, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("zerohour-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def tracked(*folders: str) -> list[str]:
    """The files git knows of."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", *folders]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")[:-1]


def test_every_file_of_the_packages_is_inside(packed: set[str]) -> None:
    files = tracked(*PACKAGES)
    assert any(name.endswith(".csv") for name in files)
    assert [name for name in files if name not in packed] == []


def test_nothing_else_is(packed: set[str]) -> None:
    strangers = [name for name in packed if not name.startswith((*(f"{one}/" for one in PACKAGES), "zerohour-"))]
    assert strangers == []
    assert [name for name in packed if "__pycache__" in name] == []
