"""The seams of offline outlets: what their services may rely on. The rules of protocols.py hold here too."""

from __future__ import annotations

from typing import Protocol

from mock_platform.domain.outlet import Outlet
from mock_platform.domain.pickup import Pickup


class OutletStore(Protocol):
    """Outlets in the order of their seed, and what is kept of their clerks' secrets."""

    async def outlet(self, outlet: str) -> Outlet:
        """Or NotFound."""

    async def outlets(self) -> list[Outlet]: ...

    async def set_secret(self, outlet: str, digest: bytes) -> None:
        """Of the secret that opens clerks' sessions from now on. NotFound."""

    async def secret_digest(self, outlet: str) -> bytes:
        """Empty: no secret opens one, or there is no such outlet."""


class PickupStore(Protocol):
    """What the order store's commits say of goods that wait; read here, written there.

    Read the order before its pick-up: then the order's version guards both.
    """

    async def pickup(self, order: str) -> Pickup | None: ...

    async def found(self, digest: str) -> Pickup | None:
        """The one whose code has this digest, in whatever state."""

    async def overdue(self, now: float, limit: int) -> list[Pickup]:
        """Those that wait and should have been fetched by now, oldest first."""

    async def waiting(self) -> int:
        """How many wait. Cheap."""

    async def pickups(self) -> list[Pickup]: ...


class PickupTally(Protocol):
    """Counts for metrics. Never raises, never suspends."""

    def pickup(self, state: str) -> None:
        """A pick-up reached this state."""

    def wrong_code(self) -> None:
        """A clerk typed a code under which nothing waits there."""

    def waited(self, seconds: float) -> None:
        """From laid out to fetched."""


class TillTally(Protocol):
    """Likewise."""

    def till_sale(self, tender: str, amount_fen: int) -> None:
        """Something was sold at a till."""
