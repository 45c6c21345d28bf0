"""Reads a profile: TOML in, a checked `Profile` out, or every mistake at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from loadtests.plan.arrivals import ARRIVAL_KINDS
from loadtests.plan.profile import Profile, ValidityLimits, Wanted
from loadtests.plan.profile_checks import (
    check_baskets,
    check_fault_times,
    check_labels,
    check_phases,
    check_weights,
    warnings_of,
)
from loadtests.plan.profile_mistakes import Mistakes, ProfileError, key_lines
from loadtests.plan.profile_overrides import apply_override
from loadtests.plan.profile_parts import (
    CrowdAsWritten,
    read_faults,
    read_platform,
    read_scenarios,
    read_stages,
    read_thresholds,
)
from loadtests.plan.profile_presale import check_depositors, read_hump, read_window, with_depositors
from loadtests.plan.profile_source import read_source, shipped_profiles
from loadtests.plan.profile_values import (
    Table,
    choice,
    duration,
    exponent,
    file_beside,
    rate,
    run_name,
    share,
    url,
    whole,
)
from loadtests.plan.units import did_you_mean
from loadtests.shapes import SHAPES

__all__ = ["ProfileError", "read_profile", "shipped_profiles"]

TABLES = (
    *("run", "target", "stages", "scenarios", "baskets", "wanted", "presale"),
    *("thresholds", "validity", "faults", "platform"),
)
HOMES = {
    **dict.fromkeys(("name", "seed", "locustfile", "audit", "arrivals", "max_shoppers", "patience", "drain"), "[run]"),
    **dict.fromkeys(("connections", "shape", "peak_rate"), "[run]"),
    **dict.fromkeys(("host", "timeout"), "[target]"),
    **dict.fromkeys(("rate", "from", "to", "measured"), "[[stages]]"),
    **dict.fromkeys(("max_dropped", "max_schedule_lag_p99", "max_generator_cpu", "cpu_sustained"), "[validity]"),
    **dict.fromkeys(("after", "lasts", "kind", "route"), "[[faults]]"),
    **dict.fromkeys(("zipf_exponent", "hot_share"), "[wanted]"),
    **dict.fromkeys(("opens", "share_of_money", "share_of_arrivals"), "[presale]"),
}
"""Where a key belongs that somebody put elsewhere."""


def read_profile(
    path_or_name: str,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    host: str | None = None,
) -> Profile:
    """The profile in a file, or the shipped one of that name, with overrides like "run.peak_rate=400" applied.

    `seed` and `host` win over both. Raises ProfileError with a sentence for every mistake found.
    """
    source = read_source(path_or_name)
    written = source.written
    mistakes = Mistakes(key_lines(source.text))
    for override in overrides:
        apply_override(written, override, mistakes)
    for option, table, key, value in (("--seed", "run", "seed", seed), ("--host", "target", "host", host)):
        if value is not None and isinstance(written.setdefault(table, {}), dict):
            written[table][key] = value
            mistakes.wrote((table, key), option)
    profile = _assemble(written, source.path, mistakes)
    mistakes.refuse_any()
    assert profile is not None
    return profile


def _assemble(written: Mapping[str, Any], path: Path, mistakes: Mistakes) -> Profile | None:
    _refuse_strange_tables(written, mistakes)
    run = Table(written.get("run", {}), ("run",), mistakes, HOMES)
    scenarios, by_phase = read_scenarios(written.get("scenarios", {}), mistakes)
    baskets, baskets_by_phase = read_scenarios(written.get("baskets", {}), mistakes, "baskets")
    presale = written.get("presale")
    hump = read_hump(presale, run, mistakes, HOMES)
    crowd = CrowdAsWritten(scenarios, by_phase, baskets, baskets_by_phase, hump)
    stages, phases = read_stages(written.get("stages"), run, mistakes, HOMES, crowd)
    balances = hump or read_window(presale, run, stages, mistakes, HOMES)
    if balances is not None and hump is None:
        stages = with_depositors(stages, balances)
    thresholds = read_thresholds(written.get("thresholds", {}), mistakes)
    faults = read_faults(written.get("faults", []), mistakes, HOMES)
    fields = {
        **_run(run, path),
        **_target(Table(written.get("target", {}), ("target",), mistakes, HOMES)),
        "platform": read_platform(written.get("platform", {}), mistakes),
        "wanted": _wanted(Table(written.get("wanted", {}), ("wanted",), mistakes, HOMES)),
        "validity": _validity(Table(written.get("validity", {}), ("validity",), mistakes, HOMES)),
    }
    if phases is not None:
        check_phases(phases, by_phase, thresholds, faults, mistakes)
        check_weights(phases, scenarios, by_phase, mistakes)
        check_baskets(phases, crowd, mistakes)
        check_depositors(stages, balances, crowd, mistakes)
        check_fault_times(stages, faults, mistakes)
    planned = written.get("faults", [])
    complete = isinstance(planned, list) and len(faults) == len(planned)
    check_labels(thresholds, scenarios, by_phase, faults if complete else None, mistakes)
    if mistakes:
        return None
    profile = Profile(
        stages=stages,
        scenarios=scenarios,
        scenarios_by_phase=by_phase,
        baskets=baskets,
        baskets_by_phase=baskets_by_phase,
        balances=balances,
        thresholds=tuple(threshold for _, threshold in thresholds),
        faults=tuple(fault for _, fault in faults),
        path=path,
        **fields,
    )
    return replace(profile, warnings=warnings_of(profile, thresholds, mistakes))


def _refuse_strange_tables(written: Mapping[str, Any], mistakes: Mistakes) -> None:
    for name in written:
        if name not in TABLES:
            home = HOMES.get(name)
            hint = f"; {name} belongs into {home}" if home else did_you_mean(name, TABLES)
            mistakes.add((name,), f"there is no such table{hint}")


def _run(run: Table, path: Path) -> dict[str, Any]:
    fields = {
        "name": run.take("name", run_name, path.stem),
        "seed": run.take("seed", whole(-(2**63), 2**63 - 1), 11),
        "locustfile": run.take("locustfile", file_beside(path), None),
        "audit": run.take("audit", file_beside(path), None),
        "arrivals": run.take("arrivals", choice(*ARRIVAL_KINDS), "poisson"),
        "connections": run.take("connections", choice("keep", "per_arrival"), "keep"),
        "max_shoppers": run.take("max_shoppers", whole(1, 1_000_000), 2000),
        "patience_s": run.take("patience", duration(), 30.0),
        "drain_s": run.take("drain", duration(), 10.0),
        "shape": run.take("shape", choice(*SHAPES), None),
        "peak_rate": run.take("peak_rate", rate(above_zero=True), None),
    }
    run.close()
    return fields


def _target(target: Table) -> dict[str, Any]:
    fields = {
        "host": target.take("host", url, None),
        "timeout_s": target.take("timeout", duration(above_zero=True), 30.0),
    }
    target.close()
    return fields


def _wanted(wanted: Table) -> Wanted:
    usual = Wanted()
    found = Wanted(
        zipf_exponent=wanted.take("zipf_exponent", exponent, usual.zipf_exponent),
        hot_share=wanted.take("hot_share", share(), usual.hot_share),
    )
    wanted.close()
    return found


def _validity(validity: Table) -> ValidityLimits:
    usual = ValidityLimits()
    limits = ValidityLimits(
        max_dropped=validity.take("max_dropped", share(), usual.max_dropped),
        max_schedule_lag_p99_s=validity.take("max_schedule_lag_p99", duration(), usual.max_schedule_lag_p99_s),
        max_generator_cpu=validity.take("max_generator_cpu", share(most=10.0), usual.max_generator_cpu),
        cpu_sustained_s=validity.take("cpu_sustained", duration(), usual.cpu_sustained_s),
    )
    validity.close()
    return limits
