"""Which digits in an export are somebody's telephone number, and which are an id, an amount or an instant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_platform.audit import audit

Snapshot = dict[str, Any]
Find = Callable[..., Any]


@pytest.mark.parametrize(
    "text",
    [
        "13912345678",
        "19012345678",
        "+86 139 1234 5678",
        "86-139-1234-5678",
        "8613912345678",
        "008613912345678",
        "电话13912345678，家",
        "call\n13912345678\nnow",
        "tel.13912345678",
        "\v13912345678",
    ],
)
def test_a_telephone_number_is_found_in_any_text_of_any_field(clean: Snapshot, find: Find, text: str) -> None:
    find(clean, "orders", order="O2")["remark"] = {"for the courier": [text]}
    (violation,) = audit(clean).violations
    assert violation.subject == "snapshot.orders[1].remark.for the courier[0]"
    assert "1234" not in violation.message


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("boot", "8f13912345678e2a"),
        ("boot", "O13912345678"),
        ("key", "freeze/3/13912345678"),
        ("key", "0a1b-13912345678-77"),
        ("order", "20171111-13912345678"),
        ("note", "1391234567"),
        ("note", "139123456789"),
        ("note", "13912345678_9"),
        ("note", "0.13912345678"),
        ("note", "138****5678"),
        ("note", "12012345678"),
        ("note", "1510329600.1391234567"),
        ("amount", 13_912_345_678),
        ("at", 1_510_329_600.139123),
    ],
)
def test_digits_in_ids_amounts_and_instants_are_no_telephone_numbers(clean: Snapshot, field: str, text: Any) -> None:
    clean["extra"] = {field: text}
    assert audit(clean).violations == ()


def test_a_key_that_is_a_telephone_number_is_one(clean: Snapshot) -> None:
    clean["extra"] = {"key": "13912345678"}
    assert [violation.subject for violation in audit(clean).violations] == ["snapshot.extra.key"]
