"""Risk as a system of the shop: tries for flash sales judged before they may hold a unit, each decision kept."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from mock_platform.api.risk_decisions import RiskDecisions
from mock_platform.domain.risk import REFUSE_AT, SIGNS, SLOW_AT, VELOCITIES
from mock_platform.protocols_risk import DecisionLog, VelocityStore
from mock_platform.services.screening import Screening
from mock_platform.stores.decisions_memory import MemoryDecisions
from mock_platform.stores.velocities_memory import MemoryVelocities
from mock_platform.systems.ground import Ground, System


def open_risk(ground: Ground) -> System:
    velocities, decisions, is_on = MemoryVelocities(), MemoryDecisions(), ground.settings.risk_screening
    screening = Screening(
        velocities=velocities,
        decisions=decisions,
        addresses=ground.stores.customers,
        secret=secrets.token_bytes(32),
    )

    async def rows() -> dict[str, list[dict[str, Any]]]:
        return await risk_rows(is_on, velocities, decisions)

    return System(
        name="risk",
        routes=RiskDecisions(screening).routes(),
        screen=screening.screen if is_on else None,
        rows=rows,
        series=lambda: _series(velocities, decisions),
    )


async def risk_rows(is_on: bool, velocities: VelocityStore, decisions: DecisionLog) -> dict[str, list[dict[str, Any]]]:
    """What the audit reads; nothing suspends in it with the memory engines."""
    outcomes = {outcome.value: count for outcome, count in decisions.outcomes().items()}
    return {
        "risk_terms": [
            {
                "is_on": is_on,
                "refuse_at": REFUSE_AT,
                "slow_at": SLOW_AT,
                "decisions_cap": decisions.cap,
                "forgotten": decisions.forgotten,
                **outcomes,
            }
        ],
        "risk_rules": [
            *(msgspec.to_builtins(rule) for rule in VELOCITIES),
            *({"rule": rule, "points": points} for rule, points in SIGNS.items()),
        ],
        "risk_memory": [msgspec.to_builtins(each) for each in velocities.memory()],
        "risk_decisions": [msgspec.to_builtins(each) for each in await decisions.kept()],
        "risk_hits": [{"rule": rule, "decisions": count} for rule, count in decisions.hits().items()],
    }


def _series(velocities: VelocityStore, decisions: DecisionLog) -> Iterable[Metric]:
    outcomes = CounterMetricFamily("shop_risk_decisions", "Tries for flash sales judged.", labels=("outcome",))
    for outcome, count in decisions.outcomes().items():
        outcomes.add_metric((outcome.value,), count)
    yield outcomes
    hits = CounterMetricFamily("shop_risk_rule_hits", "Decisions in which a rule gave points.", labels=("rule",))
    for rule, count in decisions.hits().items():
        hits.add_metric((rule,), count)
    yield hits
    entries = GaugeMetricFamily("shop_risk_entries", "Buyers, devices, ... a rule remembers.", labels=("rule",))
    evicted = CounterMetricFamily(
        "shop_risk_early_evictions", "Entries a rule gave up while they still counted.", labels=("rule",)
    )
    for each in velocities.memory():
        entries.add_metric((each.rule,), each.entries)
        evicted.add_metric((each.rule,), each.evicted_early)
    yield entries
    yield evicted
