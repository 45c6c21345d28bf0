"""Lost callback: a partner did its work and its call back never arrives; sweeps must find out by asking."""

from __future__ import annotations

from mock_platform.faults.plan import CallbackFault


class LostCallback(CallbackFault, frozen=True, kw_only=True, tag="lost_callback"):
    """No callback arrives."""

    def deliveries(self, planned: int) -> int:
        return 0
