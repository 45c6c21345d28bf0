"""A shop that always answers the same, faster than any client asks: nginx if there is one, else a uvloop server."""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import uvloop

ANSWERS: dict[str, tuple[int, str]] = {
    "/skus/": (
        200,
        '{"sku":"S0000001","title":"Phone","category":"phones","merchant":"M0001","price_fen":199900,"free":100}',
    ),
    "/skus": (
        200,
        '{"skus":[{"sku":"S0000001","title":"Phone","category":"phones","merchant":"M0001","price_fen":199900},'
        '{"sku":"S0000002","title":"Tea","category":"food","merchant":"M0002","price_fen":9900}],'
        '"page":1,"pages":10,"total":200}',
    ),
    "/carts/": (
        200,
        '{"lines":[{"sku":"S0000001","title":"Phone","quantity":1,"unit_price_fen":199900}],"total_fen":199900}',
    ),
    "/orders": (
        201,
        '{"order":"O1","buyer":"C0000001","state":"placed","payable_fen":199900,"lines":[{"sku":"S0000001",'
        '"quantity":1,"unit_price_fen":199900,"merchant":"M0001"}],"flash_sale":null,"placed_at":1.0,"pay_before":901.0}',
    ),
    "/payments": (202, '{"payment":"P1","order":"O1","amount_fen":199900,"state":"pending","reason":null}'),
}
"""By the beginning of the path; the first that fits answers."""

NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 16384; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 300s; default_type application/json;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; {locations} }}
}}
"""


@contextmanager
def fixed_shop(core: int | None) -> Iterator[tuple[str, str]]:
    """Runs until the block ends; gives its URL and what kind of server it is. `core` is the one it is pinned to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if nginx:
            locations = " ".join(
                f"location {path} {{ return {code} '{body}'; }}" for path, (code, body) in ANSWERS.items()
            )
            configuration = Path(folder) / "nginx.conf"
            configuration.write_text(NGINX.format(folder=folder, port=port, locations=locations))
            command = [nginx, "-c", str(configuration), "-p", folder, "-e", f"{folder}/error.log"]
        else:
            command = [sys.executable, "-m", "tests.benchmarks.fixed_shop", str(port)]
        process = subprocess.Popen(command, preexec_fn=_die_with_parent)
        try:
            if core is not None:
                os.sched_setaffinity(process.pid, {core})
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}", "nginx" if nginx else "uvloop"
        finally:
            process.terminate()
            process.wait(timeout=10)


def _die_with_parent() -> None:
    """A benchmark that is killed leaves no server behind, where the kernel can see to that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    ends_at = time.monotonic() + 10
    while time.monotonic() < ends_at and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the fixed shop did not come up")


class FixedAnswers(asyncio.Protocol):
    """Enough HTTP for clients that send one whole request at a time."""

    def __init__(self) -> None:
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._rest += data
        head, end, body = self._rest.partition(b"\r\n\r\n")
        _, told, length = head.lower().partition(b"content-length:")
        if not end or (told and len(body) < int(length.split(b"\r\n")[0])):
            return
        self._rest = b""
        path = head.split(b" ", 2)[1].decode()
        code, answer = next(given for start, given in ANSWERS.items() if path.startswith(start))
        about = f"Content-Type: application/json\r\nContent-Length: {len(answer)}"
        self._transport.write(f"HTTP/1.1 {code} OK\r\n{about}\r\n\r\n{answer}".encode())


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(FixedAnswers, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
