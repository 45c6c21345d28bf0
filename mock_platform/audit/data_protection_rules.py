"""Data protection: no seeded value in the clear anywhere, every clear read logged, the erased gone, old keys empty."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import Row
from mock_platform.domain.master_key import KeyState
from mock_platform.domain.personal_data import MASK, masked_address

MASKED_NAME = re.compile(r".?\*+", re.DOTALL)
MASKED_PHONE = re.compile(r"\d{3}\*{4}\d{4}|\*{4}\d{0,2}")
ROTATION_S_MOST, ROTATION_S_PER_CUSTOMER = 60.0, 0.001
"""A rotation of 20,000 customers takes 2 s on a busy loop; what takes much longer is stuck."""
NOTHING = "*", "****", "****"
VALUES_EACH = 3
ENDED = frozenset({"delivered", "recalled"})
FORGOTTEN_WITHIN_S = 15.0
"""The shop looks every second; a busy one, or one whose commits wait in a row, may take a while."""
PURPOSES = {"customer": {"export"}, "operator": {"support", "delivery", "legal"}}


class PersonalDataRow(Row, frozen=True, gc=False):
    customers: int
    values: int
    data_keys_given_out: int
    exports: int
    exports_replayed: int
    waybills_emptied: int
    rotations: int
    is_rotating: bool
    rotating_since: float


class MasterKeyRow(Row, frozen=True, gc=False):
    key: str
    state: KeyState
    data_keys: int


class ClearReadsRow(Row, frozen=True, gc=False):
    who: str
    why: str
    count: int


class AccessRow(Row, frozen=True, gc=False):
    number: int
    at: float
    who: str
    why: str
    customer: str


class ErasureRow(Row, frozen=True, gc=False):
    customer: str
    erased_at: float


class WaybillRow(Row, frozen=True, gc=False):
    name: str
    phone: str
    address: str


class ParcelWaybillRow(Row, frozen=True, gc=False):
    parcel: str
    order: str
    history: list[tuple[str, float]]
    waybill: WaybillRow | None = None


def no_seeded_value_in_the_clear(books: Books) -> Iterator[Finding]:
    """No name, phone or address that any customer has stands in a table, the log or the metrics."""
    for place, kind, masked in books.scan.found:
        yield place, f"{place} shows a customer's {kind} in the clear: {masked}."


def every_value_is_looked_for(books: Books) -> Iterator[Finding]:
    """Whoever looks knows name, phone and address of each customer: to have looked for nothing proves nothing."""
    if books.evidence is None:
        return
    for row in books.table("personal_data", PersonalDataRow):
        if books.scan.values < VALUES_EACH * row.customers:
            yield (
                "scan",
                f"{books.scan.values} values of {row.customers} customers were looked for; each has {VALUES_EACH}.",
            )


def waybills_are_masked(books: Books) -> Iterator[Finding]:
    for parcel in books.table("parcels", ParcelWaybillRow):
        waybill = parcel.waybill
        if waybill is None:
            continue
        shown = [
            field
            for field, text, mask in (
                ("name", waybill.name, MASKED_NAME.fullmatch),
                ("phone", waybill.phone, MASKED_PHONE.fullmatch),
                ("address", waybill.address, _is_masked_address),
            )
            if not mask(text)
        ]
        if shown:
            yield parcel.parcel, f"The waybill of parcel {parcel.parcel} shows more than a mask: {', '.join(shown)}."


def every_clear_read_is_logged(books: Books) -> Iterator[Finding]:
    """As many data keys were given out as reads are logged, without a gap, each by somebody who may, for a reason."""
    reads = sum(row.count for row in books.table("clear_reads", ClearReadsRow))
    log = books.table("access_log", AccessRow)
    for counts in books.table("personal_data", PersonalDataRow):
        if counts.data_keys_given_out != reads:
            yield "access log", f"{counts.data_keys_given_out} data keys were given out, {reads} reads are logged."
    if log and log[-1].number != reads:
        yield "access log", f"The last row is number {log[-1].number}, {reads} clear reads are logged."
    elif reads and not log:
        yield "access log", f"{reads} clear reads are counted, and no row is there."
    for before, after in pairwise(log):
        if after.number != before.number + 1:
            yield f"row {after.number}", f"Row {after.number} of the access log follows row {before.number}."
    for row in log:
        if row.why not in PURPOSES.get(row.who, ()):
            yield (
                f"row {row.number}",
                f"{row.who} read {row.customer} in the clear for {row.why!r}, which is no reason.",
            )


def the_erased_are_not_read(books: Books) -> Iterator[Finding]:
    erased = {row.customer: row.erased_at for row in books.table("erasures", ErasureRow)}
    for row in books.table("access_log", AccessRow):
        if row.at > erased.get(row.customer, row.at):
            late_s = row.at - erased[row.customer]
            yield (
                row.customer,
                f"{row.customer} was read in the clear {late_s:.1f} s after being erased, row {row.number}.",
            )


def the_erased_are_on_no_new_waybill(books: Books) -> Iterator[Finding]:
    """Parcels made after an erasure show nothing at all of whom they are for."""
    erased = {row.customer: row.erased_at for row in books.table("erasures", ErasureRow)}
    if not erased:
        return
    grace_s = books.rows.settings.grace_s
    for parcel in books.table("parcels", ParcelWaybillRow):
        order = books.orders.get(parcel.order)
        erased_at = erased.get(order.buyer) if order else None
        if erased_at is None or parcel.waybill is None or not parcel.history:
            continue
        shown = parcel.waybill.name, parcel.waybill.phone, parcel.waybill.address
        made_at = parcel.history[0][1]
        # A waybill may have been read just before the erasure, and kept just after it.
        if made_at > erased_at + grace_s and shown != NOTHING:
            late_s = made_at - erased_at
            yield (
                parcel.parcel,
                f"Parcel {parcel.parcel} was made {late_s:.1f} s after its buyer was erased, and shows them.",
            )


def the_erased_are_on_no_waybill_that_arrived(books: Books) -> Iterator[Finding]:
    """Once a parcel is delivered or recalled nobody needs its mask: soon after, nothing is left of it."""
    erased = {row.customer: row.erased_at for row in books.table("erasures", ErasureRow)}
    for parcel in books.table("parcels", ParcelWaybillRow) if erased else ():
        order = books.orders.get(parcel.order)
        erased_at = erased.get(order.buyer) if order else None
        if erased_at is None or parcel.waybill is None or not parcel.history or parcel.history[-1][0] not in ENDED:
            continue
        shown = parcel.waybill.name, parcel.waybill.phone, parcel.waybill.address
        late_s = books.rows.taken_at - max(erased_at, parcel.history[-1][1])
        if late_s > FORGOTTEN_WITHIN_S and shown != NOTHING:
            yield (
                parcel.parcel,
                f"Parcel {parcel.parcel} ended {late_s:.1f} s ago, and still shows its buyer, who was erased.",
            )


def the_erased_buy_nothing(books: Books) -> Iterator[Finding]:
    """No order is placed for somebody who was erased; one already on its way through checkout may still be."""
    erased = {row.customer: row.erased_at for row in books.table("erasures", ErasureRow)}
    grace_s = books.rows.settings.grace_s
    for order in books.rows.orders if erased else ():
        late_s = order.placed_at - erased.get(order.buyer, order.placed_at)
        if late_s > grace_s:
            yield (
                order.order,
                f"Order {order.order} was placed {late_s:.1f} s after its buyer {order.buyer} was erased.",
            )


def retired_keys_are_empty(books: Books) -> Iterator[Finding]:
    """One key is active; one being retired is there only during a rotation; under a destroyed one there is nothing."""
    keys = books.table("master_keys", MasterKeyRow)
    rotating = any(row.is_rotating for row in books.table("personal_data", PersonalDataRow))
    active = [key.key for key in keys if key.state == "active"]
    if keys and len(active) != 1:
        yield "master keys", f"{len(active)} master keys are active: {', '.join(active) or 'none'}."
    for key in keys:
        if key.state == "destroyed" and key.data_keys:
            yield (
                key.key,
                f"{key.data_keys} data keys are wrapped by {key.key}, which is destroyed: nobody can read them.",
            )
        if key.state == "retiring" and not rotating:
            yield key.key, f"{key.key} is being retired, but no rotation is under way; {key.data_keys} are under it."
    erased = len(books.table("erasures", ErasureRow))
    for row in books.table("personal_data", PersonalDataRow):
        kept = sum(key.data_keys for key in keys)
        if kept + erased != row.customers:
            yield "master keys", f"{row.customers} customers, of whom {erased} are erased, have {kept} data keys."


def rotations_end(books: Books) -> Iterator[Finding]:
    """While one goes on for good, all that its former key wrapped is as safe as that key."""
    for row in books.table("personal_data", PersonalDataRow):
        lasts_s = books.rows.taken_at - row.rotating_since
        if row.is_rotating and lasts_s > ROTATION_S_MOST + ROTATION_S_PER_CUSTOMER * row.customers:
            yield "master keys", f"a rotation is under way for {lasts_s:.0f} s, for {row.customers} customers."


RULES = (
    no_seeded_value_in_the_clear,
    every_value_is_looked_for,
    waybills_are_masked,
    every_clear_read_is_logged,
    the_erased_are_not_read,
    the_erased_are_on_no_new_waybill,
    the_erased_are_on_no_waybill_that_arrived,
    the_erased_buy_nothing,
    retired_keys_are_empty,
    rotations_end,
)


def figures(books: Books) -> dict[str, float | str]:
    scan = books.scan
    totals, emptied = {"exports": 0, "key rotations": 0}, {"waybills emptied": 0}
    for row in books.table("personal_data", PersonalDataRow):
        totals = {"exports": row.exports, "key rotations": row.rotations}
        emptied = {"waybills emptied": row.waybills_emptied}
    reads = {f"clear reads by {row.who} for {row.why}": row.count for row in books.table("clear_reads", ClearReadsRow)}
    return {
        **(reads or {"clear reads": 0}),
        **totals,
        "erasures": len(books.table("erasures", ErasureRow)),
        **emptied,
        "values looked for": scan.values,
        **{f"{name} lines scanned": lines for name, lines in scan.lines.items() if lines is not None},
        **{name: "not scanned: it goes to no file" for name, lines in scan.lines.items() if lines is None},
        "leaks": len(scan.found),
    }


def _is_masked_address(shown: str) -> bool:
    """Province and city at most: what masking would leave of any address that begins like this."""
    return shown.endswith(MASK * 4) and masked_address(shown.removesuffix(MASK * 4) + "0") == shown
