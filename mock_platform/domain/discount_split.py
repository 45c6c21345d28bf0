"""Splitting discounts over lines, exact to the fen: what each line saves, and who pays for it.

By largest remainder (Hamilton): every line gets its share rounded down, and the fen left over go to the largest
remainders. So the shares sum to the discount, no line saves more than it costs, a dearer line never saves less than a
cheaper one, and neither the order of the lines nor anything but their names and sums matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """Where a discount comes from, in the order in which discounts stack: each is worked out on what the last left."""

    ITEM = "item"
    SHOP = "shop"
    CROSS_SHOP = "cross_shop"
    SHOP_COUPON = "shop_coupon"
    PLATFORM_COUPON = "platform_coupon"


SUBSIDISED = frozenset({Kind.CROSS_SHOP, Kind.PLATFORM_COUPON})
"""What the platform pays: the merchant gets the money all the same. The rest is the merchant's own."""


class Deduction(msgspec.Struct, frozen=True, gc=False):
    """One discount of one order, as its order remembers it."""

    source: str
    """The promotion or the coupon."""
    kind: Kind
    off_fen: int
    skus: tuple[str, ...]
    """The lines it was worked out on and is split over."""


class Saving(msgspec.Struct, frozen=True, gc=False):
    """What a line saves, and how much of that the platform pays."""

    discount_fen: int = 0
    subsidy_fen: int = 0


NOTHING = Saving()


def split_fen(off_fen: int, due_fen: Mapping[str, int]) -> dict[str, int]:
    """Each line's share of `off_fen`, in proportion to what is due for it.

    ValueError unless 0 <= off_fen <= the sum due, and nothing due is negative.
    """
    sum_fen = sum(due_fen.values())
    if not 0 <= off_fen <= sum_fen or min(due_fen.values(), default=0) < 0:
        raise ValueError(f"{off_fen} fen cannot be taken off {sum_fen} fen")
    if not off_fen:
        return dict.fromkeys(due_fen, 0)
    shares = {}
    remainders = []
    for sku, due in due_fen.items():
        shares[sku], remainder = divmod(off_fen * due, sum_fen)
        remainders.append((-remainder, sku))
    left_fen = off_fen - sum(shares.values())
    # Fewer fen are left than lines have a remainder, so nobody without one is rounded up.
    for _, sku in sorted(remainders)[:left_fen]:
        shares[sku] += 1
    return shares


def savings(due_fen: Mapping[str, int], deductions: Iterable[Deduction]) -> dict[str, Saving]:
    """What the lines save by these deductions, one after the other; ValueError if one is more than what is left."""
    left_fen = dict(due_fen)
    saved: dict[str, Saving] = {}
    for deduction in deductions:
        is_subsidised = deduction.kind in SUBSIDISED
        for sku, share_fen in split_fen(deduction.off_fen, {sku: left_fen[sku] for sku in deduction.skus}).items():
            left_fen[sku] -= share_fen
            before = saved.get(sku, NOTHING)
            subsidy_fen = before.subsidy_fen + share_fen if is_subsidised else before.subsidy_fen
            saved[sku] = Saving(before.discount_fen + share_fen, subsidy_fen)
    return saved
