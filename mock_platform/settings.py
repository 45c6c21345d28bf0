"""What can be set, in one table: read once from environment and flags, checked as a whole, then frozen.

`SHOP_HOLD_S=15` and `--hold-s 15` mean the same; a flag wins. Durations are in seconds, rates shares of 1.
How the times relate: request_timeout_s < key_lock_s < hold_s. A request gives up before a retry may take over
its key, and that retry still finds the units held.
"""

from __future__ import annotations

import difflib
import ipaddress
import itertools
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any

PREFIX = "SHOP_"
ADMIN_TOKEN_LENGTH_MIN = 16
SESSION_SECRET_LENGTH_MIN = 32
BROKEN_BOOKS = ("", "oversell", "double_charge", "drop_order", "leak_hold", "reuse_coupon", "keep_deposit")


class SettingsError(Exception):
    """Settings that cannot be used; `mistakes` holds one sentence for each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__(" ".join(mistakes))
        self.mistakes = tuple(mistakes)


def _setting(
    default: Any,
    says: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    secret: bool = False,
    factory: Callable[[], str] | None = None,
) -> Any:
    facts = {"says": says, "unit": unit, "low": low, "high": high, "choices": choices, "secret": secret}
    if factory is not None:
        return field(default_factory=factory, repr=not secret, metadata=facts)
    return field(default=default, repr=not secret, metadata=facts)


def _duration(default: float, says: str, *, low: float = 0.0, high: float = 86_400.0) -> Any:
    return _setting(default, says, unit="s", low=low, high=high)


def _share(default: float, says: str) -> Any:
    return _setting(default, says, unit="share", low=0.0, high=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one shop is run. Build it with `read_settings`, which checks it; tests may build it by hand."""

    host: str = _setting("127.0.0.1", "address to bind; any but loopback needs an admin token of yours")
    port: int = _setting(8080, "port to bind; 0 takes any free one", low=0, high=65_535)
    store: str = _setting("memory", "engine that keeps the books", choices=("memory",))
    commit_s: float = _duration(0.0, "how long a commit of an order takes, as in a database; 0: no time", high=10.0)
    connections: int = _setting(20, "commits under way at once, where a commit takes time", low=1, high=10_000)
    admin_token: str = _setting("", "opens the administrative routes; made up when absent", secret=True)
    session_secret: str = _setting(
        None,
        "signs customers' sessions; made up when absent",
        secret=True,
        factory=lambda: secrets.token_hex(32),
    )
    session_s: float = _duration(86_400.0, "how long a customer's session lasts", low=1.0, high=30 * 86_400.0)
    log_level: str = _setting("info", "least severe line logged", choices=("debug", "info", "warning", "error"))

    seed: int = _setting(11, "same seed, same people, goods and chance", low=0, high=2**63 - 1)
    skus: int = _setting(10_000, "articles on sale", low=1, high=1_000_000)
    merchants: int = _setting(200, "merchants that sell them", low=1, high=9_999)
    customers: int = _setting(20_000, "customers with a full cart", low=1, high=1_000_000)

    request_timeout_s: float = _duration(5.0, "a request is given up after", low=0.01, high=600.0)
    key_lock_s: float = _duration(10.0, "an idempotency key in progress may be taken over after", low=0.01)
    hold_s: float = _duration(15.0, "units held without an order are given back after", low=0.01)
    payment_window_s: float = _duration(60.0, "an order unpaid this long is cancelled", low=0.01)
    sweep_every_s: float = _duration(0.5, "pause between two sweeps of what is due", low=0.01, high=60.0)
    shutdown_s: float = _duration(10.0, "longest wait for requests and events at shutdown", high=600.0)
    max_body_bytes: int = _setting(65_536, "largest request body", unit="bytes", low=1_024, high=16 * 2**20)

    bank_latency_s: float = _duration(0.2, "median time the bank takes to call back", high=60.0)
    bank_declined_rate: float = _share(0.01, "payments the bank declines")
    bank_late_rate: float = _share(0.01, "callbacks that come late")
    bank_late_s: float = _duration(3.0, "how late a late callback is", high=600.0)
    bank_lost_rate: float = _share(0.002, "callbacks that never come")
    bank_doubled_rate: float = _share(0.01, "callbacks that come twice")
    inquire_after_s: float = _duration(2.0, "a payment pending this long is asked about", low=0.01)
    picked_after_s: float = _duration(0.5, "time until a parcel's goods are picked from the shelves")
    packed_after_s: float = _duration(0.5, "time until what was picked is packed")
    sorted_per_s: float = _setting(
        35.0, "parcels a warehouse sorts a second: each sorter of 18,000 an hour is 5", low=0.1, high=100_000.0
    )
    carrier_late_rate: float = _share(0.01, "carrier's callbacks that come late")
    carrier_late_s: float = _duration(3.0, "how late a late callback of the carrier is", high=600.0)
    carrier_lost_rate: float = _share(0.002, "carrier's callbacks that never come")
    carrier_doubled_rate: float = _share(0.01, "carrier's callbacks that come twice")
    carrier_collected_s: float = _duration(1.0, "median time until the carrier collects a sorted parcel")
    carrier_road_km_per_s: float = _setting(
        400.0, "kilometres a second that a parcel is hauled at most: a lorry's day in 2.5 s", low=0.001, high=1e6
    )
    carrier_delivered_s: float = _duration(2.0, "median time from the station in the buyer's city to the door")
    chase_after_s: float = _duration(30.0, "a parcel that has not moved for this long is booked again", low=0.01)

    customs_latency_s: float = _duration(0.5, "median time customs take to clear an order from abroad", high=60.0)
    customs_rejected_rate: float = _share(0.02, "declarations customs reject")
    customs_late_rate: float = _share(0.01, "customs broker's callbacks that come late")
    customs_late_s: float = _duration(3.0, "how late a late callback of the broker is", high=600.0)
    customs_lost_rate: float = _share(0.01, "customs broker's callbacks that never come")
    customs_doubled_rate: float = _share(0.01, "customs broker's callbacks that come twice")
    customs_inquire_after_s: float = _duration(2.0, "a declaration under way this long is asked about", low=0.01)

    outlets: int = _setting(36, "shops in town with shelves of their own", low=1, high=1_000)
    pickup_window_s: float = _duration(30.0, "a paid order not fetched from its outlet this long is refunded", low=0.01)

    fee_basis_points: int = _setting(200, "the platform's fee, in hundredths of a percent", low=0, high=10_000)
    settle_every_s: float = _duration(2.0, "pause between two settlements of what was delivered", low=0.01)

    risk_screening: bool = _setting(True, "tries for flash sales are judged; without, bots buy what they like")

    key_rotation_every_s: float = _duration(30.0, "master keys are replaced this often; 0: only when asked")
    access_log_file: str = _setting("", "file that each clear read of personal data is appended to")
    log_file: str = _setting("", "file that log lines go to instead of standard error; the audit reads it")

    broken_books: str = _setting(
        "", "break the books on purpose, to prove that the audit sees it", choices=BROKEN_BOOKS
    )
    exit_with_parent: bool = _setting(False, "stop when standard input closes: the process that started us is gone")

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the address we bind."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


