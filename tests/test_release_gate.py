"""The project's own release gate (`make gate`): which two versions it compares, and what it leaves behind."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STUB = """#!/usr/bin/env python3
import shlex, subprocess, sys
for side in ("--base-command", "--candidate-command"):
    words = shlex.split(sys.argv[sys.argv.index(side) + 1])
    assert words[-4:] == ["-m", "loadtests", "rehearse", "smoke"], words
    subprocess.run([*words[:3], "git", "rev-parse", "HEAD"], check=True)
sys.exit(11)
"""


def git(*arguments: str, cwd: Path) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    return subprocess.run(["git", *who, *arguments], cwd=cwd, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository of one commit with the gate in it; the comparison itself is a stub that says what it was given."""
    repository = tmp_path / "a clone"
    (repository / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "gate", repository / ".ci")
    (repository / ".venv" / "bin").mkdir(parents=True)
    stub = repository / ".venv" / "bin" / "zerohour"
    stub.write_text(STUB)
    stub.chmod(0o755)
    git("init", "--quiet", cwd=repository)
    git("add", ".ci", cwd=repository)
    git("commit", "--quiet", "-m", "first", cwd=repository)
    return repository


def gate(clone: Path, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("BASE", "RUNS", "OUT")}
    return subprocess.run(
        ["bash", ".ci/gate"], cwd=clone, env={**clean, **env}, capture_output=True, text=True, check=False
    )


def test_this_commit_is_held_against_its_parent_and_the_comparisons_exit_code_counts(clone: Path) -> None:
    git("commit", "--quiet", "--allow-empty", "-m", "second", cwd=clone)
    done = gate(clone)
    assert done.returncode == 11, done.stderr
    assert done.stdout.split() == [git("rev-parse", "HEAD^", cwd=clone), git("rev-parse", "HEAD", cwd=clone)]
    assert len(git("worktree", "list", cwd=clone).splitlines()) == 1


def test_another_base_may_be_chosen_and_must_be_there(clone: Path) -> None:
    git("tag", "v1", cwd=clone)
    for subject in ("second", "third"):
        git("commit", "--quiet", "--allow-empty", "-m", subject, cwd=clone)
    assert gate(clone, BASE="v1").stdout.split()[0] == git("rev-parse", "v1", cwd=clone)
    absent = gate(clone, BASE="v2")
    assert (absent.returncode, "there is no v2" in absent.stderr) == (2, True)


def test_the_first_commit_has_nothing_to_be_slower_than(clone: Path) -> None:
    done = gate(clone)
    assert (done.returncode, done.stdout) == (0, "")
    assert "first commit" in done.stderr


def test_a_clone_too_shallow_to_compare_is_no_pass(clone: Path, tmp_path: Path) -> None:
    git("commit", "--quiet", "--allow-empty", "-m", "second", cwd=clone)
    git("clone", "--quiet", "--depth", "1", f"file://{clone}", str(tmp_path / "shallow"), cwd=tmp_path)
    done = gate(tmp_path / "shallow")
    assert (done.returncode, "fetch it" in done.stderr) == (2, True)
