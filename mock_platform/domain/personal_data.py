"""Masking: what a waybill, a log or a screen may show of a person. Odd input is hidden, never passed through."""

from __future__ import annotations

import re

MASK = "*"
_PHONE_IN_TEXT = re.compile(r"(?<![0-9A-Za-z_])((?:\+?(?:00)?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2})(?![0-9A-Za-z_])")
_NAME = "[^路街道巷弄号县0-9]"
_REGION = re.compile(rf"(?:{_NAME}{{1,8}}?(?:省|自治区|特别行政区))?{_NAME}{{1,10}}?(?:市|自治州|地区|盟)")


def masked_name(name: str) -> str:
    """'王小明' -> '王**'; 'Anna Lee' -> 'A*******'. A single character is hidden too."""
    return MASK if len(name) < 2 else name[0] + MASK * (len(name) - 1)


def masked_phone(phone: str) -> str:
    """'13812341234' -> '138****1234'; of anything else at most the last two digits."""
    digits = "".join(filter(str.isdigit, phone))
    if len(digits) == 11:
        return f"{digits[:3]}{MASK * 4}{digits[-4:]}"
    return MASK * 4 + (digits[-2:] if len(digits) >= 7 else "")


def masked_address(address: str) -> str:
    """Province and city stay, for sorting: '浙江省杭州市西湖区文三路1号' -> '浙江省杭州市****'."""
    region = _REGION.match(address)
    return (region.group() if region and region.end() < len(address) else "") + MASK * 4


def masked_text(text: str) -> str:
    """A log line with every mobile number in it masked: the last line of defence, since none should ever be there."""
    return _PHONE_IN_TEXT.sub(lambda found: masked_phone(found.group()), text)
