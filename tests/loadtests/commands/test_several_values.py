"""`--base a b c` as shells expand it, beside everything that options looked like before."""

from __future__ import annotations

import pytest

from loadtests.commands.several_values import repeated

SEVERAL = ("--base", "--candidate")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("--base a b --candidate c", "--base a --base b --candidate c"),
        ("--base a --base b", "--base a --base b"),
        ("--base=a b", "--base=a b"),
        ("smoke --base a b", "smoke --base a --base b"),
        ("--json x y --base a", "--json x y --base a"),
        ("--base a b --json x y", "--base a --base b --json x y"),
        ("--base", "--base"),
        ("--base a b -- c d", "--base a --base b -- c d"),
        ("--base - b", "--base - --base b"),
        ("", ""),
    ],
)
def test_values_belong_to_the_option_before_them(written: str, meant: str) -> None:
    assert list(repeated(written.split(), SEVERAL)) == meant.split()
