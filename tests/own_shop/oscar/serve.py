"""A real shop that is none of ours: django-oscar with django-oscar-api on SQLite, a few products, served on loopback.

    python serve.py DIRECTORY      prints `ready http://127.0.0.1:PORT` once it serves

Nothing of Oscar is changed but its settings: this is what somebody's staging shop looks like. `OSCAR_FAULT=amnesia`
makes it forget one order in five behind everybody's back, for the test in which an audit must find that.
"""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

SHOPPERS, PRODUCTS, UNITS = 2000, 24, 100_000
PASSWORD = "let-me-shop"


def configure(directory: Path) -> None:
    import django
    from django.conf import settings
    from oscar import INSTALLED_APPS
    from oscar.defaults import __dict__ as oscar_defaults

    settings.configure(
        **{name: value for name, value in oscar_defaults.items() if name.startswith("OSCAR_")},
        SECRET_KEY="for tests on loopback only",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="routes",
        SITE_ID=1,
        USE_TZ=True,
        INSTALLED_APPS=[*INSTALLED_APPS, "rest_framework", "oscarapi"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "oscarapi.middleware.ApiBasketMiddleWare",
        ],
        AUTHENTICATION_BACKENDS=["oscar.apps.customer.auth_backends.EmailBackend"],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        MIGRATION_MODULES=_NoMigrations(),
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.contrib.auth.context_processors.auth"]},
            }
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(directory / "oscar.sqlite"),
                "OPTIONS": {
                    "timeout": 20,
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
                },
            }
        },
    )
    django.setup()


class _NoMigrations:
    """Tables straight from the models: Oscar's years of migrations would take most of the test's time."""

    def __contains__(self, _: object) -> bool:
        return True

    def __getitem__(self, _: object) -> None:
        return None


def seed() -> None:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import make_password
    from django.core.management import call_command
    from django.db import transaction
    from oscar.core.loading import get_model

    call_command("migrate", run_syncdb=True, verbosity=0)
    user, country, partner = get_user_model(), get_model("address", "Country"), get_model("partner", "Partner")
    kind, product, stock = (
        get_model("catalogue", "ProductClass"),
        get_model("catalogue", "Product"),
        get_model("partner", "StockRecord"),
    )
    with transaction.atomic():
        get_model("sites", "Site").objects.get_or_create(pk=1, defaults={"domain": "127.0.0.1", "name": "oscar"})
        country.objects.create(
            iso_3166_1_a2="NL", iso_3166_1_a3="NLD", printable_name="Netherlands", is_shipping_country=True
        )
        books = kind.objects.create(name="Book", requires_shipping=False, track_stock=True)
        printer = partner.objects.create(name="Printer", code="printer")
        for rank in range(1, PRODUCTS + 1):
            book = product.objects.create(product_class=books, title=f"Collected Works Volume {rank}", slug=f"v-{rank}")
            stock.objects.create(
                product=book, partner=printer, partner_sku=f"v-{rank}", price_currency="EUR",
                price=Decimal(rank) + Decimal("0.95"), num_in_stock=UNITS,
            )  # fmt: skip
        password = make_password(PASSWORD)
        names = [f"shopper-{number}" for number in range(1, SHOPPERS + 1)]
        user.objects.bulk_create(
            [user(username=name, email=f"{name}@example.com", password=password) for name in names]
        )


def be_forgetful() -> None:
    """Every fifth order vanishes from the books once its buyer has been told of it."""
    from oscarapi.signals import oscarapi_post_checkout

    def forget(order: Any, **_: Any) -> None:
        if order.pk % 5 == 0:
            type(order).objects.filter(pk=order.pk).delete()

    oscarapi_post_checkout.connect(forget, weak=False)


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parent))
    configure(Path(sys.argv[1]))
    seed()
    if os.environ.get("OSCAR_FAULT") == "amnesia":
        be_forgetful()
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: Any) -> None: ...

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(get_wsgi_application())
    print(f"ready http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