FIELDS: Mapping[str, Field[Any]] = {each.name: each for each in fields(Settings)}
_READERS: Mapping[str, Callable[[str], Any]] = {"str": str, "int": int, "float": float}
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false"}


def read_settings(flags: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """Flags (`--port 0`, `--port=0`) over environment over defaults; SettingsError names every mistake."""
    mistakes: list[str] = []
    written = _from_environment(environ, mistakes) | _from_flags(flags, mistakes)
    values = {}
    for name, (source, text) in written.items():
        try:
            values[name] = _value(FIELDS[name], source, text)
        except ValueError as mistake:
            mistakes.append(str(mistake))
    settings = Settings(**values)
    mistakes += _contradictions(settings, unread=set(written) - set(values))
    if mistakes:
        raise SettingsError(mistakes)
    return settings


def usage() -> str:
    """The table of settings as the text of `--help`."""
    lines = [
        "usage: python -m mock_platform [--flag value ...]",
        "",
        f"Each flag is also {PREFIX}<FLAG> in the environment.",
        "",
    ]
    for each in FIELDS.values():
        facts = each.metadata
        default = "" if facts["secret"] else f" [{each.default}]" if each.default != "" else ""
        choices = f" ({', '.join(filter(None, facts['choices']))})" if facts["choices"] else ""
        lines.append(f"  --{each.name.replace('_', '-'):<20} {facts['says']}{choices}{default}")
    return "\n".join(lines)


def _from_environment(environ: Mapping[str, str], mistakes: list[str]) -> dict[str, tuple[str, str]]:
    written = {}
    for variable in sorted(environ):
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX):
            continue
        if name in FIELDS:
            written[name] = (variable, environ[variable])
        else:
            mistakes.append(_unknown(variable, [PREFIX + known.upper() for known in FIELDS]))
    return written


