"""Writes a rehearsal of a shop of your own into a directory: all files or none, and never over one that is there."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
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
    """A file as it is written; only requirements.txt names the version."""
    text = resources.files("loadtests.starter").joinpath(source).read_text("utf-8")
    return text.replace("{version}", version) if source == "requirements.txt" else text
