"""Masking: enough to recognise oneself by, too little for anybody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.customer import Customer
from mock_platform.domain.personal_data import masked_address, masked_name, masked_phone
from mock_platform.domain.shipment import waybill_for


@pytest.mark.parametrize(
    ("name", "masked"), [("王小明", "王**"), ("李四", "李*"), ("Anna Lee", "A*******"), ("王", "*"), ("", "*")]
)
def test_of_a_name_the_first_character_stays(name: str, masked: str) -> None:
    assert masked_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("13812341234", "138****1234"), ("+86 138-1234-1234", "****34"), ("0571-888866", "****66"), ("110", "****")],
)
def test_of_a_phone_the_middle_is_hidden(phone: str, masked: str) -> None:
    assert masked_phone(phone) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("浙江省杭州市西湖区文三路1号", "浙江省杭州市****"),
        ("北京市海淀区中关村大街1号", "北京市****"),
        ("内蒙古自治区呼和浩特市新城区1号", "内蒙古自治区呼和浩特市****"),
        ("西湖区文三路市场1号", "****"),
        ("22 Acacia Avenue", "****"),
        ("杭州市", "****"),
        ("", "****"),
    ],
)
def test_of_an_address_province_and_city_stay(address: str, masked: str) -> None:
    assert masked_address(address) == masked


@given(
    st.text(max_size=40), st.text("0123456789 +-", max_size=20), st.text("路号室0123456789省市区浙江杭州", max_size=40)
)
def test_no_waybill_shows_a_whole_phone_or_a_door(name: str, phone: str, address: str) -> None:
    waybill = waybill_for(Customer("C1", name, phone, "", address))
    assert len(name) < 2 or name not in waybill.name
    assert sum(map(str.isdigit, waybill.phone)) <= 7
    assert waybill.address.endswith("****")
    assert not any(address.endswith(end) for end in [waybill.address.removesuffix("****")] if end)


def test_a_customer_in_a_log_line_is_only_an_id() -> None:
    customer = Customer("C1", "王小明", "13812341234", "杭州市", "浙江省杭州市西湖区文三路1号")
    assert f"{customer!r} {customer}" == "Customer(C1) Customer(C1)"
