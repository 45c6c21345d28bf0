"""django-oscar-api, step by step: sessions by cookie, baskets kept by the shop, no search, no idempotency keys.

Oscar leaves payment and parcels to whoever builds on it, so there are no such steps here.
"""

from decimal import Decimal

from loadtests.shop.answers import Cart, CartLine, Order, OrderLine, Session, Sku, SkuDetail, SkuPage
from loadtests.shop.own_dialogue import promise
from loadtests.shop.own_shop import OwnShop

ADDRESS = {"first_name": "Ada", "last_name": "Buyer", "line1": "Kade 1", "line4": "Utrecht", "postcode": "3500AA"}
A_DAY_S = 86_400.0


class OscarShop(OwnShop):
    known = {"customers": 2000, "skus": 24, "categories": (None,)}  # noqa: RUF012 - as a user would write it

    @staticmethod
    def customer(number):
        return f"shopper-{number}@example.com"

    def sign_in(self):
        def read(answer):
            self.client.headers["X-CSRFToken"] = self.client.cookies.get("csrftoken") or ""
            return Session(self.buyer, self.client.cookies.get("sessionid") or "", float("inf"))

        who = {"username": self.buyer, "password": "let-me-shop"}
        return self.ask("POST /api/login/", "/api/login/", read, json=who)

    def browse(self, *, category=None, page=1):
        def read(answer):
            # The list tells no prices: whoever wants one looks at the product.
            books = [Sku(str(it["id"]), it["title"], "book", "oscar", 1) for it in answer.json()]
            promise(books, "there is something on the shelf")
            return SkuPage(books, page, 1, len(books))

        return self.ask("GET /api/products/", "/api/products/", read)

    def view(self, sku):
        def read(answer):
            it = answer.json()
            promise(str(it["id"]) == sku, "the product is the one asked for")
            return it["title"]

        where = f"/api/products/{sku}/"
        title = self.ask("GET /api/products/{id}/", where, read)
        price = title and self.ask("GET /api/products/{id}/price/", f"{where}price/", price_of)
        free = price and self.ask("GET /api/products/{id}/availability/", f"{where}availability/", units_free)
        return None if free is None else SkuDetail(sku, title, "book", "oscar", price, free)

    def open_cart(self):
        basket = self.ask("GET /api/basket/", "/api/basket/", lambda answer: answer.json()["url"])
        return None if basket is None else self._lines_of(basket)

    def add_to_cart(self, sku, quantity=1):
        body = {"url": f"{self.client.base_url}/api/products/{sku}/", "quantity": quantity}
        basket = self.ask(
            "POST /api/basket/add-product/", "/api/basket/add-product/", lambda answer: answer.json()["url"], json=body
        )
        return None if basket is None else self._lines_of(basket)

    def _lines_of(self, basket):
        self.basket = basket

        def read(answer):
            lines = []
            for it in answer.json():
                sku = it["product"].rstrip("/").rpartition("/")[2]
                unit = cents(it["price_incl_tax"]) // it["quantity"]
                lines.append(CartLine(sku, sku, it["quantity"], unit))
            return Cart(lines, sum(line.quantity * line.unit_price_fen for line in lines))

        return self.ask("GET /api/baskets/{id}/lines/", f"{basket}lines/", read)

    def place_order(self, lines, key, flash_sale):
        total = sum(line.quantity * line.unit_price_fen for line in lines)

        def read(answer):
            it = answer.json()
            promise(cents(it["total_incl_tax"]) == total, "the order costs what the basket did")
            self.order_url = it["url"]
            bought = [OrderLine(line.sku, line.quantity, line.unit_price_fen, "oscar") for line in lines]
            return Order(it["number"], self.buyer, "placed", total, bought, None, 0.0, A_DAY_S)

        body = {
            "basket": self.basket,
            "total": str(Decimal(total) / 100),
            "shipping_address": {**ADDRESS, "country": f"{self.client.base_url}/api/countries/NL/"},
        }
        return self.ask("POST /api/checkout/", "/api/checkout/", read, json=body)

    def my_order(self, order):
        def read(answer):
            it = answer.json()
            promise(it["number"] == order.order, "the order is the one asked for")
            promise(cents(it["total_incl_tax"]) == order.payable_fen, "an order's sum stays as it was")
            return order

        return self.ask("GET /api/orders/{id}/", self.order_url, read)


def cents(amount):
    return round(Decimal(amount) * 100)


def price_of(answer):
    return cents(answer.json()["incl_tax"])


def units_free(answer):
    return answer.json()["num_available"]
