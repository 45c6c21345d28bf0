"""A run with somebody watching: the real command with its pages on, and a real Chromium that looks at them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.system.harness import until

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage", "--no-first-run",
]  # fmt: skip
SCREENSHOTS = Path(__file__).parents[2] / "runs" / "screenshots"
"""Kept for people to look at; git knows nothing of them."""
FIRST_WORDS_S = 30


@contextmanager
def open_browser() -> Iterator[Any]:
    path = shutil.which("chromium")
    if path is None:
        missing = "chromium is not installed (apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Watched:
    """A run under way; `said` grows as it prints."""

    process: subprocess.Popen[str]
    out: Path
    said: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.said)

    @property
    def url(self) -> str:
        found = re.search(r"control room\s+(http://127\.0\.0\.1:\d+)/control-room", self.text)
        return found[1] if found else ""

    def says(self, words: str, seconds: float = FIRST_WORDS_S) -> None:
        def said() -> bool:
            assert self.process.poll() is None or words in self.text, self.text
            return words in self.text

        until(said, seconds)


@contextmanager
def watched_run(out: Path, *arguments: str) -> Iterator[Watched]:
    """`zerohour` with its pages on; gives it once they are. Ended if the test did not."""
    process = subprocess.Popen(
        [sys.executable, "-m", "loadtests", *arguments, "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    run = Watched(process, out)

    def listen() -> None:
        assert process.stdout is not None
        run.said.extend(iter(process.stdout.readline, ""))

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        run.says("big screen")
        until(lambda: bool(run.url))
        yield run
    finally:
        process.kill()
        process.wait()
        listener.join(timeout=5)


class Onlooker:
    """Opens pages and remembers what they complained of, and whom they asked but us."""

    def __init__(self, browser: Any, url: str, login: str | None = None) -> None:
        self.browser, self.url = browser, url
        name, _, password = (login or "").partition(":")
        self.login = {"username": name, "password": password} if login else None
        self.complaints: list[str] = []

    def open(self, path: str, size: Sequence[int] = (1280, 800), scheme: str = "light") -> Any:
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, http_credentials=self.login
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)
        page.goto(self.url + path, wait_until="domcontentloaded")
        return page

    def _asked(self, request: Any) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            self.complaints.append(f"asked for {request.url}")

    def keep(self, page: Any, name: str, *, whole: bool = False) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(SCREENSHOTS / f"{name}.png"), full_page=whole)


def figure(page: Any, name: str) -> str:
    """What the control room shows of a figure, without the small print."""
    shown: str = page.locator(f'[data-figure="{name}"] dd').inner_text()
    return shown.splitlines()[0].strip()


def number(text: str) -> float:
    return float(re.sub(r"[^0-9.]", "", text) or 0)
