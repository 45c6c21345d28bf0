"""How figures are written for people: with their unit, short enough for a table, by a name made of words."""

from __future__ import annotations

from collections.abc import Mapping

Figure = float | int | str

NOUNS: Mapping[str, str] = {
    "orders": "order",
    "parcels": "parcel",
    "units": "unit",
    "declarations": "declaration",
    "coupons": "coupon",
    "payments": "payment",
    "pickups": "pickup",
    "batches": "batch",
}
"""Last words of a figure's name that say what is counted; the singular beside each."""
SUFFIXES: Mapping[str, tuple[str, float]] = {
    "yuan": ("fen", 100.0),
    "fen": ("fen", 1.0),
    "s": ("s", 1.0),
    "share": ("ratio", 1.0),
    "ratio": ("ratio", 1.0),
}
"""Last words that are units, as `quantity` knows them, and what a figure is multiplied by to be in that unit."""


def quantity(value: float | None, unit: str) -> str:
    """A figure with its unit, short enough for a table: 0.0123 s becomes 12.3 ms."""
    if value is None:
        return "no data"
    if unit == "s":
        return f"{value:.4g} s" if abs(value) >= 1 else f"{value * 1e3:.3g} ms"
    if unit in ("ratio", "share"):
        return f"{value * 100:.3g} %"
    if unit == "fen":
        return f"¥{value / 100:,.2f}"
    if unit == "fen_per_s":
        return f"¥{value / 100:,.2f} /s"
    suffix = {"per_s": " /s", "count": "", "value": "", "1": ""}.get(unit, f" {unit}")
    return f"{value:,.4g}{suffix}" if abs(value) < 10_000 else f"{value:,.0f}{suffix}"


def selector(metric: str, labels: Mapping[str, str]) -> str:
    """A threshold's metric with its labels, as profiles write it."""
    inside = ",".join(f"{key}={value}" for key, value in labels.items())
    return f"{metric}{{{inside}}}" if inside else metric


def figure(name: str, value: Figure) -> tuple[str, str]:
    """Label and text of a figure whose name ends in its unit: `duty_yuan`, 12.5 becomes "duty", "¥12.50"."""
    words = name.replace("_", " ").split()
    last = words[-1] if words else ""
    label = " ".join(words[:-1])
    if not label or (last not in NOUNS and last not in SUFFIXES):
        return " ".join(words), _plain(value)
    if isinstance(value, str):
        return label, value
    if last in NOUNS:
        return label, f"{_plain(value)} {NOUNS[last] if value == 1 else last}"
    unit, factor = SUFFIXES[last]
    return label, quantity(value * factor, unit)


def _plain(value: Figure) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else quantity(value, "count")
