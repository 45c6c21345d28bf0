"""Redirects as decisions: what the next request is, without a server."""

from __future__ import annotations

import pytest

from loadtests.http.redirects import Hop
from loadtests.http.request_bytes import JSON_TYPE
from loadtests.http.request_errors import BadAnswer
from loadtests.http.web_address import split_link

SHOP = split_link("https://shop").address
HEADERS = {"Authorization": "b", "cookie": "c", "Content-Type": "t", "Idempotency-Key": "k"}


def hop(method: str = "POST", headers: dict[str, str] | None = None) -> Hop:
    return Hop(method, SHOP, "/orders", headers, b"{}", JSON_TYPE)


@pytest.mark.parametrize(
    ("location", "kept"),
    [
        (b"/next", {"Authorization", "cookie", "Content-Type", "Idempotency-Key"}),
        (b"https://shop:443/next", {"Authorization", "cookie", "Content-Type", "Idempotency-Key"}),
        (b"http://shop/next", {"Content-Type", "Idempotency-Key"}),
        (b"https://shop:444/next", {"Content-Type", "Idempotency-Key"}),
        (b"https://www.shop/next", {"Content-Type", "Idempotency-Key"}),
    ],
)
def test_secrets_stay_with_their_origin(location: bytes, kept: set[str]) -> None:
    assert set(hop(headers=HEADERS).after(307, location).headers or {}) == kept


@pytest.mark.parametrize(
    ("method", "status", "then", "body"),
    [("POST", 302, "GET", None), ("POST", 307, "POST", b"{}"), ("PUT", 302, "PUT", b"{}"), ("PUT", 303, "GET", None)],
)
def test_method_and_body_change_together(method: str, status: int, then: str, body: bytes | None) -> None:
    after = hop(method, HEADERS).after(status, b"/next")
    assert (after.method, after.body, "Content-Type" in (after.headers or {})) == (then, body, body is not None)


@pytest.mark.parametrize("location", [b"ftp://x", b"http://h:0x/", b"mailto:a@b", b"http://a b/"])
def test_nowhere_is_no_place_to_go(location: bytes) -> None:
    with pytest.raises(BadAnswer):
        hop().after(302, location)


def test_an_idempotency_key_makes_a_post_safe_to_resend() -> None:
    assert not hop().may_be_resent
    assert hop(headers={"IDEMPOTENCY-KEY": "k"}).may_be_resent
    assert hop("PUT").may_be_resent
