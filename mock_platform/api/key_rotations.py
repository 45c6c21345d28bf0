"""/key-rotations: have a new master key made, and every customer's data key wrapped by it, while the shop sells on."""

from __future__ import annotations

from mock_platform.api.route import Call, Route
from mock_platform.services.key_rotation import KeyRotation, Rotation


class KeyRotations:
    def __init__(self, rotation: KeyRotation) -> None:
        self._rotation = rotation

    async def begin(self, call: Call) -> Rotation:
        return await self._rotation.begin()

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(
                method="POST",
                path="/key-rotations",
                handler=self.begin,
                says="Begin a rotation of the master keys; asked again while one is under way, it is that one.",
                gives=Rotation,
                status=202,
                audience="operators",
                hurtable=False,
            ),
        )
