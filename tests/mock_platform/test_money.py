"""Money: whole fen, and nothing else gets in."""

from __future__ import annotations

from typing import Any

import pytest

from mock_platform.domain.errors import MalformedRequest
from mock_platform.domain.money import FEN_MAX, positive_fen, yuan


@pytest.mark.parametrize(("amount_fen", "text"), [(1_234_567, "12,345.67"), (5, "0.05"), (0, "0.00"), (-250, "-2.50")])
def test_fen_are_shown_as_yuan(amount_fen: int, text: str) -> None:
    assert yuan(amount_fen) == text


@pytest.mark.parametrize("amount_fen", [1, 99, FEN_MAX - 1])
def test_a_positive_whole_amount_is_money(amount_fen: int) -> None:
    assert positive_fen(amount_fen) == amount_fen


@pytest.mark.parametrize("amount_fen", [0, -1, FEN_MAX, True, 1.0, "1", None, float("nan")])
def test_nothing_else_is(amount_fen: Any) -> None:
    with pytest.raises(MalformedRequest):
        positive_fen(amount_fen)
