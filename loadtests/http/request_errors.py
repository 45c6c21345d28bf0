"""Why a request failed: one family, so that statistics group by cause and a scenario can tell a timeout from a refusal.

    RequestError
    ├── ConnectFailed       nobody answered there: refused, unreachable, unknown name
    ├── ConnectTimeout      no connection within `connect_timeout_s`
    ├── TlsFailed           no trusted connection: certificate, host name, protocol
    ├── RequestTimeout      no complete answer within `timeout_s`, redirects included
    ├── ConnectionClosed    the peer hung up before the answer was complete
    ├── BadAnswer           not HTTP, or framed or encoded wrongly
    ├── AnswerTooLarge      more head, body or decoded content than the client holds
    ├── TooManyRedirects
    ├── HostNotAllowed      a redirect or an absolute URL led to a host that was not named as a target
    └── BadStatus           a complete answer that says 400 or above

Messages hold no figure that varies from one request to the next: Locust keeps one line per distinct message.
"""

from __future__ import annotations

from http import HTTPStatus


class RequestError(Exception):
    """A request that failed; the message is one sentence for people, `code` is stable for programs."""

    code = "request_failed"


class ConnectFailed(RequestError):
    code = "connect_failed"


class ConnectTimeout(RequestError):
    code = "connect_timeout"


class TlsFailed(RequestError):
    code = "tls_failed"


class RequestTimeout(RequestError):
    code = "request_timeout"


class ConnectionClosed(RequestError):
    code = "connection_closed"


class BadAnswer(RequestError):
    code = "bad_answer"


class AnswerTooLarge(RequestError):
    code = "answer_too_large"


class TooManyRedirects(RequestError):
    code = "too_many_redirects"


class HostNotAllowed(RequestError):
    code = "host_not_allowed"


PHRASES = {int(status): f"{int(status)} {status.phrase}" for status in HTTPStatus}


class BadStatus(RequestError):
    code = "bad_status"

    def __init__(self, status_code: int) -> None:
        super().__init__(PHRASES.get(status_code, str(status_code)))
        self.status_code = status_code
