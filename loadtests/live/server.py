"""One server on loopback for a run: Locust's web UI, the control room, the big screen, their events, /metrics.

It shares the master's loop with the conductor: a page costs the run one small frame a second, encoded once for all.
"""

from __future__ import annotations

import errno
import logging
import socket

from flask import Flask
from gevent import pywsgi
from gevent.pool import Pool

from loadtests.live.guard import Guard
from loadtests.live.page_routes import Exposition, page_routes
from loadtests.live.readers import Readers

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
PORT = 8089
"""Locust's own, where people look for it."""
CONNECTIONS_MAX = 256
LEAVE_S = 1.0


class PortTaken(Exception):
    """The port that was asked for is in use; the message is one sentence."""


def bind(port: int | None) -> socket.socket:
    """A listening socket on the port asked for; None: on the usual one, or any other if that is taken.

    Raises PortTaken.
    """
    try:
        return _listen(PORT if port is None else port)
    except OSError as error:
        if port is None and error.errno in (errno.EADDRINUSE, errno.EACCES):
            return _listen(0)
        raise PortTaken(f"cannot show the pages on port {port}: {error.strerror}; choose another --web-port") from error


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


class LiveServer:
    """Serves from `open` to `close`. `app` is Locust's, or a bare one for a run without its UI."""

    def __init__(
        self, listener: socket.socket, readers: Readers, *, app: Flask, exposition: Exposition, login: str | None
    ) -> None:
        app.register_blueprint(page_routes(readers, exposition))
        self.url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        self._server = pywsgi.WSGIServer(
            listener, Guard(app.wsgi_app, login), log=None, error_log=logger, spawn=Pool(CONNECTIONS_MAX)
        )

    def open(self) -> None:
        self._server.start()

    def close(self) -> None:
        """End every connection; readers that are in the middle of an event have a moment to get it."""
        self._server.stop(timeout=LEAVE_S)
