"""A customer as the platform knows them. Name, phone and address leave it only through personal_data.py."""

from __future__ import annotations

import msgspec


class Customer(msgspec.Struct, frozen=True, gc=False):
    customer: str
    name: str
    phone: str
    city: str
    address: str

    def __repr__(self) -> str:
        return f"Customer({self.customer})"  # a log line or a traceback must not carry personal data
