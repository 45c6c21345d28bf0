"""Settings: read from flags and environment, refused as a whole, frozen."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from mock_platform.settings import FIELDS, Settings, SettingsError, read_settings, usage


def mistakes(*flags: str, **environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_settings(flags, environ)
    return list(caught.value.mistakes)


def test_without_anything_written_the_defaults_hold() -> None:
    settings = read_settings([], {"PATH": "/bin"})
    assert (settings.host, settings.port, settings.store) == ("127.0.0.1", 8080, "memory")
    assert (settings.skus, settings.merchants, settings.customers) == (10_000, 200, 20_000)


def test_a_flag_wins_over_the_environment() -> None:
    environ = {"SHOP_PORT": "9000", "SHOP_HOLD_S": "20"}
    settings = read_settings(["--port", "9001"], environ)
    assert (settings.port, settings.hold_s) == (9001, 20.0)


@pytest.mark.parametrize("flags", [["--port=0", "--exit-with-parent"], ["--exit-with-parent", "--port", "0"]])
def test_flags_may_be_written_either_way(flags: list[str]) -> None:
    settings = read_settings(flags, {})
    assert settings.port == 0
    assert settings.exit_with_parent


@pytest.mark.parametrize(("text", "truth"), [("true", True), ("1", True), ("no", False), ("FALSE", False)])
def test_truth_is_written_in_words(text: str, truth: bool) -> None:
    assert read_settings([], {"SHOP_EXIT_WITH_PARENT": text}).exit_with_parent is truth


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--prot", "1"], "--prot is not a setting; did you mean --port?"),
        (["--port"], "--port needs a value."),
        (["--port", "--seed", "3"], "--port needs a value."),
        (["--port", "x"], "--port must be a whole number, not 'x'."),
        (["--port", "70000"], "--port must be between 0 and 65,535, not '70000'."),
        (["--port", "9" * 400], f"--port must be between 0 and 65,535, not '{'9' * 400}'."),
        (["--hold-s", "nan"], "--hold-s must be between 0.01 and 86,400 s, not 'nan'."),
        (["--bank-lost-rate", "2"], "--bank-lost-rate must be between 0 and 1, not '2'."),
        (
            ["--broken-books", "x"],
            "--broken-books must be one of oversell, double_charge, drop_order, leak_hold, reuse_coupon, keep_deposit, "
            "not 'x'.",
        ),
        (["--exit-with-parent=maybe"], "--exit-with-parent must be true or false, not 'maybe'."),
        (["--host", " "], "--host must not be empty."),
        (["--port", "1", "--port", "2"], "--port is given twice."),
        (["stray"], "stray is not a setting."),
        (["--session-secret", "short"], "session_secret must have at least 32 characters."),
    ],
)
def test_each_mistake_is_one_sentence(flags: list[str], sentence: str) -> None:
    assert mistakes(*flags) == [sentence]


def test_every_mistake_is_reported_at_once() -> None:
    found = mistakes("--port", "x", "--skus", "0", "--hold-s", "3", SHOP_STORE="tape", SHOP_HOLDS_S="1")
    assert len(found) == 5
    assert any("SHOP_HOLDS_S is not a setting; did you mean SHOP_HOLD_S?" in each for each in found)


def test_a_secret_is_never_shown() -> None:
    secret = "s" * 40
    settings = read_settings([], {"SHOP_ADMIN_TOKEN": secret, "SHOP_SESSION_SECRET": secret})
    assert secret not in repr(settings)
    assert settings.admin_token == settings.session_secret == secret


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--request-timeout-s", "10"], "request_timeout_s (10 s) must be below key_lock_s (10 s)"),
        (["--hold-s", "10"], "key_lock_s (10 s) must be below hold_s (10 s)"),
    ],
)
def test_a_request_ends_before_its_key_lock_and_that_before_the_hold(flags: list[str], sentence: str) -> None:
    (found,) = mistakes(*flags)
    assert found.startswith(sentence)


def test_what_could_not_be_read_is_not_blamed_twice() -> None:
    assert mistakes("--key-lock-s", "soon") == ["--key-lock-s must be a number, not 'soon'."]
    assert len(mistakes("--key-lock-s", "soon", "--hold-s", "12")) == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "10.1.2.3", "::", "shop.example"])
def test_a_host_that_others_can_reach_needs_an_admin_token_of_ones_own(host: str) -> None:
    (found,) = mistakes("--host", host)
    assert "SHOP_ADMIN_TOKEN must be given" in found
    assert mistakes("--host", host, "--admin-token", "short") == [found]
    assert read_settings(["--host", host, "--admin-token", "x" * 16], {}).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_none(host: str) -> None:
    assert read_settings(["--host", host], {}).is_loopback


def test_settings_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]


def test_each_start_makes_up_its_own_session_secret() -> None:
    assert Settings().session_secret != Settings().session_secret


def test_usage_names_every_setting_and_shows_no_secret() -> None:
    text = usage()
    assert all("--" + name.replace("_", "-") in text for name in FIELDS)
    assert Settings().session_secret not in text
