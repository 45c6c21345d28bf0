"""`python -m mock_platform` as a process: how it starts, what it says, and how it ends."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

ADMIN_TOKEN = "the operators' own token"
SMALL = (
    "--skus",
    "50",
    "--merchants",
    "5",
    "--customers",
    "100",
    "--bank-latency-s",
    "0.01",
    "--sweep-every-s",
    "0.05",
)
READY = re.compile(r"ready (http://127\.0\.0\.1:\d+) boot=(\w+) seeded_s=(\d+\.\d+)")


@dataclass(slots=True)
class Running:
    process: asyncio.subprocess.Process
    url: str
    boot: str

    async def end(self, within_s: float = 10.0) -> tuple[int, str, str]:
        """Exit code and what was written after the ready line."""
        written, logged = await asyncio.wait_for(self.process.communicate(), within_s)
        assert self.process.returncode is not None
        return self.process.returncode, written.decode(), logged.decode()


async def start(*flags: str, stdin: int = asyncio.subprocess.DEVNULL) -> asyncio.subprocess.Process:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SHOP_")}
    environ["SHOP_ADMIN_TOKEN"] = ADMIN_TOKEN
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "mock_platform", *flags)
    return await asyncio.create_subprocess_exec(*command, stdin=stdin, stdout=pipe, stderr=pipe, env=environ)


Launch = Callable[..., Awaitable[Running]]


@pytest.fixture
async def launch() -> AsyncIterator[Launch]:
    started: list[asyncio.subprocess.Process] = []

    async def launched(*flags: str, stdin: int = asyncio.subprocess.DEVNULL) -> Running:
        process = await start("--port", "0", *flags, stdin=stdin)
        started.append(process)
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        ready = READY.fullmatch(line.rstrip("\n"))
        if ready is None:
            raise AssertionError(line + (await process.communicate())[1].decode())
        return Running(process, ready[1], ready[2])

    yield launched
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def session(http: aiohttp.ClientSession, url: str) -> dict[str, str]:
    async with http.post(f"{url}/customers/sessions", json={"customer": "C0000001"}) as answer:
        return {"Authorization": f"Bearer {(await answer.json())['token']}"}


async def hurt(http: aiohttp.ClientSession, url: str, **plan: Any) -> None:
    operator = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    async with http.post(f"{url}/fault-plans", json=plan, headers=operator) as answer:
        assert answer.status == 201


async def hot_line(http: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with http.get(f"{url}/skus/S0000001") as answer:
        return {"sku": "S0000001", "quantity": 1, "unit_price_fen": (await answer.json())["price_fen"]}


async def place(http: aiohttp.ClientSession, url: str, line: dict[str, Any], headers: dict[str, str]) -> Any:
    headers = {**headers, "Idempotency-Key": "test/1"}
    async with http.post(f"{url}/orders", json={"lines": [line]}, headers=headers) as answer:
        return answer.status, answer.headers, await answer.json()


async def test_a_whole_festival_is_ready_in_three_seconds(launch: Launch) -> None:
    started = time.monotonic()
    running = await launch()
    took_s = time.monotonic() - started
    async with aiohttp.ClientSession() as http, http.get(f"{running.url}/readyz") as answer:
        seeded = (await answer.json())["seeded"]
    assert (seeded["customers"], seeded["skus"], seeded["merchants"]) == (20_000, 10_000, 200)
    assert took_s < 6.0  # 1 s on an idle machine; twice the budget because others may be busy on this one


async def test_standard_output_is_one_line_and_the_rest_is_logged(launch: Launch) -> None:
    running = await launch(*SMALL)
    async with aiohttp.ClientSession() as http, http.get(f"{running.url}/healthz") as answer:
        assert (await answer.json())["boot"] == running.boot
    running.process.terminate()
    code, written, logged = await running.end()
    assert (code, written) == (0, "")
    assert "stopping" in logged
    assert ADMIN_TOKEN not in logged


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
async def test_a_request_under_way_is_finished_when_the_shop_is_told_to_stop(launch: Launch, told: int) -> None:
    running = await launch(*SMALL)
    async with aiohttp.ClientSession() as http:
        buyer = await session(http, running.url)
        line = await hot_line(http, running.url)
        await hurt(http, running.url, kind="latency", route="/orders", delay_s=0.5)
        placing = asyncio.create_task(place(http, running.url, line, buyer))
        await asyncio.sleep(0.2)
        running.process.send_signal(told)
        await asyncio.sleep(0.1)
        with pytest.raises(OSError):
            async with aiohttp.ClientSession() as other, other.get(f"{running.url}/healthz"):
                pass
        status, _, order = await placing
    assert (status, order["state"]) == (201, "placed")
    code, _, logged = await running.end()
    assert code == 0
    assert "Traceback" not in logged


async def test_what_does_not_finish_in_time_is_cut_off(launch: Launch) -> None:
    running = await launch(*SMALL, "--shutdown-s", "0.3")
    async with aiohttp.ClientSession() as http:
        await hurt(http, running.url, kind="hang", route="/skus", lasts_s=60)
        hanging = asyncio.create_task(http.get(f"{running.url}/skus").__aenter__())
        await asyncio.sleep(0.2)
        started = time.monotonic()
        running.process.terminate()
        with pytest.raises(aiohttp.ClientError):
            await hanging
        code, _, _ = await running.end()
    assert code == 0
    assert time.monotonic() - started < 3.0


async def test_a_checkout_whose_buyer_hung_up_is_finished_and_found_with_the_same_key(launch: Launch) -> None:
    running = await launch(*SMALL)
    async with aiohttp.ClientSession() as http:
        buyer = await session(http, running.url)
        line = await hot_line(http, running.url)
        await hurt(http, running.url, kind="latency", route="/orders", delay_s=0.2, lasts_s=0.4)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await place(http, running.url, line, buyer)
        await asyncio.sleep(0.4)
        status, headers, _ = await place(http, running.url, line, buyer)
    assert (status, headers.get("Idempotency-Replayed")) == (201, "true")


async def test_a_shop_does_not_outlive_the_parent_that_started_it(launch: Launch) -> None:
    running = await launch(*SMALL, "--exit-with-parent", stdin=asyncio.subprocess.PIPE)
    assert running.process.stdin is not None
    running.process.stdin.close()
    code, _, logged = await running.end()
    assert code == 0
    assert "Traceback" not in logged


async def test_what_is_not_http_is_answered_and_not_quoted_into_the_log(launch: Launch) -> None:
    running = await launch(*SMALL)
    port = int(running.url.rsplit(":", 1)[1])
    gzip = b"POST /customers/sessions HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nphone"
    for raw in (b"GET /skus HTTP/1.1\r\nHost: x\r\nContent-Length: phone\r\n\r\n", b"phone\r\n\r\n", gzip):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(raw)
        assert (await asyncio.wait_for(reader.read(100), 5)).split()[1] == b"400"
        writer.close()
    running.process.terminate()
    code, _, logged = await running.end()
    assert code == 0
    assert "phone" not in logged
    assert "Traceback" not in logged


async def test_a_busy_port_is_one_sentence_and_code_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = await start(*SMALL, "--port", str(port))
        written, logged = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, written) == (1, b"")
    assert logged.decode() == f"Cannot listen on 127.0.0.1 port {port}: Address already in use.\n"


async def test_wrong_flags_are_sentences_and_code_two() -> None:
    process = await start("--prot", "1", "--hold-s", "1")
    written, logged = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, written) == (2, b"")
    assert len(logged.decode().splitlines()) == 2
    assert "did you mean --port?" in logged.decode()


@pytest.mark.parametrize(("flag", "what"), [("--log-file", "log lines"), ("--access-log-file", "the access log")])
async def test_a_log_that_cannot_be_written_is_a_sentence_and_code_two(flag: str, what: str) -> None:
    process = await start(*SMALL, flag, "/nowhere/at/all")
    written, logged = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, written) == (2, b"")
    assert logged.decode() == f"Cannot write {what} to /nowhere/at/all: No such file or directory.\n"


async def test_help_is_no_error() -> None:
    process = await start("--help")
    written, logged = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, logged) == (0, b"")
    assert b"--request-timeout-s" in written
