"""Clear reads: the counts by who and why are what the access log comes to, in the order in which they were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from mock_platform.audit.data_protection_rules import AccessRow, ClearReadsRow, PersonalDataRow
from mock_platform.audit.exported_books import Books, Finding


def clear_reads_are_counted_by_reason(books: Books) -> Iterator[Finding]:
    """The counts by who and why are those of the log's rows, as far as it is whole; exports are among them, each."""
    log, counted = books.table("access_log", AccessRow), Counter[tuple[str, str]]()
    for row in books.table("clear_reads", ClearReadsRow):
        counted[row.who, row.why] += row.count
    logged = Counter((row.who, row.why) for row in log)
    is_whole = len(log) == counted.total()
    for who, why in sorted(counted.keys() | logged.keys()):
        count, rows = counted[who, why], logged[who, why]
        if rows > count or (is_whole and rows != count):
            yield f"{who} for {why}", f"{count} clear reads by {who} for {why} are counted, the log has {rows}."
    for told in books.table("personal_data", PersonalDataRow):
        exports, reads = told.exports + told.exports_replayed, counted["customer", "export"]
        if exports != reads:
            yield "customer for export", f"{exports} exports were made or made again, {reads} reads are logged."


def access_log_runs_forward(books: Books) -> Iterator[Finding]:
    for before, after in pairwise(books.table("access_log", AccessRow)):
        if after.at < before.at:
            early_s = before.at - after.at
            yield f"row {after.number}", f"Row {after.number} of the access log is {early_s:.3f} s before the last."


RULES = (clear_reads_are_counted_by_reason, access_log_runs_forward)
