"""What was escaped on its way, by whatever wrote it, is read as what it stands for; base64 as what it holds."""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.escapes import held_in_base64, unescaped

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=3, max_size=12)
NEIGHBOURS = st.sampled_from(["", " ", '"', "name=", "key/", "a:", "[", "\n", "&", "%", "\\"])


@pytest.mark.parametrize(
    "written",
    [
        "王小明",
        json.dumps("王小明"),
        json.dumps(json.dumps("王小明")),
        ascii("王小明"),
        repr("王小明".encode()),
        quote("王小明"),
        quote(quote("王小明")),
        "\\347\\216\\213\\345\\260\\217\\346\\230\\216",
        "&#29579;&#23567;&#26126;",
        "&#x738B;&#x5c0f;&#x660E;",
        "王小明".encode().decode("latin-1"),
        "\\u738B\\u5C0F\\u660E",
    ],
)
def test_each_way_to_write_a_name_down_is_undone(written: str) -> None:
    assert "王小明" in unescaped(f"told {written}, twice {written}")


@pytest.mark.parametrize(("written", "number"), [("１３８１２３４", "1381234"), ("138%201234", "138 1234")])
def test_digits_are_digits_however_wide_and_a_urls_blank_is_one(written: str, number: str) -> None:
    assert unescaped(f"王 {written}") == f"王 {number}"


@given(CHINESE, NEIGHBOURS, NEIGHBOURS)
def test_whatever_stands_beside_it_base64_of_chinese_is_read(value: str, before: str, after: str) -> None:
    for encode in (b64encode, urlsafe_b64encode):
        row = encode(value.encode()).decode()
        for written in (row, row.rstrip("=")):
            assert any(value in held for held in held_in_base64(f"{before}{written}{after}"))


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), CHINESE)
def test_base64_of_a_document_is_read_however_it_was_written(phone: str, name: str) -> None:
    for document in (json.dumps({"n": name, "p": phone}), json.dumps([phone, name], ensure_ascii=False)):
        held = list(held_in_base64(b64encode(document.encode()).decode()))
        assert any(phone in each and name in each for each in held)


@pytest.mark.parametrize("text", ["&#" + "9" * 5000 + ";", "\\" * 200_000, "\\" * 200_000 + "u738b"])
def test_what_was_written_to_break_it_does_not_and_takes_no_longer_than_its_length(text: str) -> None:
    assert unescaped(text)[-1] == ("王" if text.endswith("b") else text[-1])


@given(st.text())
def test_nothing_that_may_be_written_breaks_it(text: str) -> None:
    unescaped(text)
    list(held_in_base64(text))
    assert unescaped(html.escape(text, quote=False)) == unescaped(html.unescape(html.escape(text, quote=False)))


@pytest.mark.parametrize("text", ["O1a96c1140001852", "20261123T121630-soak-0a0e/0/38", "Authorization", "a" * 5_000])
def test_ids_and_words_hold_nothing(text: str) -> None:
    assert list(held_in_base64(text)) == []
