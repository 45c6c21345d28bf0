"""Somebody watches a run: Locust's web UI, the control room and the big screen, in a real browser."""

from __future__ import annotations

import json
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loadtests.judgement.wording import quantity
from tests.system.harness import freeze_profile, ping_server, until, zerohour
from tests.system.onlooker import Onlooker, figure, number, open_browser, watched_run

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("watching")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


def post(url: str, body: bytes = b"") -> dict[str, Any]:
    with urllib.request.urlopen(urllib.request.Request(url, body, method="POST")) as answer:
        told: dict[str, Any] = json.load(answer)
        return told


def grows(read: Any) -> None:
    """A figure on a page is above zero, and larger a little later."""
    until(lambda: number(read()) > 0)
    first = number(read())
    until(lambda: number(read()) > first)


def test_a_run_is_started_from_the_page_and_every_page_tells_the_same_p95(browser: Any, tmp_path: Path) -> None:
    profile = freeze_profile(tmp_path, rate=50, duration="4s", drain="2s")
    with (
        ping_server("prompt") as host,
        watched_run(tmp_path / "run", "run", profile, "--host", host, "--wait-for-start", "--stay") as run,
    ):
        onlooker = Onlooker(browser, run.url)
        locust, room, screen = (onlooker.open(path) for path in ("/", "/control-room", "/big-screen"))
        run.says("waits for Start")
        room.get_by_text("waits for Start in Locust").wait_for()
        assert not post(f"{run.url}/stop")["success"]
        elsewhere = post(f"{run.url}/swarm", b"host=http%3A%2F%2Felsewhere.example")
        assert not elsewhere["success"] and host in elsewhere["message"]
        assert not (run.out / "seconds.jsonl").read_bytes()
        locust.reload()
        locust.get_by_role("button", name="Start").click()
        grows(lambda: figure(room, "offered"))
        grows(lambda: screen.locator("#hero").inner_text())
        edited = post(f"{run.url}/swarm", b"user_count=9999&spawn_rate=10")
        assert (edited["success"], "decided before" in edited["message"]) == (False, True)
        run.says("pages stay open")
        verdict = json.loads((run.out / "verdict.json").read_text())
        (row,) = verdict["requests"]
        p95_s = row["response_s"]["p95"]
        room.get_by_text(f"exit code {verdict['exit_code']}").wait_for()
        written = quantity(p95_s, "s")
        assert written in next(line for line in run.text.splitlines() if line.startswith("/ping"))
        assert room.locator('tr[data-operation="/ping"] td').nth(4).inner_text() == written
        assert figure(room, "response p95") == written
        in_ms = f"{p95_s * 1e3:.3f}".rstrip("0").rstrip(".")
        locust.get_by_text("STOPPED").wait_for()
        assert locust.locator("tr", has_text="/ping").locator("td").nth(5).inner_text() == in_ms
        locust.get_by_role("tab", name="Phases").click()
        assert locust.locator("tr", has_text="steady").locator("td").nth(9).inner_text() == in_ms
        locust.get_by_role("tab", name="Thresholds").click()
        assert locust.locator("tr", has_text="p(95) < 5s").locator("td").nth(2).inner_text() == written
        assert figure(room, "completed") == str(verdict["arrivals"]["completed"]) == "200"
        assert verdict["partial"] is False
        onlooker.keep(locust, "locust-thresholds")
        assert not post(f"{run.url}/swarm")["success"]
        assert onlooker.complaints == []
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(timeout=15) == verdict["exit_code"]
        room.get_by_text("its server has left").wait_for()


