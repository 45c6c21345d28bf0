"""Data protection as a system of the shop: sealed customers, exports, erasures, the access log and rotating keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from mock_platform.api.clear_reads import ClearReads
from mock_platform.api.key_rotations import KeyRotations
from mock_platform.api.own_data import OwnData
from mock_platform.api.scans import Scans
from mock_platform.audit import Evidence
from mock_platform.domain.clear_read import Who, Why
from mock_platform.services.data_protection import DataProtection
from mock_platform.services.forgetting import Forgetting
from mock_platform.services.key_rotation import KeyRotation
from mock_platform.services.upkeep import every
from mock_platform.stores.access_log_memory import MemoryAccessLog
from mock_platform.systems.ground import Ground, System

FORGET_EVERY_S = 1.0
ROWS_EXPORTED = 2_000
"""Of the access log, the latest: the audit holds their numbers against the counts."""


class Privacy:
    """The system's parts, and what the audit and the metrics are told of them."""

    def __init__(self, ground: Ground) -> None:
        settings, stores = ground.settings, ground.stores
        self.metrics = ground.metrics
        self.log_file = Path(settings.log_file) if settings.log_file else None
        self.customers, self.keys = stores.customers, stores.customers.keys
        file = settings.access_log_file
        self.log = MemoryAccessLog(file=Path(file) if file else None)
        self.protection = DataProtection(
            customers=stores.customers,
            keys=self.keys,
            orders=stores.orders,
            carts=stores.carts,
            log=self.log,
            clock=ground.clock,
            new_id=ground.new_id,
        )
        self.forgetting = Forgetting(customers=stores.customers, orders=stores.orders)
        self.rotation = KeyRotation(
            customers=stores.customers,
            keys=self.keys,
            clock=ground.clock,
            every_s=settings.key_rotation_every_s,
        )

    async def rows(self) -> Mapping[str, list[dict[str, Any]]]:
        in_use = await self.customers.keys_in_use()
        erased = await self.customers.erased()
        counts = self.log.counts()
        return {
            "personal_data": [
                {
                    "customers": await self.customers.count(),
                    "values": self.customers.traces.values,
                    "data_keys_given_out": self.keys.given_out,
                    "exports": self.protection.exports,
                    "exports_replayed": self.protection.replayed_exports,
                    "exports_refused": self.protection.refused_exports,
                    "waybills_emptied": self.forgetting.emptied,
                    "rotations": self.rotation.finished,
                    "is_rotating": self.rotation.is_under_way,
                    "rotating_since": self.rotation.begun_at,
                }
            ],
            "master_keys": [
                {"key": key.key, "state": key.state.value, "data_keys": in_use.get(key.key, 0)}
                for key in self.keys.inventory()
            ],
            "clear_reads": [
                {"who": who.value, "why": why.value, "count": count} for (who, why), count in counts.items()
            ],
            "access_log": [
                {
                    "number": row.number,
                    "at": row.at,
                    "who": row.who.value,
                    "why": row.why.value,
                    "customer": row.customer,
                    "request": row.request,
                }
                for row in self.log.latest(ROWS_EXPORTED)
            ],
            "erasures": [
                {"erasure": each.erasure, "customer": each.customer, "erased_at": each.erased_at} for each in erased
            ],
        }

    async def pending(self) -> Mapping[str, int]:
        return {"key_rotations": int(self.rotation.is_under_way)}

    def evidence(self) -> Evidence:
        log = None if self.log_file is None else _lines(self.log_file)
        return Evidence(self.customers.traces, {"metrics": self._exposition(), "log": log})

    def _exposition(self) -> Iterator[str]:
        yield from self.metrics.exposition("")[0].decode().splitlines()

    def series(self) -> Iterable[Metric]:
        reads = CounterMetricFamily(
            "shop_clear_reads", "Reads of personal data in the clear, each in the access log.", labels=("who", "why")
        )
        counts = self.log.counts()
        for who, why in PURPOSES:
            reads.add_metric((who.value, why.value), counts.get((who, why), 0))
        yield reads
        exports = CounterMetricFamily("shop_data_exports", "Customers' own exports.", labels=("outcome",))
        exports.add_metric(("made",), self.protection.exports)
        exports.add_metric(("replayed",), self.protection.replayed_exports)
        exports.add_metric(("refused",), self.protection.refused_exports)
        yield exports
        yield CounterMetricFamily("shop_erasures", "Customers erased as they asked.", value=self.protection.erasures)
        yield CounterMetricFamily("shop_key_rotations", "Rotations finished.", value=self.rotation.finished)
        yield CounterMetricFamily("shop_data_keys_rewrapped", "Data keys wrapped anew.", value=self.rotation.rewrapped)
        yield GaugeMetricFamily(
            "shop_key_rotation_under_way", "Whether master keys rotate now.", value=int(self.rotation.is_under_way)
        )


PURPOSES = ((Who.CUSTOMER, Why.EXPORT), *((Who.OPERATOR, why) for why in (Why.SUPPORT, Why.DELIVERY, Why.LEGAL)))


def _lines(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8", errors="replace") as lines:
        yield from lines


def open_privacy(ground: Ground) -> System:
    parts = Privacy(ground)
    return System(
        name="data protection",
        routes=(
            *OwnData(parts.protection).routes(),
            *ClearReads(parts.protection).routes(),
            *KeyRotations(parts.rotation).routes(),
            *Scans(parts.customers.traces).routes(),
        ),
        screen=parts.protection.screen,
        works={"key_rotation": parts.rotation.run, "forgetting": every(FORGET_EVERY_S, parts.forgetting.sweep)},
        rows=parts.rows,
        pending=parts.pending,
        evidence=parts.evidence,
        series=parts.series,
    )
