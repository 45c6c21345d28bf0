"""Discounts reckoned a second time: what rules give and how it is split, with nothing of the shop's own arithmetic.

An audit that asked the functions it checks would agree with every mistake in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mock_platform.domain.discount_split import Deduction

STACK = ("item", "shop", "cross_shop", "shop_coupon", "platform_coupon")
"""In which order discounts are taken off, each worked out on what the last one left."""
PAID_BY_THE_PLATFORM = frozenset({"cross_shop", "platform_coupon"})


def shares_fen(off_fen: int, due_fen: Mapping[str, int]) -> dict[str, int]:
    """By largest remainder, of equals the first by name. ValueError for more than there is, or less than nothing."""
    whole_fen = sum(due_fen.values())
    if any(due < 0 for due in due_fen.values()) or off_fen < 0 or off_fen > whole_fen:
        raise ValueError(f"{off_fen} fen off {whole_fen} fen")
    if whole_fen == 0:
        return dict.fromkeys(due_fen, 0)
    neediest_first = sorted(due_fen, key=lambda sku: (-(off_fen * due_fen[sku] % whole_fen), sku))
    left_over = off_fen - sum(off_fen * due // whole_fen for due in due_fen.values())
    return {
        sku: off_fen * due_fen[sku] // whole_fen + (1 if place < left_over else 0)
        for place, sku in enumerate(neediest_first)
    }


def saved_fen(due_fen: Mapping[str, int], deductions: Iterable[Deduction]) -> dict[str, tuple[int, int]]:
    """What each line saves by all of them, and how much of that the platform pays.

    ValueError if one is more than what is left, KeyError for a line that is not there.
    """
    left_fen = dict(due_fen)
    from_platform_fen: dict[str, int] = {}
    for deduction in deductions:
        for sku, share_fen in shares_fen(deduction.off_fen, {sku: left_fen[sku] for sku in deduction.skus}).items():
            left_fen[sku] -= share_fen
            if deduction.kind in PAID_BY_THE_PLATFORM:
                from_platform_fen[sku] = from_platform_fen.get(sku, 0) + share_fen
    return {sku: (due - left_fen[sku], from_platform_fen.get(sku, 0)) for sku, due in due_fen.items()}
