"""The smallest fault for each invariant of checkout, payment, presale and promotions."""

from __future__ import annotations

from tests.mock_platform.audit.planting import FAR_S, Books, Plant, Row, at


def added(row: Row, field: str, what: float = 1) -> Row:
    row[field] += what
    return row


def allotment_gone(b: Books) -> str:
    return at(added(b.one("flash_sales"), "allotment", -30))


def limit_gone(b: Books) -> str:
    b.one("flash_sales")["limit_per_buyer"] = 0
    order = b.one("orders", lambda row: row["flash_sale"] and row["state"] == "placed")
    return f"{order['flash_sale']} for {order['buyer']}"


def allocation_lost(b: Books) -> str:
    order = b.web()
    b.drop("allocations", b.of("allocations", order))
    return order["order"]


def hold_forgotten(b: Books) -> str:
    late = b.snapshot["taken_at"] - 60.0
    b.double("allocations", b.one("allocations"), order="O-none", state="held", expires_at=late)
    return "O-none"


def bank_line_twice(b: Books) -> str:
    b.double("bank", b.one("bank"))
    return b.one("bank")["payment"]


def step_left_out(b: Books) -> str:
    order = b.web()
    del order["history"][1]
    return order["order"]


def paid_before_placed(b: Books) -> str:
    order = b.web()
    order["history"][1][1] -= FAR_S
    return order["order"]


def key_used_twice(b: Books) -> str:
    b.double("orders", b.web("cancelled"), order="O-again")
    return b.web("cancelled")["key"]


def order_lost(b: Books) -> str:
    order = b.web("cancelled")
    b.drop("orders", order)
    return order["key"]


def key_lost(b: Books) -> str:
    order = b.web()
    b.drop("keys", b.of("keys", order))
    return order["order"]


def payment_lost(b: Books) -> str:
    order = b.web()
    b.drop("payments", b.of("payments", order))
    return order["order"]


def entry_lost(b: Books) -> str:
    order = b.web()
    b.drop("ledger", b.entry(order, "paid"))
    return order["order"]


def in_bank(b: Books, state: str, **changes: int) -> str:
    """The bank's line of a web order in this state, off by so much."""
    order = b.web(state)
    line = b.of("bank", order, captures=1)
    for field, what in changes.items():
        line[field] += what
    return order["order"]


def in_ledger(b: Books, order: Row, move: str, account: str, **changes: str | int) -> str:
    leg = b.leg(order, move, account)
    leg["amount_fen"] += changes.get("fen", 0)
    leg["account"] = changes.get("to", leg["account"])
    return order["order"]


def entry_of(b: Books, **changes: float | str) -> str:
    entry = b.entry(b.web(), "paid")
    entry["at"] += changes.get("at", 0.0)
    entry["entry"] += changes.get("name", "")
    entry["legs"][0]["account"] = changes.get("account", entry["legs"][0]["account"])
    entry["legs"][0]["amount_fen"] += changes.get("fen", 0)
    return entry["entry"]


def bought_of_presale(b: Books) -> Row:
    return b.one("orders", lambda row: row["presale"] and row["state"] == "placed")


def deposit_payment(b: Books, order: Row, state: str) -> str:
    b.of("payments", order, instalment="deposit", state="posted" if state == "refunding" else "refunded")["state"] = (
        state
    )
    return order["order"]


def forfeited_and_returned(b: Books) -> str:
    order = b.deposit(given_up=True, in_time=False)
    payment = b.of("payments", order, state="posted")
    b.one("bank", payment=payment["payment"])["refunded_fen"] += 150
    return order["order"]


def presale_is(b: Books, field: str, value: int) -> Row:
    b.one("presales")[field] = value
    return b.one("presales")


def presale_limit_gone(b: Books) -> str:
    presale = presale_is(b, "limit_per_buyer", 0)
    return f"{presale['presale']} for {bought_of_presale(b)['buyer']}"


def deposit_for_ever(b: Books) -> str:
    order = b.deposit(given_up=False)
    order["balance_closes_at"] = b.snapshot["taken_at"] - 60.0
    return order["order"]


def balance_too_early(b: Books) -> str:
    payment = b.one("payments", instalment="balance", state="posted")
    payment["history"][0][1] -= FAR_S
    return payment["order"]


def price_of_presale(b: Books) -> str:
    presale_is(b, "price_fen", 1_001)
    return bought_of_presale(b)["order"]


def discounted(b: Books) -> Row:
    return b.web(holds=lambda row: any(line["discount_fen"] for line in row["lines"]))


def line_saves_more(b: Books) -> str:
    order = discounted(b)
    added(next(line for line in order["lines"] if line["discount_fen"]), "discount_fen")
    return order["order"]


def rule_gives_more(b: Books) -> str:
    order = discounted(b)
    added(b.of("order_discounts", order)["deductions"][0], "off_fen")
    return order["order"]


def given_twice(b: Books) -> str:
    order = discounted(b)
    deductions = b.of("order_discounts", order)["deductions"]
    deductions.append(dict(deductions[0]))
    return order["order"]


