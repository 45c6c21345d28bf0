"""Who comes to the Oscar shop: those of the festival's shoppers whose steps it offers."""

from oscar_shop import OscarShop

from loadtests.scenarios import cart_loaded_buyer, window_shopper


class OscarWindowShopper(window_shopper.WindowShopper):
    adapter = OscarShop


class OscarBuyer(cart_loaded_buyer.CartLoadedBuyer):
    adapter = OscarShop
