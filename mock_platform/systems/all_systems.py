"""Every system of the shop, in the order in which they open."""

from __future__ import annotations

from collections.abc import Callable

from mock_platform.systems.cross_border import open_cross_border
from mock_platform.systems.ground import Ground, System
from mock_platform.systems.hall import open_hall
from mock_platform.systems.logistics import open_logistics
from mock_platform.systems.marketplace import open_marketplace
from mock_platform.systems.offline_outlets import open_outlets
from mock_platform.systems.preselling import open_presale
from mock_platform.systems.privacy import open_privacy
from mock_platform.systems.promotions import open_promotions
from mock_platform.systems.risk_control import open_risk

SYSTEMS: tuple[Callable[[Ground], System], ...] = (
    open_cross_border,
    open_promotions,
    open_logistics,
    open_presale,
    open_marketplace,
    open_outlets,
    open_privacy,
    open_risk,
    open_hall,
)
