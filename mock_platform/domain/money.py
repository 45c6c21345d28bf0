"""Money is whole fen (1 yuan = 100 fen) in plain integers: nothing here rounds, so nothing can be lost."""

from __future__ import annotations

from mock_platform.domain.errors import MalformedRequest

FEN_MAX = 10**13
"""100 billion yuan: far above any order, far below where JSON readers lose integers (2**53)."""


def positive_fen(amount_fen: int, what: str = "an amount") -> int:
    """The amount, if it is a whole number of fen above zero and below FEN_MAX; else MalformedRequest."""
    if isinstance(amount_fen, bool) or not isinstance(amount_fen, int):
        raise MalformedRequest(f"{what} is a whole number of fen")
    if not 0 < amount_fen < FEN_MAX:
        raise MalformedRequest(f"{what} is above zero and below {FEN_MAX} fen")
    return amount_fen


def yuan(amount_fen: int) -> str:
    """For people to read: 1234567 -> '12,345.67'."""
    sign = "-" if amount_fen < 0 else ""
    whole, cents = divmod(abs(amount_fen), 100)
    return f"{sign}{whole:,}.{cents:02d}"
