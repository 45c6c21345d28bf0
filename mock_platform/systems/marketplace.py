"""The marketplace: merchants on an open platform list, reprice and restock during the peak, and are paid their due."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from functools import partial
from hashlib import blake2b
from typing import Any

from prometheus_client.core import CounterMetricFamily, Metric

from mock_platform.api.merchant_accounts import MerchantAccounts
from mock_platform.api.merchant_books import MerchantBooks
from mock_platform.api.merchant_skus import MerchantSkus
from mock_platform.domain.merchant import MerchantAccount, MerchantState
from mock_platform.domain.payout import Batch
from mock_platform.services.merchandising import Merchandising
from mock_platform.services.onboarding import Onboarding
from mock_platform.services.settlement import Settlement
from mock_platform.services.upkeep import every
from mock_platform.stores.catalogue_memory import MemoryCatalogue
from mock_platform.stores.merchants_memory import MemoryMerchants
from mock_platform.stores.settlements_memory import MemorySettlements
from mock_platform.systems.ground import Ground, System

FINISH_AFTER = 2.0
"""Request timeouts that a restock may be under way before its request is taken for cut off."""
DIGEST_KEY_BYTES = 64


def open_marketplace(ground: Ground) -> System:
    settings, stores, clock = ground.settings, ground.stores, ground.clock
    merchants = MemoryMerchants(
        MerchantAccount(each.merchant, each.name, each.city, MerchantState.APPROVED, (("approved", clock()),))
        for each in (*ground.seed.merchants, *ground.seed.imports.merchants)
    )
    settlements = MemorySettlements()
    onboarding = Onboarding(
        merchants=merchants,
        catalogue=stores.catalogue,
        clock=clock,
        new_id=ground.new_id,
        new_secret=partial(secrets.token_urlsafe, 24),
        digest=partial(_digest, settings.session_secret.encode()[:DIGEST_KEY_BYTES]),
    )
    merchandising = Merchandising(
        catalogue=stores.catalogue,
        stock=stores.stock,
        merchants=merchants,
        clock=clock,
        new_id=ground.new_id,
        finish_after_s=FINISH_AFTER * settings.request_timeout_s,
    )
    settlement = Settlement(
        orders=stores.orders,
        settlements=settlements,
        clock=clock,
        new_id=ground.new_id,
        fee_basis_points=settings.fee_basis_points,
    )

    terms = {
        "fee_basis_points": settings.fee_basis_points,
        "settle_every_s": settings.settle_every_s,
        "priced_within_s": settings.request_timeout_s,
    }

    async def pending() -> dict[str, int]:
        return {"settlements": int(await settlements.is_open()), "merchants": await merchants.under_way()}

    return System(
        name="marketplace",
        routes=(
            *MerchantAccounts(onboarding, ground.merchant_sessions).routes(),
            *MerchantSkus(merchandising).routes(),
            *MerchantBooks(settlement).routes(),
        ),
        works={
            "onboarding": every(settings.sweep_every_s, onboarding.sweep),
            "merchandising": every(settings.sweep_every_s, merchandising.sweep),
            "settlement": every(settings.settle_every_s, settlement.step),
        },
        rows=partial(marketplace_rows, terms, stores.catalogue, merchants, settlements, settlement),
        pending=pending,
        series=partial(_series, onboarding, merchandising, settlement),
    )


async def marketplace_rows(
    terms: Mapping[str, float],
    catalogue: MemoryCatalogue,
    merchants: MemoryMerchants,
    settlements: MemorySettlements,
    settlement: Settlement,
) -> dict[str, list[dict[str, Any]]]:
    """What the audit reads. No secret, nor what is kept of one, is among it."""
    return {
        "marketplace_terms": [dict(terms)],
        "price_lists": [
            {"sku": each.sku, "merchant": each.merchant, "prices": each.prices, "is_whole": each.is_whole}
            for each in await catalogue.price_lists()
        ],
        "merchant_accounts": [
            {"merchant": each.merchant, "state": each.state.value, "history": each.history}
            for each in await merchants.accounts()
        ],
        "restocks": [
            {
                "restock": each.restock,
                "merchant": each.merchant,
                "sku": each.sku,
                "place": each.place,
                "quantity": each.quantity,
                "state": each.state.value,
            }
            for each in await merchants.restocks()
        ],
        "settlements": [_batch_row(batch) for batch in await settlements.batches()],
        "merchant_views": [{"merchant": merchant, "order": order} for merchant, order in settlement.views()],
    }


def _digest(key: bytes, secret: str) -> bytes:
    """What is kept of a merchant's secret: useless without the shop's own."""
    return blake2b(secret.encode(), key=key, digest_size=32).digest()


def _batch_row(batch: Batch) -> dict[str, Any]:
    return {
        "settlement": batch.settlement,
        "opened_at": batch.opened_at,
        "state": batch.state.value,
        "orders": batch.orders,
        "statements": [
            {
                "merchant": each.merchant,
                "orders": each.orders,
                "gross_fen": each.gross_fen,
                "fee_fen": each.fee_fen,
                "net_fen": each.net_fen,
            }
            for each in batch.statements
        ],
    }


def _series(onboarding: Onboarding, merchandising: Merchandising, settlement: Settlement) -> Iterable[Metric]:
    reviewed = CounterMetricFamily("shop_merchant_applications", "Applications by the decision.", labels=("decision",))
    for state, count in onboarding.decided.items():
        reviewed.add_metric((state.value,), count)
    yield reviewed
    yield CounterMetricFamily("shop_listed_skus", "SKUs put on sale by merchants.", value=merchandising.listed)
    yield CounterMetricFamily("shop_price_changes", "Prices set by merchants.", value=merchandising.repriced)
    yield CounterMetricFamily(
        "shop_restocked_units", "Units brought by merchants.", value=merchandising.restocked_units
    )
    yield CounterMetricFamily("shop_settlement_batches", "Settlement batches closed.", value=settlement.batches)
    yield CounterMetricFamily("shop_settled_orders", "Orders settled.", value=settlement.orders)
    yuan = CounterMetricFamily("shop_settled_yuan", "Sales settled, by who gets them.", labels=("share",))
    yuan.add_metric(("merchants",), (settlement.gross_fen - settlement.fee_fen) / 100)
    yuan.add_metric(("fees",), settlement.fee_fen / 100)
    yield yuan
