"""A Locust user with our client as `self.client`: what scenarios inherit from instead of HttpUser or FastHttpUser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from locust import User
from locust.exception import StopTest

from loadtests.crowd.run_tag import RUN_HEADER
from loadtests.crowd.visit import Festival
from loadtests.http.client import Client


class Shopper(User):
    """Class attributes say how to connect; a festival under way knows the run's timeout and marks its requests."""

    abstract = True

    timeout_s: ClassVar[float] = 30.0
    connect_timeout_s: ClassVar[float] = 5.0
    verify: ClassVar[bool] = True
    """Whether TLS certificates are checked."""
    ca_file: ClassVar[str | None] = None
    """A file of the only authorities to trust, for a shop with certificates of its own."""
    default_headers: ClassVar[Mapping[str, str]] = {}
    allowed_hosts: ClassVar[frozenset[str] | None] = None
    """Hosts that redirects and absolute URLs may lead to, besides the shop's own; None: any."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        if self.host is None:
            raise StopTest("say which shop: a host attribute on the user class, or --host on the command line")
        festival: Festival | None = getattr(environment, "festival", None)
        headers = dict(self.default_headers)
        if festival is not None:
            headers[RUN_HEADER] = festival.run_id
        self.client = Client(
            self.host,
            request_event=environment.events.request,
            timeout_s=self.timeout_s if festival is None else festival.timeout_s,
            connect_timeout_s=self.connect_timeout_s,
            verify=self.verify,
            ca_file=self.ca_file,
            headers=headers,
            user=self,
            allowed_hosts=self.allowed_hosts if festival is None else festival.allowed_hosts,
        )

    def on_stop(self) -> None:
        self.client.close()