def _from_flags(flags: Sequence[str], mistakes: list[str]) -> dict[str, tuple[str, str]]:
    written: dict[str, tuple[str, str]] = {}
    known = {"--" + name.replace("_", "-"): name for name in FIELDS}
    waiting = list(flags)
    while waiting:
        flag, equals, text = waiting.pop(0).partition("=")
        name = known.get(flag)
        has_value = bool(waiting) and not waiting[0].startswith("--")
        if name is None:
            mistakes.append(_unknown(flag, list(known)))
            if has_value and flag.startswith("--") and not equals:
                waiting.pop(0)
            continue
        if not equals and FIELDS[name].type == "bool":
            text = "true"
        elif not equals and has_value:
            text = waiting.pop(0)
        elif not equals:
            mistakes.append(f"{flag} needs a value.")
            continue
        if name in written:
            mistakes.append(f"{flag} is given twice.")
        written[name] = (flag, text)
    return written


def _unknown(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"{word} is not a setting" + (f"; did you mean {close[0]}?" if close else ".")


def _value(each: Field[Any], source: str, text: str) -> Any:
    """The text as a value within its bounds, or a ValueError that says what would do."""
    shown = "that" if each.metadata["secret"] else repr(text)
    kind = str(each.type)
    try:
        value = _TRUTH[text.lower()] if kind == "bool" else _READERS[kind](text)
    except (KeyError, ValueError):
        raise ValueError(f"{source} must be {_KINDS[kind]}, not {shown}.") from None
    low, high, unit = each.metadata["low"], each.metadata["high"], each.metadata["unit"]
    choices = each.metadata["choices"]
    if choices and value not in choices:
        raise ValueError(f"{source} must be one of {', '.join(filter(None, choices))}, not {shown}.")
    # A share has no unit a reader would miss, so only seconds and bytes are named.
    named = f" {unit}" if unit in ("s", "bytes") else ""
    # "nan" is refused here as well: it is between no two numbers.
    if low is not None and not low <= value <= high:
        raise ValueError(f"{source} must be between {low:,.10g} and {high:,.10g}{named}, not {shown}.")
    if kind == "str" and not choices and not text.strip():
        raise ValueError(f"{source} must not be empty.")
    return value


_ASCENDING = ("request_timeout_s", "key_lock_s", "hold_s")
_ASCENDING_WHY = {
    "key_lock_s": "or a retry takes over a key whose first request still runs",
    "hold_s": "or units are given back while their checkout may still be retried",
}


def _contradictions(settings: Settings, unread: set[str]) -> list[str]:
    """What each setting alone allows and all together do not; unread ones are not blamed twice."""
    found = []
    for less, more in itertools.pairwise(_ASCENDING):
        lesser_s, greater_s = getattr(settings, less), getattr(settings, more)
        if lesser_s >= greater_s and not {less, more} & unread:
            found.append(f"{less} ({lesser_s:g} s) must be below {more} ({greater_s:g} s), {_ASCENDING_WHY[more]}.")
    if "session_secret" not in unread and len(settings.session_secret) < SESSION_SECRET_LENGTH_MIN:
        found.append(f"session_secret must have at least {SESSION_SECRET_LENGTH_MIN} characters.")
    shared = not settings.is_loopback and not {"host", "admin_token"} & unread
    if shared and len(settings.admin_token) < ADMIN_TOKEN_LENGTH_MIN:
        found.append(
            f"Others can reach host {settings.host}, so {PREFIX}ADMIN_TOKEN must be given "
            f"and have at least {ADMIN_TOKEN_LENGTH_MIN} characters."
        )
    return found
