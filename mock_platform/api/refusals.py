"""Refusals as HTTP: the only place that knows statuses. Every error, expected or not, has one shape of body."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import msgspec
from aiohttp import web

from mock_platform.domain import errors
from mock_platform.domain.errors import Overloaded, ShopError, Unauthenticated

log = logging.getLogger(__name__)

STATUS: Mapping[type[ShopError], int] = {
    errors.MalformedRequest: 400,
    errors.IdempotencyKeyMissing: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.RiskRejected: 403,
    errors.NotFound: 404,
    errors.UnknownSku: 404,
    errors.UnknownCustomer: 404,
    errors.UnknownOrder: 404,
    errors.UnknownPayment: 404,
    errors.UnknownCoupon: 404,
    errors.UnknownCode: 404,
    errors.MethodNotAllowed: 405,
    errors.SoldOut: 409,
    errors.PriceChanged: 409,
    errors.IllegalTransition: 409,
    errors.SaleNotOpen: 409,
    errors.SaleClosed: 409,
    errors.BalanceNotOpen: 409,
    errors.BalanceClosed: 409,
    errors.LimitPerBuyer: 409,
    errors.AmountMismatch: 409,
    errors.MixedOrigins: 409,
    errors.OrderLimit: 409,
    errors.YearlyLimit: 409,
    errors.NotAdmitted: 409,
    errors.ListingLimit: 409,
    errors.AlreadyPaid: 409,
    errors.CouponUsed: 409,
    errors.CouponNotApplicable: 409,
    errors.BudgetSpent: 409,
    errors.RequestInProgress: 409,
    errors.CustomerErased: 410,
    errors.TooLarge: 413,
    errors.KeyReused: 422,
    errors.SlowDown: 429,
    errors.TooManyExports: 429,
    errors.TooManyCodes: 429,
    errors.Overloaded: 503,
}
INTERNAL = "internal"
STATUS_BY_CODE: Mapping[str, int] = {**{error.code: status for error, status in STATUS.items()}, INTERNAL: 500}
_HEADERS: Mapping[type[ShopError], Mapping[str, str]] = {
    Unauthenticated: {"WWW-Authenticate": 'Bearer realm="zerohour"'},
    Overloaded: {"Retry-After": "1"},
    errors.SlowDown: {"Retry-After": "1"},
    errors.TooManyExports: {"Retry-After": "60"},
    errors.TooManyCodes: {"Retry-After": "60"},
}


class Error(msgspec.Struct, frozen=True):
    """A stable code for programs and a sentence for people."""

    code: str
    message: str


class Refused(msgspec.Struct, frozen=True):
    """The body of every answer of status 400 and above."""

    error: Error


def shop_error(mistake: Exception, request: web.Request, request_id: str) -> ShopError:
    """What an exception on the way in means to the caller. An unexpected one is ours: logged here, once."""
    if isinstance(mistake, ShopError) and type(mistake) in STATUS:
        return mistake
    if isinstance(mistake, TimeoutError):
        return Overloaded("The shop took too long; ask again, with the same key if there was one.")
    # The route and not the path: what somebody writes into a path is no business of a log's.
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "no route"
    log.error("request %s, %s %s, failed", request_id, request.method, route, exc_info=mistake)
    return ShopError(f"The shop failed, and not through this request's fault. Its id is {request_id}.")


def answer(error: ShopError) -> web.Response:
    """The answer for what `shop_error` gave."""
    return web.Response(
        status=STATUS_BY_CODE[error.code],
        body=msgspec.json.encode(Refused(Error(error.code, error.message))),
        headers={"Content-Type": "application/json", **_HEADERS.get(type(error), {})},
    )
