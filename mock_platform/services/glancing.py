"""Glancing: two or three figures of each system as they are now, for a strip that people watch while the peak runs.

Read off the series that the shop keeps anyway: a system says nothing here that it does not say to Prometheus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from prometheus_client.core import Metric


class Glance(NamedTuple):
    """The sum of a series' samples that have these labels."""

    series: str
    labels: Mapping[str, str] = {}


GLANCES: Mapping[str, Mapping[str, Glance]] = {
    "checkout": {
        "units_held": Glance("shop_stock_units", {"state": "held"}),
        "orders_paid": Glance("shop_orders_total", {"outcome": "paid"}),
    },
    "flash sale": {
        "units_left": Glance("shop_flash_sale_units", {"state": "left"}),
        "units_taken": Glance("shop_flash_sale_units", {"state": "taken"}),
    },
    "payment": {
        "with_the_bank": Glance("shop_pending", {"kind": "payments"}),
        "oldest_s": Glance("shop_pending_oldest_seconds", {"kind": "payments"}),
    },
    "presale": {
        "balances_due": Glance("shop_presale_balances_due"),
        "deposits_paid": Glance("shop_orders_total", {"outcome": "deposited"}),
    },
    "promotions": {
        "coupons_used": Glance("shop_coupons", {"state": "used"}),
        "discounts_yuan": Glance("shop_discounts_yuan_total"),
    },
    "cross-border": {
        "at_customs": Glance("shop_declarations_under_way"),
        "duty_yuan": Glance("shop_duty_yuan_total"),
    },
    "logistics": {
        "to_sort": Glance("shop_sorting_backlog_parcels"),
        "delivered": Glance("shop_parcels_total", {"state": "delivered"}),
    },
    "marketplace": {
        "prices_changed": Glance("shop_price_changes_total"),
        "orders_settled": Glance("shop_settled_orders_total"),
    },
    "outlets": {
        "to_be_fetched": Glance("shop_pickups_waiting"),
        "tills_took_yuan": Glance("shop_till_yuan_total"),
    },
    "data protection": {
        "clear_reads": Glance("shop_clear_reads_total"),
        "keys_rotated": Glance("shop_key_rotations_total"),
    },
    "risk": {
        "tries_refused": Glance("shop_risk_decisions_total", {"outcome": "refused"}),
        "tries_let_in": Glance("shop_risk_decisions_total", {"outcome": "admitted"}),
    },
}
"""By system; what moves stands first. A figure's name ends in its unit where it is no count."""


class Glancing:
    """`series` are the shop's families but the requests' histogram, whose ten thousand lines nobody wants here."""

    def __init__(self, series: Callable[[], Iterable[Metric]]) -> None:
        self._series = series

    def now(self) -> dict[str, dict[str, float]]:
        """Each system's figures; a system whose series are not there is left out. About half a millisecond."""
        wanted = {glance.series for told in GLANCES.values() for glance in told.values()}
        samples = [sample for family in self._series() for sample in family.samples if sample.name in wanted]
        there = {sample.name for sample in samples}
        return {
            system: {
                name: sum(
                    sample.value
                    for sample in samples
                    if sample.name == glance.series and glance.labels.items() <= sample.labels.items()
                )
                for name, glance in told.items()
            }
            for system, told in GLANCES.items()
            if all(glance.series in there for glance in told.values())
        }
