from __future__ import annotations

import pytest

from loadtests.record.sample import Sample


def test_the_wait_for_a_free_shopper_belongs_to_the_response_but_not_to_the_service() -> None:
    sample = Sample("/pay", "Buyer", "zero_hour", "ok", due_at=10.0, started_at=12.5, finished_at=12.75)
    assert sample.response_s == pytest.approx(2.75)
    assert sample.service_s == pytest.approx(0.25)
