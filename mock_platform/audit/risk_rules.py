"""Risk: decisions follow their rules, nobody refused has an order, nobody ordered unjudged, and memory is bounded."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator

from mock_platform.audit.exported_books import Books, Finding
from mock_platform.audit.exported_rows import OrderRow, Row

BOT = "bot-"
"""How the last part of a scalper's key begins, in runs of our own crowd: the truth, which screening must not see."""
ADMITTED, SLOWED, REFUSED = "admitted", "slowed", "refused"


class TermsRow(Row, frozen=True, gc=False):
    is_on: bool
    refuse_at: int
    slow_at: int
    decisions_cap: int
    forgotten: int
    admitted: int
    slowed: int
    refused: int

    @property
    def decided(self) -> int:
        return self.admitted + self.slowed + self.refused

    def outcome(self, score: int) -> str:
        return REFUSED if score >= self.refuse_at else SLOWED if score >= self.slow_at else ADMITTED


class RuleRow(Row, frozen=True, gc=False):
    """No `of`: a sign on the try itself."""

    rule: str
    points: int
    of: str = ""
    counts: str = ""
    window_s: float = 0.0
    allowed: int = 0


class MemoryRow(Row, frozen=True, gc=False):
    rule: str
    entries: int
    cap: int
    evicted_early: int


class DecisionRow(Row, frozen=True, gc=False):
    order: str
    key: str
    buyer: str
    sale: str
    device: str
    at: float
    asked_at: float
    score: int
    rules: list[str]
    outcome: str


class HitsRow(Row, frozen=True, gc=False):
    rule: str
    decisions: int


def refused_tries_made_no_order(books: Books) -> Iterator[Finding]:
    """Whoever was refused, or told to slow down, has no order of that id or under that key."""
    made = {(order.buyer, order.key): order.order for order in books.rows.orders}
    for row in _decisions(books):
        order = row.order if row.order in books.orders else made.get((row.buyer, row.key))
        if row.outcome != ADMITTED and order is not None:
            yield row.key, f"Risk {row.outcome} buyer {row.buyer} under key {row.key}, yet there is order {order}."


def flash_orders_were_admitted(books: Books) -> Iterator[Finding]:
    """While tries are judged, every order of a flash sale has one decision that let it in, while it is kept."""
    terms, decisions = _terms(books), _decisions(books)
    if terms is None or not terms.is_on:
        return
    known = Counter((row.order, row.outcome) for row in decisions)
    since = decisions[0].asked_at if terms.forgotten and decisions else float("-inf")
    for order in _flash_orders(books):
        admitted = known[order.order, ADMITTED]
        if order.placed_at > since and admitted != 1:
            yield (
                order.order,
                f"Order {order.order} of sale {order.flash_sale} was let in by {admitted} decisions, not by one.",
            )


def decisions_follow_their_rules(books: Books) -> Iterator[Finding]:
    """A score is the sum of its rules' points, and the outcome is the score's."""
    terms, points = _terms(books), {row.rule: row.points for row in _rules(books)}
    for row in _decisions(books):
        score = sum(points.get(rule, 0) for rule in row.rules)
        if terms is not None and (row.score, row.outcome) != (score, terms.outcome(score)):
            yield (
                row.key,
                f"The try under key {row.key} was {row.outcome} with {row.score} points, its rules "
                f"({', '.join(row.rules) or 'none'}) make {score}: {terms.outcome(score)}.",
            )


def velocity_limits_are_kept(books: Books) -> Iterator[Finding]:
    """In no window does a buyer or a device have more let in than a rule allows that refuses by itself.

    A rule that had to forget somebody too early is not held to it: its memory is bounded, and it says so.
    """
    terms = _terms(books)
    blind = {row.rule for row in books.table("risk_memory", MemoryRow) if row.evicted_early}
    admitted = sorted((row for row in _decisions(books) if row.outcome == ADMITTED), key=lambda row: row.at)
    for rule in _rules(books):
        if terms is None or rule.points < terms.refuse_at or rule.of not in ("buyer", "device") or rule.rule in blind:
            continue
        windows: defaultdict[str, deque[DecisionRow]] = defaultdict(deque)
        broken: set[str] = set()
        for row in admitted:
            subject = row.buyer if rule.of == "buyer" else row.device
            window = windows[subject]
            window.append(row)
            while window and window[0].at <= row.at - rule.window_s:
                window.popleft()
            count = len({seen.buyer for seen in window}) if rule.counts == "accounts" else len(window)
            if subject and count > rule.allowed and subject not in broken:
                broken.add(subject)
                yield (
                    f"{rule.of} {subject}",
                    f"The {rule.of} {subject} had {count} {rule.counts} let in within {rule.window_s:g} s, "
                    f"{rule.rule} allows {rule.allowed}.",
                )