def test_stop_in_the_page_is_an_orderly_stop_with_balanced_books(browser: Any, tmp_path: Path) -> None:
    profile = freeze_profile(tmp_path, rate=30, duration="60s", drain="2s")
    login = "ops:let me in"
    with (
        ping_server("prompt") as host,
        watched_run(tmp_path / "run", "run", profile, "--host", host, "--web-login", login) as run,
    ):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            post(f"{run.url}/stop")
        onlooker = Onlooker(browser, run.url, login)
        locust, room = onlooker.open("/"), onlooker.open("/control-room")
        grows(lambda: figure(room, "offered"))
        locust.get_by_role("button", name="Stop").click()
        run.says("stopped in the web UI; no arrival starts any more")
        assert onlooker.complaints == []
        code = run.process.wait(timeout=20)
        verdict = json.loads((run.out / "verdict.json").read_text())
        arrivals = verdict["arrivals"]
        kept = sum(arrivals[part] for part in ("completed", "failed", "dropped", "unfinished"))
        assert (code, verdict["partial"]) == (verdict["exit_code"], True)
        assert arrivals["offered"] == kept < 30 * 30
        assert json.loads((run.out / "ended.json").read_text())["interrupted"] is True


def test_a_festival_on_the_wall_at_every_size_by_day_and_by_night(browser: Any, tmp_path: Path) -> None:
    with watched_run(tmp_path / "run", "rehearse", "smoke", "--stay") as run:
        onlooker = Onlooker(browser, run.url)
        room, screen = onlooker.open("/control-room"), onlooker.open("/big-screen")
        until(lambda: number(figure(room, "GMV")) > 0)
        screen.locator("#categories li").first.wait_for()
        screen.locator("#cities li").first.wait_for()
        assert screen.locator("#parcels li").count() == 7
        for page in (room, screen):
            page.locator("#systems li").first.wait_for()
            names = page.locator("#systems h3").all_inner_texts()
            assert names[:3] == ["checkout", "flash sale", "payment"] and len(names) == 11
            until(lambda page=page: number(page.locator("[data-system=checkout] b").inner_text()) >= 0)
        grows(lambda: screen.locator("#hero").inner_text())
        room.locator("#phase", has_text="steady").wait_for()
        for width, height in ((1280, 800), (3840, 2160)):
            for scheme in ("light", "dark"):
                for page, name in ((room, "control-room"), (screen, "big-screen")):
                    page.set_viewport_size({"width": width, "height": height})
                    page.emulate_media(color_scheme=scheme)
                    assert page.evaluate("document.documentElement.scrollWidth") <= width
                    onlooker.keep(page, f"{name}-{width}-{scheme}")
        # For those who cannot see charts: a name and a table each; landmarks; the phase is announced.
        assert room.get_by_role("img").count() == room.locator("figure.chart").count() == 10
        assert "offered" in str(room.get_by_role("img").first.get_attribute("aria-label"))
        room.locator("details summary").first.click()
        until(lambda: room.locator("figure.chart").first.locator("tbody tr").count() > 3)
        assert room.get_by_role("banner").count() == room.get_by_role("main").count() == 1
        assert "Phase " in room.locator("#spoken").inner_text()
        room.locator("#theme").focus()
        room.keyboard.press("Enter")
        assert room.evaluate("document.documentElement.dataset.theme") == "light"
        assert onlooker.complaints == []


@pytest.mark.parametrize("option", [["--wait-for-start"], ["--stay"], ["--web-port", "8090"]])
def test_headless_has_no_pages_to_ask_for(option: list[str], tmp_path: Path) -> None:
    done = zerohour("rehearse", "smoke", *option, out=tmp_path / "run")
    assert (done.code, "no pages with --headless" in done.stderr) == (2, True)


def test_a_port_that_was_asked_for_and_is_taken_is_a_sentence(tmp_path: Path) -> None:
    profile = freeze_profile(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken, ping_server("prompt") as host:
        port = str(taken.getsockname()[1])
        out = ["--out", str(tmp_path / "run")]
        done = zerohour("run", profile, "--host", host, "--web-port", port, *out)
    assert (done.code, f"port {port}" in done.stderr and "--web-port" in done.stderr) == (1, True), done.stderr
