"""Buys what is scarce to sell it on: at the stroke, several accounts from one of a few devices, faster than people.

In 2019 suspected scalpers were to people as 3 to 1 on the hot item. One visit tries with three accounts, so that equal
weights of this and `FlashSaleHunter` make that ratio. Keys say whose they are, for the audit; the shop must not look.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from loadtests.scenarios.flash_sale_hunter import TOO_EARLY, FlashSaleHunter
from loadtests.shop.answers import FlashSale, Order, WantedLine
from loadtests.shop.storefront import Storefront

BOT = "bot-"
"""What the audit knows our scalpers by."""


class Scalper(FlashSaleHunter):
    weight = 1
    adapter = Storefront
    shop: Storefront
    accounts: ClassVar[int] = 3
    """Different accounts a visit, one try each, whatever became of the one before."""
    devices: ClassVar[int] = 8
    """In the whole farm."""
    refresh_s = 1.0
    reaction_s = 0.005
    """A script's: the shop's answer to the stroke is a few milliseconds away."""
    checkout_s = 0.01
    track_share = 0.0

    def stay(self) -> None:
        """Sign in with every account, wait for the stroke, order with each at once, then pay what was had."""
        device = f"farm {self.festival.run_id}/{self.rng.randrange(self.devices)}"
        team = self.assemble(device)
        sale = self.worth_hunting()
        if sale is not None:
            sale = self.wait_for(sale)
        if sale is None:
            return
        won: list[tuple[Storefront, Order]] = []
        for account in team:
            self.act_as(account)
            order = self.snatch(sale)
            if order is not None:
                won.append((account, order))
        for account, order in won:
            self.act_as(account)
            payment = self.pay(order)
            if payment is not None:
                self.see_through(order, payment)

    def assemble(self, device: str) -> list[Storefront]:
        """The accounts that could be signed in with, each with its own session; the one to speak with last."""
        self.shop.device = device
        team = [self.shop]
        for _ in range(self.accounts - 1):
            account = self.adapter(self.client, self.festival, self.adapter.customer(self.visitor()))
            account.device = device
            if account.sign_in() is not None:
                team.append(account)
        self.act_as(team[0])
        return team

    def act_as(self, account: Storefront) -> None:
        self.shop = account
        account.resume()

    def snatch(self, sale: FlashSale) -> Order | None:
        """One unit ordered by the account that speaks; a few tries while it is too early."""
        for _ in range(self.early_tries):
            order = self.place([WantedLine(sale.sku, 1, sale.price_fen)], sale.flash_sale)
            if order is not None or self.shop.refusal not in TOO_EARLY:
                return order
            self.think(self.reaction_s)
        return None

    def place(self, lines: Sequence[WantedLine], flash_sale: str | None = None) -> Order | None:
        key = self.festival.next_key(BOT)
        return self.insist(lambda: self.shop.order(lines, flash_sale, key=key))
