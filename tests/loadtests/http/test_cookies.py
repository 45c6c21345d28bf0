"""Cookies: which are kept, for how long, and where they go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.http.cookies import MOST_COOKIES, Cookies

NOW = 1_000_000.0


def jar(*set_cookies: str, path: str = "/", secure: bool = True) -> Cookies:
    cookies = Cookies()
    for set_cookie in set_cookies:
        cookies.take(set_cookie, "shop.example", path, secure, NOW)
    return cookies


def sent(cookies: Cookies, path: str = "/", host: str = "shop.example", secure: bool = True, now: float = NOW) -> str:
    return cookies.header_for(host, path, secure, now)


@pytest.mark.parametrize(
    ("set_cookie", "expected"),
    [
        ("a=1", "a=1"),
        ("a=1; Path=/; HttpOnly; SameSite=Lax", "a=1"),
        ("  a = 1 ; Secure", "a=1"),
        ("a=", "a="),
        ("a=b=c", "a=b=c"),
        ('a="quoted"', 'a="quoted"'),
        ("a=1; Domain=shop.example", "a=1"),
        ("a=1; Domain=.EXAMPLE", "a=1"),
        ("a=1; Domain=evil.example", ""),
        ("a=1; Domain=hop.example", ""),
        ("=1", ""),
        ("a", ""),
        ("", ""),
        ("a=1\x07", ""),
        ("a=" + "x" * 5000, ""),
        ("a=1; Max-Age=10", "a=1"),
        ("a=1; Max-Age=0", ""),
        ("a=1; Max-Age=-5", ""),
        ("a=1; Max-Age=soon", "a=1"),
        ("a=1; Max-Age=99999999999999999999", "a=1"),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""),
        ("a=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT", ""),
        ("a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", "a=1"),
        ("a=1; Expires=nonsense", "a=1"),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=10", "a=1"),
    ],
)
def test_a_cookie_is_kept_as_a_browser_would(set_cookie: str, expected: str) -> None:
    assert sent(jar(set_cookie)) == expected


def test_a_cookie_goes_to_its_host_only() -> None:
    assert sent(jar("a=1; Domain=example"), host="www.shop.example") == ""


@pytest.mark.parametrize(
    ("kept_path", "path", "goes"),
    [("/carts", "/carts", True), ("/carts", "/carts/mine", True), ("/carts", "/cartsmine", False),
     ("/carts/", "/carts/mine", True), ("/carts/", "/carts", False), ("/carts", "/", False), ("/", "/x", True)],
)  # fmt: skip
def test_a_cookie_goes_below_its_path_only(kept_path: str, path: str, goes: bool) -> None:
    assert (sent(jar(f"a=1; Path={kept_path}"), path) == "a=1") == goes


def test_without_a_path_the_folder_of_the_page_counts() -> None:
    cookies = jar("a=1", path="/carts/mine")
    assert sent(cookies, "/carts/other") == "a=1"
    assert sent(cookies, "/") == ""


def test_longer_paths_go_first() -> None:
    assert sent(jar("a=1; Path=/", "a=2; Path=/carts"), "/carts") == "a=2; a=1"


def test_a_secure_cookie_neither_comes_nor_goes_without_tls() -> None:
    assert sent(jar("a=1; Secure"), secure=False) == ""
    assert sent(jar("a=1; Secure", secure=False)) == ""


def test_a_cookie_ends_when_its_time_is_up_or_the_server_takes_it_back() -> None:
    cookies = jar("a=1; Max-Age=10")
    assert sent(cookies, now=NOW + 9.9) == "a=1"
    assert sent(cookies, now=NOW + 10) == ""
    cookies = jar("a=1", "b=2", "a=; Max-Age=0")
    assert (sent(cookies), len(cookies)) == ("b=2", 1)


def test_a_later_value_replaces_the_earlier() -> None:
    assert sent(jar("a=1", "a=2")) == "a=2"


def test_the_jar_is_bounded() -> None:
    cookies = jar(*[f"c{n}=1" for n in range(MOST_COOKIES + 5)])
    assert len(cookies) == MOST_COOKIES
    assert cookies.get("c4") is None
    assert cookies.get("c5") == "1"


@given(st.text(max_size=60))
def test_no_set_cookie_header_can_break_the_jar_or_forge_a_line(set_cookie: str) -> None:
    header = sent(jar(set_cookie))
    assert header.isprintable()
