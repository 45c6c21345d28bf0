"""What an answer about personal data must hold: it is the asker's own, and masked wherever it is not an export."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, Struct

from loadtests.shop.answers import Parcels, Waybill
from loadtests.shop.promises import Broken

Text = Annotated[str, Meta(min_length=1)]

MASKED_PHONE = re.compile(r"\d{3}\*{4}\d{4}|\*{4}\d{0,2}")
NOTHING = "*", "****", "****"
"""On waybills made after an erasure."""


class Profile(Struct, frozen=True, gc=False):
    customer: Text
    name: Text
    phone: Text
    address: Text


class ExportedOrder(Struct, frozen=True, gc=False):
    order: Text
    state: Text
    payable_fen: Annotated[int, Meta(ge=0)]


class Export(Struct, frozen=True, gc=False):
    export: Text
    customer: Text
    name: Text
    phone: Text
    address: Text
    orders: list[ExportedOrder]
    orders_total: Annotated[int, Meta(ge=0)]

    def __repr__(self) -> str:
        return f"Export({self.export})"  # no log line and no traceback carries personal data


class Erasure(Struct, frozen=True, gc=False):
    erasure: Text
    customer: Text
    erased_at: float


def broken_profile(profile: Profile, buyer: str) -> Broken | None:
    if profile.customer != buyer:
        return Broken("the profile is another customer's", f"asked as {buyer}, got {profile.customer}")
    if set(profile.name[1:]) - {"*"} or not MASKED_PHONE.fullmatch(profile.phone) or profile.address[-4:] != "****":
        return Broken("a profile shows more than a mask", buyer)
    return None


def broken_export(export: Export, buyer: str, profile: Profile | None, bought: set[str]) -> Broken | None:
    """The asker's own, whole, and the very person whom the masked profile showed. Ids only: details go into a log."""
    if export.customer != buyer:
        return Broken("the export is another customer's", f"asked as {buyer}, got {export.customer}")
    if "*" in export.name + export.phone + export.address:
        return Broken("an export is masked", export.export)
    if profile is not None and not _hides(profile.name, profile.phone, profile.address, export):
        return Broken("the export and the profile show different people", f"{buyer}, {export.export}")
    missing = bought - {order.order for order in export.orders}
    if missing and export.orders_total == len(export.orders):
        return Broken("an export lacks an order of the customer's", f"{export.export}: {', '.join(sorted(missing))}")
    return None


def broken_erasure(erasure: Erasure, buyer: str) -> Broken | None:
    if erasure.customer != buyer:
        return Broken("another customer was erased", f"asked as {buyer}, erased {erasure.customer}")
    return None


def broken_waybills(parcels: Parcels, export: Export, *, may_leave: bool) -> Broken | None:
    """Each waybill is a mask over the person of the export; over nothing at all only of somebody who may be erased."""
    for parcel in parcels.shipments:
        waybill = parcel.waybill
        if may_leave and _is_nothing(waybill):
            continue
        if not _hides(waybill.name, waybill.phone, waybill.address, export):
            return Broken("a waybill is no mask over its buyer", parcel.parcel)
    return None


def _is_nothing(waybill: Waybill) -> bool:
    return (waybill.name, waybill.phone, waybill.address) == NOTHING


def _hides(name: str, phone: str, address: str, export: Export) -> bool:
    shown = address.removesuffix("****")
    return (
        name == export.name[0] + "*" * (len(export.name) - 1)
        and phone == f"{export.phone[:3]}****{export.phone[-4:]}"
        and address != shown
        and export.address.startswith(shown)
        and len(export.address) > len(shown)
    )