def risk_memory_is_bounded(books: Books) -> Iterator[Finding]:
    """No rule remembers more than it has room for, and no more decisions are kept than there is room for."""
    sizes = [(row.rule, row.entries, row.cap) for row in books.table("risk_memory", MemoryRow)]
    if (terms := _terms(books)) is not None:
        sizes.append(("decisions", len(_decisions(books)), terms.decisions_cap))
    for name, entries, cap in sizes:
        if entries > cap:
            yield name, f"Risk's memory of {name} holds {entries} entries and has room for {cap}."


def decisions_are_counted(books: Books) -> Iterator[Finding]:
    """As many decisions were counted as are kept and forgotten, of each outcome no fewer than are kept."""
    terms, kept = _terms(books), Counter(row.outcome for row in _decisions(books))
    if terms is None:
        return
    if terms.decided != kept.total() + terms.forgotten:
        yield (
            "decisions",
            f"Risk counted {terms.decided} decisions, {kept.total()} are kept and {terms.forgotten} forgotten.",
        )
    for outcome, counted in ((ADMITTED, terms.admitted), (SLOWED, terms.slowed), (REFUSED, terms.refused)):
        if kept[outcome] > counted:
            yield outcome, f"Risk counted {counted} decisions as {outcome}, {kept[outcome]} are kept."


RULES = (
    refused_tries_made_no_order,
    flash_orders_were_admitted,
    decisions_follow_their_rules,
    velocity_limits_are_kept,
    risk_memory_is_bounded,
    decisions_are_counted,
)


def figures(books: Books) -> dict[str, float | str]:
    """How many of the scarce units bots got, what refused them, and how many people were taken for bots.

    `false_positive_share` is of people's tries; `people_shut_out_share` of people: those whom no try got in. Both are
    of the decisions that are kept; units are all that were sold and not given back.
    Who is a bot is known of our own crowd alone, by its keys; anybody else counts as a person.
    """
    terms, decisions = _terms(books), _decisions(books)
    sold = Counter[bool]()
    for order in _flash_orders(books):
        if order.is_live:
            sold[is_bot(order.key)] += sum(line.quantity for line in order.lines)
    tries = Counter(is_bot(row.key) for row in decisions)
    stopped = Counter(is_bot(row.key) for row in decisions if row.outcome != ADMITTED)
    people = {row.buyer for row in decisions if not is_bot(row.key)}
    shut_out = people - {row.buyer for row in decisions if row.outcome == ADMITTED}
    return {
        "screening": "on" if terms is not None and terms.is_on else "off",
        "hot_units_to_bots_share": _share(sold[True], sold.total()),
        "false_positive_share": _share(stopped[False], tries[False]),
        "people_shut_out_share": _share(len(shut_out), len(people)),
        "hot_units_sold": sold.total(),
        "hot_units_to_bots": sold[True],
        "bot_tries_per_human_try": round(tries[True] / tries[False], 2) if tries[False] else 0.0,
        "bot_tries_stopped_share": _share(stopped[True], tries[True]),
        "human_tries": tries[False],
        "human_tries_stopped": stopped[False],
        "people": len(people),
        "people_shut_out": len(shut_out),
        "decisions": terms.decided if terms else 0,
        "refused_tries": terms.refused if terms else 0,
        "slowed_tries": terms.slowed if terms else 0,
        **{f"hits_{row.rule}": row.decisions for row in books.table("risk_hits", HitsRow) if row.decisions},
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def is_bot(key: str) -> bool:
    return key.rpartition("/")[2].startswith(BOT)


def _terms(books: Books) -> TermsRow | None:
    """None of a shop without this system."""
    return next(iter(books.table("risk_terms", TermsRow)), None)


def _rules(books: Books) -> list[RuleRow]:
    return books.table("risk_rules", RuleRow)


def _decisions(books: Books) -> list[DecisionRow]:
    return books.table("risk_decisions", DecisionRow)


def _flash_orders(books: Books) -> list[OrderRow]:
    return [order for order in books.rows.orders if order.flash_sale is not None]
