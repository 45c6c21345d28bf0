"""The HTTP client scenarios call: Locust's interface at a fraction of its cost. Hot path, with most files it imports.

One client is one shopper. Each request fires Locust's `request` event once, with the instants it was measured by.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Collection, Mapping
from typing import Any, TypedDict, Unpack

import gevent

from loadtests.http.connection import Server
from loadtests.http.cookies import Cookies
from loadtests.http.dialling import tls_context
from loadtests.http.redirects import Hop
from loadtests.http.request_bytes import Data, checked_method, encode_body
from loadtests.http.request_errors import RequestError
from loadtests.http.response import Response
from loadtests.http.session import Session
from loadtests.http.web_address import Params, WebAddress, split_link, with_params

__all__ = ["Client", "RequestOptions", "Response"]

MOST_BODY_BYTES = 32 * 1024 * 1024


class RequestOptions(TypedDict, total=False):
    """What every request takes; `Client.request` tells what each means."""

    name: str | None
    params: Params | None
    headers: Mapping[str, str] | None
    catch_response: bool
    allow_redirects: bool
    timeout_s: float | None
    context: Mapping[str, Any] | None


class Client:
    """`base_url` may hold a path, put before every path requested, and `user:password`, sent as basic authentication.

    `timeout_s` bounds a whole request, from connecting to the last byte, redirects included. `headers` go with every
    request besides the usual ones; scenarios may change `client.headers` at any time. `ca_file` names the only
    authorities to trust instead of the system's; `verify=False` trusts anybody. `allowed_hosts`: where redirects and
    absolute URLs may lead besides the base URL's own host; None: anywhere. Greenlets may share a client: each gets its
    own connection.
    """

    def __init__(
        self,
        base_url: str,
        *,
        request_event: Any,
        timeout_s: float = 30.0,
        connect_timeout_s: float = 5.0,
        verify: bool = True,
        ca_file: str | None = None,
        headers: Mapping[str, str] | None = None,
        user: Any = None,
        allowed_hosts: Collection[str] | None = None,
        most_body_bytes: int = MOST_BODY_BYTES,
    ) -> None:
        def server_at(address: WebAddress) -> Server:
            tls = tls_context(verify, ca_file) if address.scheme == "https" else None
            return Server(address.host, address.port, tls, connect_timeout_s, most_body_bytes)

        link = split_link(base_url)
        self.base_url = f"{link.address}{link.path.partition('?')[0].rstrip('/')}"
        self.timeout_s = timeout_s
        defaults = dict(headers or {})
        if link.credentials is not None:
            basic = base64.b64encode(link.credentials.encode()).decode()
            defaults.setdefault("Authorization", f"Basic {basic}")
        self._home = link.address
        self._origin = str(link.address)
        self._prefix = self.base_url.removeprefix(self._origin)
        self._session = Session(link.address, defaults, server_at, allowed_hosts)
        self._event = request_event
        self._user = user
        self._under_way: list[tuple[str, float]] = []

    @property
    def headers(self) -> dict[str, str]:
        """What goes with every request; secrets among it (Authorization) only to the base URL's origin."""
        return self._session.headers

    @headers.setter
    def headers(self, headers: dict[str, str]) -> None:
        self._session.headers = headers

    @property
    def cookies(self) -> Cookies:
        return self._session.cookies

    @property
    def in_flight(self) -> tuple[str, float] | None:
        """(name, started_at) of the request under way, of several the oldest; None between requests."""
        return self._under_way[0] if self._under_way else None

    def request(
        self,
        method: str,
        path: str,
        *,
        name: str | None = None,
        json: Any = None,
        data: Data | None = None,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        catch_response: bool = False,
        allow_redirects: bool = False,
        timeout_s: float | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> Response:
        """Send one request and return its answer; whatever goes wrong on the way becomes the answer's `error`.

        `path` begins with a slash or is a whole URL. `name` is the operation it counts under, by default the path as
        given. `json` is encoded; `data` is bytes, text or a form; None is no body. With `catch_response` the request is
        reported when the `with` block ends, else at once. Raises ValueError, and sends nothing, for arguments that make
        no request. A kill of the greenlet closes the connection and is not reported: unfinished is not failed.
        """
        method = checked_method(method)
        body: bytes | None
        body, type_line = (None, b"") if json is None and data is None else encode_body(json, data)
        user = self._user
        merged: dict[str, Any] = {} if user is None else user.context()
        if context:
            merged = {**merged, **context}
        address = self._home
        where = path if params is None else with_params(path, params)
        if where.startswith("/"):
            where = self._prefix + where
            url = self._origin + where
        else:
            address, where, url = self._split(where)
        hop = Hop(method, address, where, headers, body, type_line)
        response = Response(method, name or path, url, merged, self, catch_response)
        response.start_time = time.time()
        response.started_at = started_at = time.monotonic()
        under_way = (response.name, started_at)
        self._under_way.append(under_way)
        try:
            answered = self._session.carry(
                hop, started_at + (self.timeout_s if timeout_s is None else timeout_s), allow_redirects
            )
            response.status_code, response.raw_headers, response.content, hop = answered
            response.finished_at = time.monotonic()
            if allow_redirects:
                response.url = hop.url
        except RequestError as error:
            response.finished_at = time.monotonic()
            response.error = error.with_traceback(None)  # it is kept in statistics; the frames must not be
        except gevent.Timeout as timeout:  # the scenario's own clock: the request has failed, and the scenario goes on
            response.finished_at = time.monotonic()
            response.error = timeout
            self.report(response, *response.judge())
            raise
        finally:
            self._under_way.remove(under_way)
        if not catch_response:
            self.report(response, *response.judge())
        return response

    def report(self, response: Response, outcome: str, exception: BaseException | None) -> None:
        """Fire Locust's `request` event; a response does so itself, once."""
        self._event.fire(
            request_type=response.method,
            name=response.name,
            response_time=(response.finished_at - response.started_at) * 1000.0,
            response_length=len(response.content),
            response=response,
            context=response.context,
            exception=exception,
            start_time=response.start_time,
            url=response.url,
            started_at=response.started_at,
            finished_at=response.finished_at,
            outcome=outcome,
        )

    def get(self, path: str, **options: Unpack[RequestOptions]) -> Response:
        return self.request("GET", path, **options)

    def head(self, path: str, **options: Unpack[RequestOptions]) -> Response:
        return self.request("HEAD", path, **options)

    def options(self, path: str, **options: Unpack[RequestOptions]) -> Response:
        return self.request("OPTIONS", path, **options)

    def delete(
        self, path: str, data: Data | None = None, json: Any = None, **options: Unpack[RequestOptions]
    ) -> Response:
        return self.request("DELETE", path, data=data, json=json, **options)

    def post(
        self, path: str, data: Data | None = None, json: Any = None, **options: Unpack[RequestOptions]
    ) -> Response:
        return self.request("POST", path, data=data, json=json, **options)

    def put(self, path: str, data: Data | None = None, json: Any = None, **options: Unpack[RequestOptions]) -> Response:
        return self.request("PUT", path, data=data, json=json, **options)

    def patch(
        self, path: str, data: Data | None = None, json: Any = None, **options: Unpack[RequestOptions]
    ) -> Response:
        return self.request("PATCH", path, data=data, json=json, **options)

    def reset(self) -> None:
        """Forget connections and cookies, so that the next request is a new shopper's; `headers` stay as they are."""
        self._session.reset()

    def close(self) -> None:
        """Close idle connections now and busy ones after their request; a later request connects anew."""
        self._session.close()

    def _split(self, path: str) -> tuple[WebAddress, str, str]:
        """Address, path and URL of a request that is not just a path below the base URL."""
        if "://" not in path.partition("?")[0]:
            where = f"{self._prefix}/{path}"
            return self._home, where, self._origin + where
        link = split_link(path)
        return link.address, link.path or "/", f"{link.address}{link.path}"
