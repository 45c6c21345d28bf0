"""Holds every order that a buyer was told of against Oscar's own database."""

import os
import sqlite3
from decimal import Decimal

from loadtests.judgement.own_audit import Violation

INVARIANTS = ("lost_order", "wrong_amount")


def audit(journal, run):
    with sqlite3.connect(os.environ["OSCAR_DATABASE"]) as books:
        kept = dict(books.execute("select number, total_incl_tax from order_order"))
    found = []
    for entry in journal:
        if entry.step != "order" or entry.state != "placed":
            continue
        if entry.order not in kept:
            found.append(Violation("lost_order", entry.order, f"{entry.buyer} was told of it; it is not in the books"))
        elif round(Decimal(str(kept[entry.order])) * 100) != entry.amount_fen:
            found.append(Violation("wrong_amount", entry.order, f"{kept[entry.order]} is not {entry.amount_fen} cents"))
    return found
