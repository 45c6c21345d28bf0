"""The READMEs stay true: every command they show runs, every file they link to is there."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted(p for p in ROOT.rglob("README.md") if not {".venv", ".pytest_cache", "runs"} & set(p.parts))
BLOCKS = [
    pytest.param(block, id=f"{page.parent.name}-{number}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL))
]
LEAVE = 'trap \'for job in $(jobs -p); do kill "$job" && wait "$job"; done 2>/dev/null || true\' EXIT\n'


def runnable(block: str, port: int) -> str:
    """The block as a script, pasted whole: make's targets are looked up, a server's port is a free one."""
    lines = []
    for line in block.splitlines():
        shown = line.replace("8080", str(port))
        if shown.startswith("make "):
            shown = f"make --dry-run -C {ROOT} {shown.removeprefix('make ')}"
        lines.append(shown)
    return "set -euo pipefail\n" + LEAVE + "\n".join(lines)


@pytest.mark.calm
@pytest.mark.parametrize("block", BLOCKS)
def test_every_command_shown_runs(block: str, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", runnable(block, port)],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    assert not [link for link in links if "://" not in link and not (page.parent / link).exists()]


def test_there_is_something_to_check() -> None:
    assert len(BLOCKS) >= 3
