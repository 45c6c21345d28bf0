"""A customer's data is found wherever it hides, and the shop's own words are not taken for it."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest

from mock_platform.domain.customer import Customer
from mock_platform.domain.shipment import waybill_for
from mock_platform.domain.traces import Traces
from mock_platform.seed import make_seed

WANG = Customer("C1", "王小明", "13812341234", "杭州市", "浙江省杭州市西湖区文三路1号101室")
LI = Customer("C2", "李四", "13900001111", "杭州市", "浙江省杭州市余杭区仓前街12号3室")


@pytest.fixture
def traces() -> Traces:
    traces = Traces(b"secret" * 4)
    for customer in (WANG, LI):
        traces.learn(customer, waybill_for(customer))
    return traces


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("customer 王小明 failed", [("name", "王**")]),
        ("收件人王小明先生", [("name", "王**")]),
        ("王小明13812341234", [("phone", "138****1234"), ("name", "王**")]),
        ("for 李四, please", [("name", "李*")]),
        ("tel 138 1234 1234", [("phone", "138****1234")]),
        ("tel +86-138-1234-1234!", [("phone", "138****1234")]),
        ("8613812341234", [("phone", "138****1234")]),
        ("to 浙江省杭州市西湖区文三路1号101室.", [("address", "浙江省杭州市****")]),
        ("到文三路1号101室", [("address", "****")]),
        ("到西湖区文三路1号", [("address", "****")]),
        (json.dumps({"name": "王小明"}), [("name", "王**")]),
        (repr("王小明".encode()), [("name", "王**")]),
        (f"GET /?name={quote('王小明')}", [("name", "王**")]),
        (ascii("王小明 李四"), [("name", "王**"), ("name", "李*")]),
        (json.dumps(json.dumps({"name": "王小明"})), [("name", "王**")]),
        ("tel 138.1234.1234 or 138 123 41234", [("phone", "138****1234")] * 2),
        (f"tel={quote('138 1234 1234')}", [("phone", "138****1234")]),
        (f"blob {b64encode('王小明'.encode()).decode()}", [("name", "王**")]),
        (f"blob {b64encode(b'13812341234').decode()};", [("phone", "138****1234")]),
        (urlsafe_b64encode(json.dumps({"to": "文三路1号101室"}).encode()).decode(), [("address", "****")]),
    ],
)
def test_a_trace_is_found_and_told_masked(traces: Traces, text: str, found: list[tuple[str, str]]) -> None:
    assert list(traces.find(text)) == found


@pytest.mark.parametrize(
    "text",
    [
        "王** 138****1234 浙江省杭州市****",
        "王小红 13812341235 浙江省杭州市",
        "O13812341234 run/7/x13812341234y 138123412345 0.13812341234 1510329600.13812341234",
        "张三李四王五",
        "西湖区",
        "",
    ],
)
def test_masks_ids_and_other_words_are_no_traces(traces: Traces, text: str) -> None:
    assert list(traces.find(text)) == []


def test_a_name_of_two_characters_is_found_where_it_stands_alone_only(traces: Traces) -> None:
    assert [kind for kind, _ in traces.find("李四")] == ["name"]
    assert list(traces.find("行李四件")) == []


def test_no_value_is_kept_only_fingerprints_that_need_the_secret(traces: Traces) -> None:
    other = Traces(b"another" * 4)
    other.learn(WANG, waybill_for(WANG))
    kept = [each for held in vars(traces).values() if isinstance(held, set) for each in held]
    assert kept and not any(isinstance(each, str) for each in kept)
    assert not traces._names & other._names and not traces._phones & other._phones
    assert traces.values == 6


@pytest.mark.parametrize("seed", [11, 5])
def test_of_a_seeded_shop_every_person_is_found_and_its_goods_and_masks_are_not(seed: int) -> None:
    shop = make_seed(seed, skus=2_000, merchants=200, customers=3_000)
    traces = Traces(b"secret" * 4)
    for customer in shop.customers:
        traces.learn(customer, waybill_for(customer))
    for sku in shop.skus:
        assert not list(traces.find(f"{sku.title} {sku.category}"))
    for merchant in shop.merchants:
        assert not list(traces.find(f"{merchant.name} {merchant.city}"))
    for customer in shop.customers:
        shown = waybill_for(customer)
        assert not list(traces.find(f"{shown.name} {shown.phone} {shown.address} {customer.city}"))
        clear = f"<{customer.name}> {customer.phone} {customer.address}"
        assert {kind for kind, _ in traces.find(clear)} == {"name", "phone", "address"}
