"""Risk's tallies: how often each rule was hit is what the decisions come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.risk_rules import DecisionRow, HitsRow, MemoryRow, RuleRow, TermsRow
from mock_platform.domain.risk import REFUSE_AT, SIGNS, SLOW_AT, VELOCITIES


def hits_are_counted(books: Books) -> Iterator[Finding]:
    """Each of risk's rules was hit as often as decisions name it; more often only where some were forgotten."""
    forgotten = sum(row.forgotten for row in books.table("risk_terms", TermsRow))
    named = Counter(rule for row in books.table("risk_decisions", DecisionRow) for rule in row.rules)
    counted = {row.rule: row.decisions for row in books.table("risk_hits", HitsRow)}
    for rule in sorted(named.keys() | counted.keys()):
        count = counted.get(rule, 0)
        if not named[rule] <= count <= named[rule] + forgotten:
            yield rule, f"Rule {rule} was hit {count} times by the count, by {named[rule]} of the decisions kept."


def every_rule_is_told_of(books: Books) -> Iterator[Finding]:
    """Each rule has its count, and each that counts has its memory: what is not told of is held to nothing."""
    rules = {row.rule: row for row in books.table("risk_rules", RuleRow)}
    for told, table in (
        ({row.rule for row in books.table("risk_hits", HitsRow)}, "a count"),
        ({row.rule for row in books.table("risk_memory", MemoryRow)}, "a memory"),
    ):
        due = {name for name, row in rules.items() if row.of or table == "a count"}
        for rule in sorted(due ^ told):
            yield rule, f"Rule {rule} {'is not in the table, yet has' if rule in told else 'is without'} {table}."


def rules_are_those_of_the_table(books: Books) -> Iterator[Finding]:
    """Tries are held to the rules as they are written down, with their windows, points and bounds."""
    due = {
        **{each.rule: (each.points, each.of, each.counts, each.window_s, each.allowed) for each in VELOCITIES},
        **{rule: (points, "", "", 0.0, 0) for rule, points in SIGNS.items()},
    }
    for row in books.table("risk_rules", RuleRow):
        told = row.points, row.of, row.counts, row.window_s, row.allowed
        if told != due.get(row.rule):
            yield row.rule, f"Rule {row.rule} is told as {told}, the table says {due.get(row.rule, 'nothing')}."
    for terms in books.table("risk_terms", TermsRow):
        if (terms.refuse_at, terms.slow_at) != (REFUSE_AT, SLOW_AT):
            told_at = f"from {terms.refuse_at} and slows down from {terms.slow_at} points on"
            yield "terms", f"By its terms risk refuses {told_at}, the table says {REFUSE_AT} and {SLOW_AT}."


def nobody_is_judged_while_screening_is_off(books: Books) -> Iterator[Finding]:
    """Off, screening decides nothing: nobody is refused by rules that no order is held to."""
    decisions = books.table("risk_decisions", DecisionRow)
    for terms in books.table("risk_terms", TermsRow):
        if not terms.is_on and decisions:
            yield "screening", f"Screening is off, yet there are {len(decisions)} decisions."


RULES = (hits_are_counted, every_rule_is_told_of, rules_are_those_of_the_table, nobody_is_judged_while_screening_is_off)
