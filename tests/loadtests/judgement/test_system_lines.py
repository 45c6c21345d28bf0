"""A system's line says by how much, in whole words, and never speaks of what the audit did not tell."""

from __future__ import annotations

import re

import pytest

from loadtests.judgement.system_lines import LINES, NAMES, line_of

TOLD: dict[str, tuple[dict[str, float | str], str]] = {
    "logistics": (
        {
            "parcels": 4491, "backlog_peak_parcels": 210, "backlog_peak_to_a_tenth_s": 31.3,
            "delivered_share": 0.9915, "paid_to_handed_over_median_s": 2.18,
        },
        "4,491 parcels, 99.2 % of them delivered; a backlog of up to 210; a tenth of it was left 31.3 s later; "
        "half handed over 2.18 s after payment",
    ),
    "flash sale": (
        {
            "flash_sales": 3, "allotted_units": 150, "sold_units": 141, "sold_out_sales": 2,
            "first_sold_out_after_s": 17.24, "last_sold_out_after_s": 17.9,
        },
        "141 of 150 units sold; 2 of 3 sales sold out; the first 17.24 s after it opened, the last 17.9 s",
    ),
    "presale": (
        {
            "deposits_paid_orders": 82, "balances_paid_orders": 65, "deposits_refunded_orders": 8,
            "deposits_forfeited_orders": 9, "deposits_forfeited_fen": 10_988,
        },
        "82 deposits and 65 balances paid; 8 deposits given back; 9 forfeited (¥109.88)",
    ),
    "risk": (
        {
            "hot_units_to_bots": 16, "hot_units_sold": 141, "bot_tries_per_human_try": 3.25,
            "bot_tries_stopped_share": 0.9704, "human_tries_stopped": 0, "human_tries": 166,
        },
        "16 of 141 hot units went to bots; 3.25 of a bot's tries to one of a person's; 97 % of the bots' stopped; "
        "no person taken for a bot",
    ),
    "data protection": (
        {
            "clear reads by customer for export": 60, "clear reads by operator for dispute": 8, "exports": 50,
            "key rotations": 0, "values looked for": 60_000, "leaks": 0,
        },
        "60,000 seeded values looked for; none found in the clear; 68 clear reads; 50 exports; no key rotated",
    ),
}  # fmt: skip


@pytest.mark.parametrize("system", TOLD)
def test_a_system_is_told_in_a_line(system: str) -> None:
    figures, line = TOLD[system]
    assert line_of(system, figures) == line


def test_a_backlog_that_has_not_drained_says_so() -> None:
    figures = {**TOLD["logistics"][0], "backlog_peak_to_a_tenth_s": "not yet"}
    assert "a backlog of up to 210; not yet down to a tenth of it" in line_of("logistics", figures)


def test_what_the_audit_did_not_tell_is_left_out() -> None:
    assert line_of("logistics", {"backlog_peak_parcels": 7}) == "a backlog of up to 7"
    assert line_of("a system of tomorrow", {"parcels": 7}) == ""


def test_every_clause_can_be_told() -> None:
    for system, clauses in LINES.items():
        names = {name for clause in clauses for name in NAMES.findall(clause.text)}
        assert not re.search(r"[{}]", line_of(system, dict.fromkeys(names, 0))), system
        assert len(line_of(system, dict.fromkeys(names, 7)).split("; ")) == len(clauses), system
