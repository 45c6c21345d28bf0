"""Writes a rehearsal of a shop of your own into a directory: all files or none, and never over one that is there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

FILES: Mapping[str, str] = {
    "our_shop.toml": "our_shop.toml",
    "our_shop.py": "our_shop.py.txt",
    "locustfile.py": "locustfile.py.txt",
    "audit.py": "audit.py.txt",
    "requirements.txt": "requirements.txt",
    ".github/workflows/load_test.yml": "github_workflow.yml",
    ".gitlab-ci.yml": "gitlab_ci.yml",
}
"""What is written, and what of."""
PROFILE = "our_shop.toml"


class StarterError(Exception):
    """Nothing could be written; the message is one sentence."""


def write_starter(directory: Path, version: str) -> list[Path]:
    """Write every file and return their paths, the profile first. Raises StarterError."""
    if directory.exists() and not directory.is_dir():
        raise StarterError(f"{directory} is no directory; choose another")
    if taken := [name for name in FILES if (directory / name).exists() or (directory / name).is_symlink()]:
        raise StarterError(f"{directory} already has {', '.join(taken)}; choose another directory, or move them away")
    written = []
    try:
        for name, source in FILES.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text_of(source, version), encoding="utf-8")
            written.append(path)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise StarterError(f"cannot write {error.filename or directory}: {error.strerror}") from error
    return written


def text_of(source: str, version: str) -> str:
    """A file as it is written; only requirements.txt names the version and where it is from."""
    text = resources.files("loadtests.starter").joinpath(source).read_text("utf-8")
    if source != "requirements.txt":
        return text
    return text.replace("{version}", version).replace("{requirement}", requirement(version))


def requirement(version: str) -> str:
    """The line by which pip finds this very Zerohour again: its repository and commit, if it came from one.

    Pip notes that on installing (PEP 610), without passwords.
    """
    try:
        came_from = json.loads(distribution("zerohour").read_text("direct_url.json") or "{}")
        return f"zerohour @ {came_from['vcs_info']['vcs']}+{came_from['url']}@{came_from['vcs_info']['commit_id']}"
    except (KeyError, TypeError, ValueError, PackageNotFoundError):
        return f"zerohour>={version}"
