"""Who may ask to be forgotten: the last two of a hundred customers, so that no buyer meets somebody who is gone."""

from __future__ import annotations

LEAVERS_SHARE = 0.02


def stayers(customers: int) -> int:
    """Customers 1 to this one never leave; whoever comes after may. A shop of one customer has no leaver."""
    return max(1, customers - max(1, round(customers * LEAVERS_SHARE)))
