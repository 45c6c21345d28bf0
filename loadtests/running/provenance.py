"""What run.json says of a run before anything is started: everything needed to judge it later, or to repeat it."""

from __future__ import annotations

import datetime
import os
import platform
import secrets
import subprocess
from importlib.metadata import version
from typing import Any

from loadtests.plan.profile import Profile

PACKAGES = ("zerohour", "locust", "gevent", "aiohttp", "httptools", "msgspec")


def describe_run(profile: Profile, target: str | None, workers: int) -> dict[str, Any]:
    """The run's id and all that is known of it so far; `target` None: a mock platform that is yet to be started."""
    return {
        "schema": 1,
        "run": f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%S}-{profile.name}-{secrets.token_hex(2)}",
        "profile": profile.to_json(),
        "target": target,
        "seed": profile.seed,
        "workers": workers,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "revision": _revision(),
        "machine": {"system": platform.platform(), "processors": os.cpu_count()},
    }


def _revision() -> str | None:
    """The git revision of the working directory, where there is one."""
    try:
        answer = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None
