"""Locust's own web UI over our run: its Start and Stop are the run's, its figures the gate's, with two tabs more."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, jsonify, request
from locust import argument_parser
from locust.env import Environment
from locust.runners import MasterRunner
from locust.web import WebUI

Plain = dict[str, Any]
Answer = tuple[bool, str]
"""Whether it was done, and a sentence for whoever asked."""

PHASE_COLUMNS = {
    "phase": "Phase",
    "offered": "Offered",
    "completed": "Completed",
    "failed": "Failed",
    "dropped": "Dropped",
    "unfinished": "Unfinished",
    "requests": "Requests",
    "failed_requests": "Failed requests",
    "p50": "Response p50 (ms)",
    "p95": "Response p95 (ms)",
    "p99": "Response p99 (ms)",
}
THRESHOLD_COLUMNS = {
    "threshold": "Threshold",
    "expression": "Must hold",
    "observed": "Observed",
    "margin": "To spare",
    "samples": "Samples",
    "result": "Result",
}
TABLES = {"phases": ("Phases", PHASE_COLUMNS), "thresholds": ("Thresholds", THRESHOLD_COLUMNS)}

LINKS = (
    '<link rel="stylesheet" href="live/locust_bar.css"><nav class="zerohour" aria-label="Zerohour">'
    '<a href="control-room">Control room</a><a href="big-screen">Big screen</a></nav>'
)

Rows = Mapping[str, list[Plain]]


class RunUI(WebUI):
    """Locust's UI of one run. Bound and served by us, so that it may share its port with our pages.

    `start` and `stop` ask the run; `rows` gives what stands in our two tabs now.
    """

    def __init__(
        self,
        environment: Environment,
        start: Callable[[], Answer],
        stop: Callable[[], Answer],
        rows: Callable[[], Rows],
    ) -> None:
        # It would read our own command line as if it were Locust's, and leave with a usage message.
        argument_parser.ui_extra_args_dict = lambda args=None: {}
        super().__init__(environment, "127.0.0.1", 0, delayed_start=True)
        app = self.app
        assert app is not None
        app.debug = False
        self._start, self._stop, self._rows = start, stop, rows
        app.before_request(self._decide)
        app.after_request(self._add)

    def update_template_args(self) -> None:
        """What the page starts from: our tabs, and a form that asks for nothing, since the profile decides it all."""
        super().update_template_args()
        self.template_args |= {
            "hide_common_options": True,
            "extended_tabs": [{"key": key, "title": title} for key, (title, _) in TABLES.items()],
            "extended_tables": [
                {"key": key, "structure": [{"key": name, "title": says} for name, says in columns.items()]}
                for key, (_, columns) in TABLES.items()
            ],
        }

    def _decide(self) -> Response | None:
        """Whatever Locust would change of a run is ours to do, or refused with a sentence."""
        match request.method, request.path:
            case "POST", "/swarm":
                host = request.form.get("host", "").rstrip("/")
                if host and host != self.environment.host:
                    return self._answer(False, f"This run goes to {self.environment.host}, and to no other shop.")
                return self._answer(*self._start())
            case "POST", "/stop":
                return self._answer(*self._stop())
            case "POST", "/user":
                return self._answer(False, "The profile says who comes to the shop; edit it and run it again.", 409)
            case "POST" | "GET", "/stats/reset":
                return self._answer(False, "The figures of a run are its record and are not reset.", 409)
            case "GET", "/tasks":
                return self._shares()
        return None

    def _shares(self) -> Response:
        """Who is in the shop, as the workers report it: the master has no User classes whose tasks could be counted."""
        runner = self.environment.runner
        counts = runner.reported_user_classes_count if isinstance(runner, MasterRunner) else {}
        shares = {name: {"ratio": count / sum(counts.values())} for name, count in sorted(counts.items()) if count}
        answer: Response = jsonify({"per_class": shares, "total": shares})
        return answer

    def _answer(self, done: bool, sentence: str, status: int = 200) -> Response:
        answer: Response = jsonify({"success": done, "message": sentence, "host": self.environment.host})
        answer.status_code = status
        return answer

    def _add(self, response: Response) -> Response:
        if response.status_code == 200 and request.path == "/stats/requests":
            report = json.loads(response.get_data())
            report["extended_stats"] = [{"key": key, "data": data} for key, data in self._rows().items()]
            response.set_data(json.dumps(report))
        elif response.status_code == 200 and request.path == "/" and response.mimetype == "text/html":
            response.set_data(response.get_data().replace(b"<body>", b"<body>" + LINKS.encode(), 1))
        return response
