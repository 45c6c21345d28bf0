"""The addresses of our own pages: /control-room, /big-screen, their files, their events, and /metrics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, Response, abort, request, send_from_directory

from loadtests.live.readers import Readers, TooManyReaders

PAGES = Path(__file__).parents[2] / "dashboards" / "live"
"""HTML, JavaScript and CSS: data to us."""
SERVED = frozenset({".html", ".js", ".css", ".svg", ".txt"})

Exposition = Callable[[str], tuple[bytes, str]]


def page_routes(readers: Readers, exposition: Exposition | None = None) -> Blueprint:
    """`exposition` gives body and content type of /metrics for an Accept header; without it there is no such page."""
    routes = Blueprint("zerohour", __name__)

    def page(name: str) -> Response:
        if Path(name).suffix not in SERVED:
            abort(404)
        # Asked again each time and mostly answered "not modified": after an upgrade no old script meets new frames.
        return send_from_directory(PAGES, name, max_age=0)

    @routes.get("/control-room")
    def control_room() -> Response:
        return page("control_room.html")

    @routes.get("/big-screen")
    def big_screen() -> Response:
        return page("big_screen.html")

    @routes.get("/live/<path:name>")
    def file(name: str) -> Response:
        return page(name)

    @routes.get("/live/events")
    def events() -> Response:
        try:
            stream = readers.read()
        except TooManyReaders:
            return Response("As many pages are open as one run can serve; close one.\n", 503, mimetype="text/plain")
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Response(stream, mimetype="text/event-stream", headers=headers)

    if exposition is not None:

        @routes.get("/metrics")
        def metrics() -> Response:
            body, content_type = exposition(request.headers.get("Accept", ""))
            return Response(body, headers={"Content-Type": content_type})

    return routes
