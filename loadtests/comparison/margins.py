"""How large a change must be to matter, and how small to be none. Certainty is another question: see `relabelling`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Margins:
    """A change matters from both floors on: 0.2 ms on an answer of 1 ms are 20 % that nobody feels."""

    floor: float = 0.03
    """Share of the base's percentile."""
    floor_s: float = 0.001
    """Seconds of a percentile."""
    floor_failures: float = 0.001
    """Difference of two failure rates."""
    same_within: float = 0.10
    """A percentile whose interval stays within this share is the same."""
    same_failures: float = 0.005
    """A failure rate whose interval stays within this difference is the same."""

    def matters(self, change: Floats, base: Floats, timed: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Whether a change is beyond the floors; `timed` tells percentiles from failure rates."""
        size = np.abs(change)
        slower = (size >= self.floor) & (size * base >= self.floor_s)
        return np.where(timed, slower, size >= self.floor_failures)

    def same_up_to(self, base: Floats, timed: npt.NDArray[np.bool_]) -> Floats:
        """The largest change that still counts as none; never less than what does not matter."""
        share = np.maximum(max(self.same_within, self.floor), self.floor_s / np.where(timed, base, 1.0))
        return np.where(timed, share, max(self.same_failures, self.floor_failures))
