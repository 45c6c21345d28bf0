"""A client whose reports are kept, and servers to send it to."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from locust.event import EventHook

from loadtests.http.client import Client

Reports = list[dict[str, Any]]


@dataclass
class Desk:
    """Makes clients and keeps what they report, as Locust's listeners would see it."""

    reports: Reports = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)

    def client(self, base_url: str, **options: Any) -> Client:
        event = EventHook()
        event.add_listener(lambda **report: self.reports.append(report))
        client = Client(base_url, request_event=event, **{"timeout_s": 5.0, **options})
        self.clients.append(client)
        return client

    @property
    def outcomes(self) -> list[str]:
        return [report["outcome"] for report in self.reports]


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    for client in desk.clients:
        client.close()


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    ends_at = time.monotonic() + 10
    while time.monotonic() < ends_at and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    pytest.fail(f"no server came up on port {port}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def running() -> Iterator[Callable[[list[str], int], None]]:
    """Starts servers as processes of their own and ends them with the session."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(command: list[str], port: int) -> None:
        processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        wait_for_port(port, processes[-1])

    yield start
    for process in processes:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="session")
def aiohttp_url(running: Callable[[list[str], int], None]) -> str:
    port = free_port()
    running([sys.executable, str(Path(__file__).parent / "aiohttp_server.py"), str(port)], port)
    return f"http://127.0.0.1:{port}"


NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; default_type application/json;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  gzip on; gzip_types application/json; gzip_min_length 100;
  server {{
    listen 127.0.0.1:{port}; keepalive_timeout 1s; keepalive_requests 5;
    location = /small {{ return 200 '{{"small":true}}'; }}
    location = /large {{ return 200 '{{"large":"{large}"}}'; }}
    location = /moved {{ return 301 /small; }}
    location = /empty {{ return 204; }}
    location = /upload {{ client_max_body_size 1k; proxy_pass http://127.0.0.1:1; }}
  }}
}}
"""


@pytest.fixture(scope="session")
def nginx_url(running: Callable[[list[str], int], None], tmp_path_factory: pytest.TempPathFactory) -> str:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        missing = "nginx is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("nginx")
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port, large="x" * 2000))
    running([program, "-c", str(configuration), "-e", str(folder / "error.log"), "-p", str(folder)], port)
    return f"http://127.0.0.1:{port}"
