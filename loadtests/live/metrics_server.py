"""A run's /metrics on a port of its own: for Prometheus where nobody looks at pages, as in CI and in containers.

It can be read and nothing else: no page, no Start, no Stop. So it may be shown to another machine, which pages may not.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import gevent
from gevent import pywsgi
from gevent.pool import Pool

from loadtests.judgement.judging import ThresholdResult
from loadtests.live.guard import Guard
from loadtests.live.load_metrics import LoadMetrics
from loadtests.live.server import LOOPBACK, PortTaken
from loadtests.record.second import Second

logger = logging.getLogger(__name__)

CONNECTIONS_MAX = 16
LAST_SCRAPE_S = 2.5
"""How long the end of a run waits for a Prometheus that has scraped it before to fetch its last second."""
REGULAR_S = 5.0
"""Whoever has not come for so long is not waited for."""


class MetricsServer:
    """Serves from `open` to `close`. Raises PortTaken."""

    def __init__(self, metrics: LoadMetrics, host: str = LOOPBACK, port: int = 0) -> None:
        self._metrics = metrics
        self._scraped_at = float("-inf")
        self._told_at = float("-inf")
        listener = _listen(host, port)
        self.url = f"http://{host}:{listener.getsockname()[1]}/metrics"
        answer = Guard(self._answer) if host == LOOPBACK else self._answer
        self._server = pywsgi.WSGIServer(listener, answer, log=None, error_log=logger, spawn=Pool(CONNECTIONS_MAX))

    def open(self) -> None:
        self._server.start()

    def second(self, second: Second, results: Sequence[ThresholdResult]) -> None:
        """A second of the run is over."""
        self._metrics.add(second, results)
        self._told_at = time.monotonic()

    def close(self) -> None:
        """End; who has scraped regularly gets the last second first."""
        ends_at = time.monotonic() + LAST_SCRAPE_S
        while self._is_missed() and time.monotonic() < ends_at:
            gevent.sleep(0.05)
        self._server.stop(timeout=0.5)

    def _is_missed(self) -> bool:
        return self._scraped_at <= self._told_at and time.monotonic() - self._scraped_at < REGULAR_S

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != "/metrics" or environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"There is /metrics here, and nothing else.\n"]
        body, content_type = self._metrics.exposition(environ.get("HTTP_ACCEPT", ""))
        self._scraped_at = time.monotonic()
        start_response("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
        return [body]


def _listen(host: str, port: int) -> socket.socket:
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise PortTaken(
            f"cannot show metrics on {host} port {port}: {error.strerror}; choose another --metrics-port or -host"
        ) from error
    listener.setblocking(False)
    return listener
