"""What `zerohour init` writes: all or nothing, sound in itself, and with every guard on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from loadtests.plan.profile_reader import read_profile
from loadtests.starter import starter
from loadtests.starter.starter import FILES, StarterError, write_starter


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_starter(tmp_path, "0.1.0")
    return tmp_path


def test_every_file_is_written_and_told_the_profile_first(tmp_path: Path) -> None:
    paths = write_starter(tmp_path / "new" / "shop", "0.1.0")
    assert [str(path.relative_to(tmp_path / "new" / "shop")) for path in paths] == list(FILES)
    assert all(path.stat().st_size for path in paths)
    assert paths[0].suffix == ".toml"


@pytest.mark.parametrize("name", FILES)
def test_no_file_that_is_there_is_overwritten_and_then_none_is_written(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(StarterError, match=f"already has {name}"):
        write_starter(tmp_path, "0.1.0")
    assert [p.read_text() for p in tmp_path.rglob("*") if p.is_file()] == ["mine"]


def test_a_link_that_leads_nowhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "audit.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(StarterError, match=r"already has audit\.py"):
        write_starter(tmp_path / "shop", "0.1.0")
    assert not (tmp_path / "elsewhere.py").exists()


def test_a_file_is_no_directory_to_write_into(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StarterError, match="is no directory"):
        write_starter(tmp_path / "file", "0.1.0")


def test_where_nothing_can_be_written_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / ".github").write_text("in the way of a folder")
    with pytest.raises(StarterError, match="cannot write"):
        write_starter(tmp_path, "0.1.0")
    assert [p.name for p in tmp_path.iterdir()] == [".github"]


def test_the_profile_is_sound_and_every_guard_is_on(written: Path) -> None:
    profile = read_profile(str(written / "our_shop.toml"))
    assert profile.warnings == ()
    assert profile.host == "http://127.0.0.1:8080"
    assert profile.audit == (written / "audit.py").resolve()
    stop_loss = [threshold for threshold in profile.thresholds if threshold.abort_on_fail]
    assert [threshold.metric for threshold in stop_loss] == ["failures"]
    assert "[validity]" in (written / "our_shop.toml").read_text()


@pytest.mark.parametrize(
    ("schema", "file"),
    [("vendor.github-workflows", ".github/workflows/load_test.yml"), ("vendor.gitlab-ci", ".gitlab-ci.yml")],
)
def test_the_workflows_are_what_their_service_reads(schema: str, file: str, written: Path) -> None:
    command = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", schema, written / file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "--allow-target" in (written / file).read_text()


def test_the_python_files_are_clean_by_the_rules_most_people_have(written: Path) -> None:
    rules = ["--isolated", "--select", "E,F,W,I,B,UP", "--line-length", "120"]
    for check in (["check", *rules], ["format", "--diff", "--isolated", "--line-length", "120"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "."], cwd=written, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_requirements_name_this_version(written: Path) -> None:
    assert (written / "requirements.txt").read_text().splitlines()[-1] == "zerohour>=0.1.0"
    assert "{" not in (written / "requirements.txt").read_text()


@pytest.mark.parametrize(
    ("noted", "line"),
    [
        (
            '{"url": "https://git.example/zerohour.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b"}}',
            "zerohour @ git+https://git.example/zerohour.git@0a1b",
        ),
        ('{"url": "file:///somewhere", "dir_info": {"editable": true}}', "zerohour>=0.1.0"),
        ("[]", "zerohour>=0.1.0"),
        ("torn", "zerohour>=0.1.0"),
        (None, "zerohour>=0.1.0"),
    ],
)
def test_who_had_it_from_a_repository_requires_it_from_there(
    noted: str | None, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starter, "distribution", lambda name: SimpleNamespace(read_text=lambda file: noted))
    assert starter.requirement("0.1.0") == line


def test_a_run_that_could_not_start_is_the_only_step_that_fails(written: Path, tmp_path: Path) -> None:
    text = (written / ".github/workflows/load_test.yml").read_text()
    (summary,) = [
        step["run"] for step in yaml.safe_load(text)["jobs"]["load-test"]["steps"] if step.get("name") == "Summary"
    ]
    environment = {**os.environ, "GITHUB_STEP_SUMMARY": str(tmp_path / "step.md")}
    for content, shown in ((None, False), ("# PASS", True)):
        if content:
            (tmp_path / "run").mkdir()
            (tmp_path / "run" / "summary.md").write_text(content)
        subprocess.run(["bash", "-e", "-c", summary], cwd=tmp_path, env=environment, check=True)
        assert (tmp_path / "step.md").exists() is shown
