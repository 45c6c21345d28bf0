"""People who ask what the shop knows of them: in the real platform all is as promised, and each lie would be told."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path
from typing import Any

import pytest

from loadtests.running.auditing import _inspect
from loadtests.running.own_traces import Looked, look_through
from loadtests.scenarios.privacy_requester import PrivacyRequester
from loadtests.shop.answers import Parcel, Parcels, Waybill
from loadtests.shop.leavers import stayers
from loadtests.shop.privacy_desk import PrivacyDesk
from loadtests.shop.privacy_promises import (
    Erasure,
    Export,
    ExportedOrder,
    Profile,
    broken_erasure,
    broken_export,
    broken_profile,
    broken_waybills,
)
from loadtests.shop.target import Target

ME = Profile("C1", "王**", "138****1234", "浙江省杭州市****")
MINE = Export("X1", "C1", "王小明", "13812341234", "浙江省杭州市西湖区文三路1号", [ExportedOrder("O1", "paid", 5)], 1)


class QuickRequester(PrivacyRequester):
    buyer_share = 0.6
    read_s = 0.02
    look_again_s = 0.1
    checkout_s = 0.02


class Leaver(QuickRequester):
    leaver_share = 1.0
    buyer_share = 1.0


def changed(value: Any, **fields: Any) -> Any:
    return type(value)(**{name: fields.get(name, getattr(value, name)) for name in value.__struct_fields__})


def test_requesters_see_themselves_and_leavers_are_gone_while_their_parcels_arrive(
    platform: Target, crowd: Any
) -> None:
    crowd.send(QuickRequester, *range(30))
    crowd.send(Leaver, *range(4))
    assert crowd.failures() == []
    assert crowd.outcomes("POST /customers/me/exports").count("ok") >= 30
    assert "ok" in crowd.outcomes("POST /customers/me/erasures")
    assert crowd.outcomes("GET /customers/me")[-1] == "refused"
    platform.settle(15.0)
    audit = platform.admin("GET", "/exports/audit")
    assert audit["violations"] == []
    (report,) = [each for each in audit["systems"] if each["system"] == "data protection"]
    figures = report["figures"]
    assert figures["clear reads by customer for export"] >= figures["exports"] >= 30
    assert figures["erasures"] >= 1
    assert figures["values looked for"] == 900
    assert figures["log lines scanned"] >= figures["erasures"] and figures["metrics lines scanned"] > 100
    assert figures["leaks"] == 0
    snapshot = platform.admin("GET", "/exports/snapshot")
    gone = {row["customer"] for row in snapshot["erasures"]}
    assert all(int(name[1:]) > stayers(300) for name in gone)


def test_what_the_harness_wrote_is_looked_through_by_the_real_shop(platform: Target, tmp_path: Path) -> None:
    clear = platform.admin("POST", "/customers/C0000003/openings", {"why": "support"})
    log = tmp_path / "harness.log"
    log.write_text(f"fine\nthe shop said {clear['customer']}\n", encoding="utf-8")
    assert look_through(platform, tmp_path) == Looked(2, ())
    blob = base64.b64encode(json.dumps({"phone": clear["phone"]}).encode()).decode()
    log.write_text(f"fine\n{clear['address']!r}\n{json.dumps(clear['name'])} {blob}\n", encoding="utf-8")
    found = look_through(platform, tmp_path).found
    assert {(place, kind) for place, kind, _ in found} == {
        ("harness.log line 2", "address"),
        ("harness.log line 3", "name"),
        ("harness.log line 3", "phone"),
    }
    assert not {clear["name"], clear["phone"], clear["address"]} & {masked for _, _, masked in found}


def test_what_is_found_there_breaks_the_audit_of_the_run(platform: Target, tmp_path: Path) -> None:
    log = tmp_path / "harness.log"
    log.write_text("fine\n", encoding="utf-8")
    before = _inspect(platform, "run", [], frozenset(), tmp_path)
    assert before["violations"] == [] and before["checked"] == len(before["invariants"])
    clear = platform.admin("POST", "/customers/C0000004/openings", {"why": "support"})
    log.write_text(f"the shop said {clear['phone'][:3]}-{clear['phone'][3:7]}-{clear['phone'][7:]}\n", encoding="utf-8")
    after = _inspect(platform, "run", [], frozenset(), tmp_path)
    (violation,) = after["violations"]
    assert violation["invariant"] == before["invariants"][-1] == "no_seeded_value_in_the_run_directory"
    assert violation["subject"] == "harness.log line 1"
    (report,) = [each for each in after["systems"] if each["system"] == "data protection"]
    assert (report["violations"], report["figures"]["leaks"]) == (1, 1)
    assert report["figures"]["run directory lines scanned"] == 1


def come_in_as(crowd: Any, **shares: float) -> set[int]:
    """The numbers of the customers as whom three hundred visits would come in."""
    shopper = crowd.shopper(QuickRequester)
    shopper.rng = random.Random(1)
    for name, share in shares.items():
        setattr(shopper, name, share)
    names = set()
    for _ in range(300):
        assert shopper.come_in()
        names.add(int(shopper.shop.buyer[1:]))
    return names


def test_nobody_who_never_leaves_is_ever_drawn_as_a_leaver(crowd: Any, platform: Target) -> None:
    crowd.festival.shop = {**crowd.shop, "customers": 250}
    crowd.festival.buyers.append("C0000249")  # somebody who may be gone by now
    assert 230 < max(come_in_as(crowd, leaver_share=0.0)) <= stayers(250) == 245
    assert come_in_as(crowd, leaver_share=1.0) == {246, 247, 248, 249, 250}


def test_who_does_not_buy_comes_as_somebody_who_bought(crowd: Any, platform: Target) -> None:
    crowd.festival.buyers += ["C0000011", "C0000012"]
    assert come_in_as(crowd, leaver_share=0.0, buyer_share=0.0) == {11, 12}


def test_waybills_under_way_are_held_against_their_buyers_again_and_again(platform: Target, crowd: Any) -> None:
    held: list[Parcel] = []

    class Desk(PrivacyDesk):
        def waybills(self, export: Export) -> list[Parcel]:
            held.extend(parcels := super().waybills(export))
            return parcels

    class Looker(QuickRequester):
        adapter = Desk
        leaver_share, buyer_share = 0.0, 0.0
        rounds_mean = 6.0

    class Customer(QuickRequester):
        leaver_share, buyer_share, rounds_mean = 0.0, 1.0, 1.0

    crowd.send(Customer, *range(10))
    crowd.send(Looker, *range(50, 60))
    assert crowd.failures() == []
    exports = crowd.outcomes("POST /customers/me/exports")
    assert set(exports) == {"ok"} and len(exports) >= 30
    assert len(held) >= 30
    assert {parcel.waybill.name[1:].strip("*") for parcel in held} == {""}


@pytest.mark.parametrize(
    ("profile", "promise"),
    [
        (ME, None),
        (changed(ME, customer="C2"), "the profile is another customer's"),
        (changed(ME, name="王小明"), "a profile shows more than a mask"),
        (changed(ME, phone="13812341234"), "a profile shows more than a mask"),
        (changed(ME, address=MINE.address), "a profile shows more than a mask"),
    ],
)
def test_a_profile_is_the_askers_and_masked(profile: Profile, promise: str | None) -> None:
    broken = broken_profile(profile, "C1")
    assert (broken and broken.promise) == promise


@pytest.mark.parametrize(
    ("export", "promise"),
    [
        (MINE, None),
        (changed(MINE, customer="C2"), "the export is another customer's"),
        (changed(MINE, phone="138****1234"), "an export is masked"),
        (changed(MINE, phone="13812341235"), "the export and the profile show different people"),
        (changed(MINE, name="李小明"), "the export and the profile show different people"),
        (changed(MINE, address="浙江省宁波市西湖区文三路1号"), "the export and the profile show different people"),
        (changed(MINE, orders=[]), None),
        (changed(MINE, orders=[], orders_total=0), "an export lacks an order of the customer's"),
    ],
)
def test_an_export_is_the_askers_whole_and_who_the_profile_showed(export: Export, promise: str | None) -> None:
    broken = broken_export(export, "C1", ME, {"O1"})
    assert (broken and broken.promise) == promise
    assert broken is None or not {MINE.name, MINE.phone, MINE.address} & set(broken.detail.split())


@pytest.mark.parametrize(
    ("waybill", "is_broken"),
    [
        (Waybill("王**", "138****1234", "浙江省杭州市****"), False),
        (Waybill("王小明", "138****1234", "浙江省杭州市****"), True),
        (Waybill("王**", "13812341234", "浙江省杭州市****"), True),
        (Waybill("王**", "138****1234", "浙江省杭州市西湖区文三路1号"), True),
        (Waybill("李**", "138****1234", "浙江省杭州市****"), True),
    ],
)
def test_a_waybill_is_a_mask_over_its_buyer(waybill: Waybill, is_broken: bool) -> None:
    parcel = Parcel("B1", "O1", "M1", "created", "zto", waybill, [])
    for may_leave in (True, False):
        assert (broken_waybills(Parcels([parcel]), MINE, may_leave=may_leave) is not None) == is_broken


def test_nothing_at_all_is_shown_of_those_alone_who_may_be_gone() -> None:
    parcels = Parcels([Parcel("B1", "O1", "M1", "created", "zto", Waybill("*", "****", "****"), [])])
    assert broken_waybills(parcels, MINE, may_leave=True) is None
    assert broken_waybills(parcels, MINE, may_leave=False) is not None


def test_an_erasure_is_of_the_asker() -> None:
    assert broken_erasure(Erasure("E1", "C1", 1.0), "C1") is None
    assert broken_erasure(Erasure("E1", "C2", 1.0), "C1") is not None
