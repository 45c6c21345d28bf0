"""Addresses and paths: split as a browser would, safe on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.http.web_address import follow, request_target, split_link, with_params


@pytest.mark.parametrize(
    ("url", "address", "authority", "path", "credentials"),
    [
        ("http://shop", "http://shop", "shop", "", None),
        ("HTTP://Shop:80/", "http://shop", "shop", "/", None),
        ("https://shop:443/a?b=c#d", "https://shop", "shop", "/a?b=c", None),
        ("http://shop:8080?x", "http://shop:8080", "shop:8080", "/?x", None),
        ("http://[::1]:9000/v1", "http://[::1]:9000", "[::1]:9000", "/v1", None),
        ("https://me:p%40s@shop", "https://shop", "shop", "", "me:p@s"),
        ("http://零点.example", "http://xn--3pxr92f.example", "xn--3pxr92f.example", "", None),
    ],
)
def test_a_url_is_split_into_where_and_what(
    url: str, address: str, authority: str, path: str, credentials: str | None
) -> None:
    link = split_link(url)
    assert (str(link.address), link.address.authority) == (address, authority)
    assert (link.path, link.credentials) == (path, credentials)


@pytest.mark.parametrize("url", ["", "shop", "/skus", "ftp://shop", "http://", "http://s:99999", "http://s\r\n", "//s"])
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        split_link(url)


@given(st.text(max_size=30))
def test_a_target_never_breaks_the_request_line(path: str) -> None:
    try:
        target = request_target(path)
    except ValueError:
        return
    assert target
    assert all(0x21 <= byte <= 0x7E for byte in target)


def test_what_is_encoded_already_stays() -> None:
    assert request_target("/a%20b/茶?q=%E8#x") == b"/a%20b/%E8%8C%B6?q=%E8"


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        ("/a", {"b": 1}, "/a?b=1"),
        ("/a?x=1", {"b": [1, 2]}, "/a?x=1&b=1&b=2"),
        ("/a#f", [("b", "c d")], "/a?b=c+d#f"),
        ("/a", {}, "/a"),
        ("/a", iter([("b", 1)]), "/a?b=1"),
    ],
)
def test_params_join_the_query(path: str, params: object, expected: str) -> None:
    assert with_params(path, params) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "http://shop/b"),
        ("b", "http://shop/a/b"),
        ("//other/x", "http://other/x"),
        ("https://shop", "https://shop"),
    ],
)
def test_a_location_is_read_from_where_we_are(location: str, url: str) -> None:
    link = follow("http://shop/a/page?q=1", location)
    assert f"{link.address}{link.path}" == url
