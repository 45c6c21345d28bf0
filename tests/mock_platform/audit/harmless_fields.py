"""What may change in an export without anybody noticing, and why that hides nothing. All else must be noticed."""

from __future__ import annotations

TEXT = "a text for people to read"
FIGURE = "a figure for the report; what it counts is held by rows of its own"
EXCUSE = "an allowance: more of it excuses more, and that it is what the shop was set to only its settings can say"
ALONE = "nothing else in the books tells it, so there is nothing to hold it against"
AT_REST = "until when something may be under way, and nothing is under way any more"
NOT_ASKED = "read of orders with a deposit alone"

UNNOTICED = {
    "boot": "tells one life of the shop from the next; an export is of one",
    "settings.hold_s": "a hold has its own instant of expiry, and that is what counts",
    "allocations.expires_at": "of a hold it counts, and nothing is held any more when all is at rest",
    "orders.balance_closes_at": NOT_ASKED,
    "orders.refundable_until": NOT_ASKED,
    "payments.key": "keys of payments are exported nowhere else; two payments under one are noticed",
    "exchange_rates.given_at": "of rates that were given years before anybody bought at them",
    "imported_lines.origin": TEXT,
    "imported_lines.heading": "another heading at the same rates: the duty is the same, to the fen",
    "declarations.reason": TEXT,
    "declarations.chased_at": AT_REST,
    "customs_broker.heard_by": AT_REST,
    "carrier_terms.road_km_per_s": EXCUSE,
    "promotions.title": TEXT,
    "coupon_campaigns.title": TEXT,
    "warehouses.city": TEXT,
    "outlets.city": TEXT,
    "marketplace_terms.settle_every_s": EXCUSE,
    "price_lists.is_whole": EXCUSE,
    "personal_data.values": FIGURE,
    "personal_data.exports_refused": FIGURE,
    "personal_data.waybills_emptied": FIGURE,
    "personal_data.rotations": FIGURE,
    "personal_data.rotating_since": AT_REST,
    "personal_data.is_rotating": "excuses a key that is being retired, and there is none at rest",
    "access_log.customer": "the log is the only witness of who was read",
    "access_log.request": ALONE,
    "erasures.erasure": ALONE,
    "erasures.customer": "customers are not exported; one whose data stays shows in the count of data keys",
    "risk_memory.evicted_early": EXCUSE,
    "risk_decisions.device": "a keyed fingerprint: only more than a device may have are noticed",
}
"""Fields of which no change was ever noticed."""