def never_given(b: Books) -> str:
    """Of rules that were set up long ago: while one is being set up, an order may see it or not."""
    order = discounted(b)
    for rule in b.snapshot["promotions"]:
        added(rule, "set_up_at", -FAR_S)
    del b.of("order_discounts", order)["deductions"][0]
    return order["order"]


def ended_though_asked_for(b: Books) -> str:
    order = b.deposit(given_up=True, in_time=False)
    order["balance_closes_at"] = order["history"][-1][1]
    b.double("payments", b.of("payments", order, state="posted"), payment="P-late", instalment="balance")
    return order["order"]


def subsidised(b: Books) -> Row:
    return b.web(holds=lambda row: any(line["subsidy_fen"] for line in row["lines"]))


def coupon_of_another(b: Books) -> str:
    coupon = b.one("coupons", lambda row: row["used_by"] is not None)
    coupon["buyer"] = "C9999999"
    return coupon["coupon"]


def coupon_kept_by_the_dead(b: Books) -> str:
    coupon = b.one("coupons", used_by=None)
    coupon["used_by"] = b.web("cancelled")["order"]
    return coupon["coupon"]


FAULTS: dict[str, Plant] = {
    "stock_adds_up": lambda b: at(added(b.one("stock", place="web"), "free")),
    "stock_never_negative": lambda b: at(added(b.one("stock", place="web"), "free", -(10**9))),
    "no_oversell": lambda b: at(added(b.one("allocations"), "quantity", 10**9)),
    "counters_match_allocations": lambda b: at(added(b.one("stock", place="web"), "sold")),
    "flash_sale_keeps_its_allotment": allotment_gone,
    "flash_sale_keeps_its_limit": limit_gone,
    "sales_match_orders": allocation_lost,
    "no_leaked_hold": hold_forgotten,
    "every_row_is_there_once": bank_line_twice,
    "legal_moves_only": step_left_out,
    "history_runs_forward": paid_before_placed,
    "payable_is_the_sum_of_lines": lambda b: added(b.web(), "payable_fen")["order"],
    "one_order_per_key": key_used_twice,
    "finished_keys_have_an_answer": order_lost,
    "orders_have_a_finished_key": key_lost,
    "at_most_one_capture": lambda b: in_bank(b, "delivered", captures=1),
    "captured_is_payable": lambda b: in_bank(b, "delivered", captured_fen=1),
    "bank_and_shop_agree": lambda b: in_bank(b, "delivered", captures=-1),
    "paid_orders_have_a_posted_payment": payment_lost,
    "refunded_is_captured": lambda b: in_bank(b, "refunded", refunded_fen=-1),
    "ledger_sums_to_zero": lambda b: entry_of(b, fen=1),
    "receivable_is_what_is_owed": entry_lost,
    "bank_account_is_captured_less_refunded": lambda b: in_ledger(b, b.web(), "paid", "bank", fen=1),
    "merchant_account_is_live_sales": lambda b: in_ledger(b, b.web(), "placed", "merchant/", fen=1),
    "forfeits_are_deposits_given_up_too_late": lambda b: in_ledger(
        b, b.deposit(given_up=True, in_time=False), "forfeited", "forfeits/", fen=1
    ),
    "ledger_knows_its_accounts": lambda b: entry_of(b, account="slush fund"),
    "entries_are_moves_of_their_order": lambda b: entry_of(b, name="?"),
    "entries_are_booked_in_their_orders_time": lambda b: entry_of(b, at=-FAR_S),
    "deposit_and_balance_are_the_price": price_of_presale,
    "instalments_follow_the_state": lambda b: deposit_payment(b, b.deposit(given_up=False), "refunding"),
    "forfeited_deposits_stay": forfeited_and_returned,
    "refundable_deposits_go_back": lambda b: deposit_payment(b, b.deposit(given_up=True), "posted"),
    "presale_keeps_its_allotment": lambda b: presale_is(b, "allotment", 0)["presale"],
    "presale_keeps_its_limit": presale_limit_gone,
    "no_deposit_outlives_its_balance": deposit_for_ever,
    "instalments_keep_their_windows": balance_too_early,
    "balances_asked_for_in_time_count": ended_though_asked_for,
    "one_discount_of_a_kind": given_twice,
    "best_discounts_are_given": never_given,
    "discounts_are_split_exactly": line_saves_more,
    "discounts_are_what_the_rules_give": rule_gives_more,
    "subsidy_is_what_the_platform_owes": lambda b: in_ledger(b, subsidised(b), "placed", "promotions", fen=1),
    "coupon_is_used_once_by_its_owner": coupon_of_another,
    "coupon_is_free_when_its_order_has_ended": coupon_kept_by_the_dead,
    "campaign_keeps_its_budget": lambda b: added(b.one("coupon_campaigns"), "spent_fen")["campaign"],
    "campaign_keeps_its_limits": lambda b: added(b.one("coupon_campaigns"), "claimed")["campaign"],
}
