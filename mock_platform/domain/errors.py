"""Why the shop says no: one family, each with a code that never changes. Only `api/refusals.py` knows HTTP statuses.

ShopError
|-- MalformedRequest            malformed_request
|   `-- IdempotencyKeyMissing   idempotency_key_missing
|-- Unauthenticated             unauthenticated
|-- Forbidden                   forbidden
|-- NotFound                    not_found
|   |-- UnknownSku              unknown_sku
|   |-- UnknownCustomer         unknown_customer
|   |-- CustomerErased          customer_erased
|   |-- UnknownOrder            unknown_order
|   |-- UnknownPayment          unknown_payment
|   |-- UnknownCoupon           unknown_coupon
|   `-- UnknownCode             unknown_code
|-- Refused                     the shop works as it should and says no; it finishes an idempotency key
|   |-- SoldOut                 sold_out
|   |-- PriceChanged            price_changed
|   |-- IllegalTransition       illegal_transition
|   |-- SaleNotOpen             sale_not_open
|   |-- SaleClosed              sale_closed
|   |-- BalanceNotOpen          balance_not_open
|   |-- BalanceClosed           balance_closed
|   |-- LimitPerBuyer           limit_per_buyer
|   |-- AmountMismatch          amount_mismatch
|   |-- CouponUsed              coupon_used
|   |-- CouponNotApplicable     coupon_not_applicable
|   |-- BudgetSpent             budget_spent
|   |-- MixedOrigins            mixed_origins
|   |-- OrderLimit              order_limit
|   |-- YearlyLimit             yearly_limit
|   |-- NotAdmitted             not_admitted
|   |-- ListingLimit            listing_limit
|   |-- RiskRejected            risk_rejected
|   |-- SlowDown                slow_down
|   `-- AlreadyPaid             already_paid
|-- RequestInProgress           request_in_progress
|-- KeyReused                   key_reused
|-- TooLarge                    too_large
|-- TooManyExports              too_many_exports
|-- TooManyCodes                too_many_codes
|-- MethodNotAllowed            method_not_allowed
`-- Overloaded                  overloaded

Setback                         never reaches a buyer: a service catches it and looks again
|-- VersionConflict             somebody else changed the order since we read it
|-- ClaimLost                   the idempotency key is no longer ours to finish
`-- HoldGone                    this order's units were given back for good
"""

from __future__ import annotations

from typing import ClassVar


class ShopError(Exception):
    """A refusal with a stable `code`; its `message` is a sentence for the buyer."""

    code: ClassVar[str] = "internal"

    @property
    def message(self) -> str:
        return str(self) or self.code.replace("_", " ")


class MalformedRequest(ShopError):
    code = "malformed_request"


class IdempotencyKeyMissing(MalformedRequest):
    code = "idempotency_key_missing"


class Unauthenticated(ShopError):
    code = "unauthenticated"


class Forbidden(ShopError):
    code = "forbidden"


class NotFound(ShopError):
    code = "not_found"


class UnknownSku(NotFound):
    code = "unknown_sku"


class UnknownCustomer(NotFound):
    code = "unknown_customer"


class CustomerErased(NotFound):
    """There was somebody, who asked to be forgotten."""

    code = "customer_erased"


class UnknownOrder(NotFound):
    code = "unknown_order"


class UnknownPayment(NotFound):
    code = "unknown_payment"


class UnknownCoupon(NotFound):
    code = "unknown_coupon"


class UnknownCode(NotFound):
    """Nothing waits here under that pick-up code; whether it would elsewhere, it does not tell."""

    code = "unknown_code"


class Refused(ShopError):
    """No by the rules of trade. Not raised itself."""


class SoldOut(Refused):
    code = "sold_out"


class PriceChanged(Refused):
    code = "price_changed"


class IllegalTransition(Refused):
    code = "illegal_transition"


class SaleNotOpen(Refused):
    code = "sale_not_open"


class SaleClosed(Refused):
    code = "sale_closed"


class BalanceNotOpen(Refused):
    code = "balance_not_open"


class BalanceClosed(Refused):
    code = "balance_closed"


class LimitPerBuyer(Refused):
    code = "limit_per_buyer"


class AmountMismatch(Refused):
    code = "amount_mismatch"


class CouponUsed(Refused):
    code = "coupon_used"


class CouponNotApplicable(Refused):
    code = "coupon_not_applicable"


class BudgetSpent(Refused):
    code = "budget_spent"


class MixedOrigins(Refused):
    code = "mixed_origins"


class OrderLimit(Refused):
    code = "order_limit"


class YearlyLimit(Refused):
    code = "yearly_limit"


class NotAdmitted(Refused):
    code = "not_admitted"


class ListingLimit(Refused):
    code = "listing_limit"


class RiskRejected(Refused):
    """It looks like a bot's or a scalper's."""

    code = "risk_rejected"


class SlowDown(Refused):
    """Too much from there at once: under another key, later, it may do."""

    code = "slow_down"


class AlreadyPaid(Refused):
    code = "already_paid"


class RequestInProgress(ShopError):
    code = "request_in_progress"


class KeyReused(ShopError):
    code = "key_reused"


class TooLarge(ShopError):
    code = "too_large"


class TooManyExports(ShopError):
    code = "too_many_exports"


class TooManyCodes(ShopError):
    code = "too_many_codes"


class MethodNotAllowed(ShopError):
    code = "method_not_allowed"


class Overloaded(ShopError):
    code = "overloaded"


class Setback(Exception):
    """Something between us and a store went otherwise than hoped; look again, a bounded number of times."""


class VersionConflict(Setback):
    pass


class ClaimLost(Setback):
    pass


class HoldGone(Setback):
    pass


def _family(root: type[ShopError]) -> list[type[ShopError]]:
    return [root, *(member for child in root.__subclasses__() for member in _family(child))]


FINAL = (Refused, NotFound, MalformedRequest)
"""Refusals that finish an idempotency key: asking again would not help."""

BY_CODE: dict[str, type[ShopError]] = {
    error.code: error for error in _family(ShopError) if error not in (ShopError, Refused)
}
"""Every code a buyer may see except `internal`, so that a refusal written down can be raised again."""
