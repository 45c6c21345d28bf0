"""What the shop promises, sentence by sentence, and which invariants hold it to that."""

from __future__ import annotations

import pytest

from mock_platform.audit import INVARIANTS

PROMISES = {
    "stock per SKU and place: initial + restocked = free + held + sold, never negative": (
        *("stock_adds_up", "stock_never_negative", "counters_match_allocations", "no_oversell", "no_leaked_hold"),
        *("restocked_is_what_was_brought", "listed_goods_have_a_shelf", "no_unit_leaves_a_shelf_twice"),
    ),
    "sold <= allotment": (
        *("flash_sale_keeps_its_allotment", "presale_keeps_its_allotment"),
        *("sales_are_stocked_with_their_allotment", "places_bear_their_names"),
    ),
    "sold = lines of live orders": (
        *("sales_match_orders", "lines_take_from_their_own_shelf", "outlet_orders_take_from_their_shelf"),
    ),
    "limit per buyer": (
        *("flash_sale_keeps_its_limit", "presale_keeps_its_limit", "campaign_keeps_its_limits"),
        *("buyer_keeps_the_yearly_limit", "one_buyer_to_an_order"),
    ),
    "windows": (
        *("flash_orders_keep_the_window", "instalments_keep_their_windows", "coupons_are_claimed_in_time"),
        *("no_unpaid_order_outlives_its_window", "no_deposit_outlives_its_balance"),
    ),
    "legal moves only": (
        *("legal_moves_only", "history_runs_forward", "declarations_move_legally", "pickups_go_their_way"),
        *("pickups_run_forward", "orders_begin_when_they_are_placed", "order_and_payment_move_together"),
        *("nothing_happened_after_the_books_were_taken", "orders_follow_their_parcels"),
    ),
    "at most one capture per order, captured = payable": (
        *("at_most_one_capture", "captured_is_payable", "bank_and_shop_agree", "bank_lines_name_their_order"),
        *("paid_orders_have_a_posted_payment", "refunded_is_captured", "payable_is_the_sum_of_lines"),
    ),
    "one order per idempotency key": (
        *("one_order_per_key", "one_payment_to_a_key", "finished_keys_have_an_answer", "orders_have_a_finished_key"),
    ),
    "double-entry ledger sums to zero": (
        *("ledger_sums_to_zero", "ledger_knows_its_accounts", "entries_are_moves_of_their_order"),
        *("receivable_is_what_is_owed", "bank_account_is_captured_less_refunded", "merchant_account_is_live_sales"),
        *("forfeits_are_deposits_given_up_too_late", "entries_are_booked_in_their_orders_time"),
    ),
    "coupon used once, budgets kept, discount split exact to the fen": (
        *("coupon_is_used_once_by_its_owner", "coupon_is_free_when_its_order_has_ended", "campaign_keeps_its_budget"),
        *("discounts_are_split_exactly", "discounts_are_what_the_rules_give", "subsidy_is_what_the_platform_owes"),
        *("one_discount_of_a_kind", "best_discounts_are_given"),
    ),
    "deposit + balance = price, forfeited or refunded by rule": (
        *("deposit_and_balance_are_the_price", "instalments_follow_the_state", "payments_are_of_an_instalment"),
        *("forfeited_deposits_stay", "refundable_deposits_go_back", "balances_asked_for_in_time_count"),
    ),
    "paid: every line in exactly one parcel; unpaid: none": (
        *("paid_lines_are_in_one_parcel", "unpaid_orders_have_no_parcel", "parcels_are_made_after_payment"),
        *("parcels_hold_what_was_bought", "parcels_leave_the_right_warehouse"),
        "recalled_parcels_hold_the_whole_order",
    ),
    "a sorter's backlog grows and drains, and loses nobody": (
        *("sorting_keeps_to_capacity", "queues_lose_no_parcel", "no_parcel_is_passed_over"),
        "line_hauls_take_their_time",
    ),
    "cross-border limits and duty exact, no dispatch before clearance, the rejected refunded": (
        *("order_from_abroad_keeps_its_limit", "buyer_keeps_the_yearly_limit", "duty_is_exact"),
        *("imported_price_follows_its_rate", "imported_price_is_at_a_given_rate", "nothing_leaves_before_clearance"),
        *("one_declaration_for_each_import", "duty_account_is_duty_of_live_orders", "rejected_is_refunded_in_full"),
        *("ended_orders_leave_customs", "declarations_follow_payment", "declarations_say_what_customs_said"),
        "nothing_is_forgotten_at_customs",
    ),
    "merchant payables = sales - refunds - fees": (
        *("payables_are_sales_less_refunds_and_fees", "settled_is_sales_less_fees", "settled_once_and_when_delivered"),
        *("batches_are_closed_in_time", "delivered_orders_are_settled_in_time"),
    ),
    "nobody pays another price than the one shown": (
        *("lines_cost_the_listed_price", "lines_are_sold_by_their_merchant", "price_lists_run_forward"),
    ),
    "no merchant sees another's orders": ("merchants_saw_only_their_own", "restocks_are_of_their_merchants_goods"),
    "onboarding": ("only_admitted_merchants_list", "applications_are_decided_once_and_soon"),
    "shared stock between shop floor and web, picked up with a code": (
        *("till_sales_are_till_money", "till_sales_are_done_at_once", "paid_pickups_are_laid_out"),
        *("collected_once_after_paid", "collected_in_its_outlet_with_its_code", "expired_pickups_are_refunded"),
        *("pickups_wait_equally_long", "outlet_orders_are_of_no_other_kind"),
    ),
    "no plaintext personal data in logs, exports, waybills; every read logged; the erased gone": (
        *("no_personal_data", "no_seeded_value_in_the_clear", "waybills_are_masked", "every_clear_read_is_logged"),
        *("clear_reads_are_counted_by_reason", "access_log_runs_forward", "retired_keys_are_empty"),
        *("the_erased_are_not_read", "the_erased_are_on_no_new_waybill", "the_erased_buy_nothing"),
        *("every_value_is_looked_for", "rotations_end", "the_erased_are_on_no_waybill_that_arrived"),
    ),
    "device and velocity rules with a bounded cost": (
        *("velocity_limits_are_kept", "risk_memory_is_bounded", "decisions_follow_their_rules"),
        *("refused_tries_made_no_order", "flash_orders_were_admitted", "decisions_come_before_their_order"),
        *("rules_are_those_of_the_table", "every_rule_is_told_of", "nobody_is_judged_while_screening_is_off"),
    ),
    "what is counted is what there is, and every row is there once": (
        *("every_row_is_there_once", "systems_rows_are_there_once", "no_table_is_missing", "under_way_is_counted"),
        *("decisions_are_counted", "hits_are_counted"),
    ),
}


@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise_is_held_by_invariants_that_exist(promise: str) -> None:
    assert PROMISES[promise]
    assert set(PROMISES[promise]) <= set(INVARIANTS)
