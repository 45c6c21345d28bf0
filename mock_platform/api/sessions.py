"""Sessions of customers and merchants: signed tokens (JWT, HS256), verified once and then remembered, within bounds."""

from __future__ import annotations

from collections.abc import Callable

import jwt

from mock_platform.domain.errors import Unauthenticated

REMEMBERED_MAX = 65_536
_ALGORITHM = "HS256"


class Sessions:
    """Issues and verifies the tokens of one audience; a token for another is none here.

    Verifying costs some 30 us, remembering 0.1: a shopper sends a dozen requests.
    """

    def __init__(self, secret: str, *, lasts_s: float, clock: Callable[[], float], audience: str = "customers") -> None:
        self._secret = secret
        self._audience = audience
        self._lasts_s = lasts_s
        self._clock = clock
        self._remembered: dict[str, tuple[str, int]] = {}

    def issue(self, customer: str) -> tuple[str, int]:
        """A token for this customer or merchant, and the instant it expires."""
        expires_at = int(self._clock() + self._lasts_s)
        claims = {"sub": customer, "exp": expires_at, "aud": self._audience}
        token = jwt.encode(claims, self._secret, algorithm=_ALGORITHM)
        self._remember(token, customer, expires_at)
        return token, expires_at

    def customer(self, authorization: str | None) -> str:
        """Whose session an Authorization header carries; Unauthenticated if nobody's, or no longer."""
        if authorization is None or authorization[:7] != "Bearer ":
            raise Unauthenticated("This needs a session: Authorization: Bearer <token>.")
        customer, expires_at = self._remembered.get(authorization[7:]) or self._verified(authorization[7:])
        if expires_at <= self._clock():
            raise Unauthenticated("The session has expired.")
        return customer

    def started_at(self, authorization: str | None) -> float | None:
        """When a session that was just let in began, to the second and never later than it did; None if unknown."""
        known = self._remembered.get((authorization or "")[7:])
        return None if known is None else known[1] - self._lasts_s

    def _verified(self, token: str) -> tuple[str, int]:
        try:
            # Expiry is held against the shop's clock, not the library's.
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                audience=self._audience,
                options={"require": ["sub", "exp", "aud"], "verify_exp": False},
            )
            customer, expires_at = str(claims["sub"]), int(claims["exp"])
        except (jwt.InvalidTokenError, ValueError, TypeError) as mistake:
            raise Unauthenticated("The session's token is not one of ours.") from mistake
        self._remember(token, customer, expires_at)
        return customer, expires_at

    def _remember(self, token: str, customer: str, expires_at: int) -> None:
        if len(self._remembered) >= REMEMBERED_MAX:
            del self._remembered[next(iter(self._remembered))]  # the oldest: if it comes back, it is verified again
        self._remembered[token] = (customer, expires_at)
