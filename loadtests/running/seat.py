"""One worker as the master knows it: who it is, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Seat:
    """Taken when a worker says hello; never given to another."""

    client_id: str
    worker: int
    pid: int
    ready: bool = False
    finished: bool = False
    lost_at_s: float | None = None
    reported: int = -1

    @property
    def at_work(self) -> bool:
        return not self.finished and self.lost_at_s is None
