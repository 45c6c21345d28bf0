"""/openapi.json: the document is the routes, no more and no less."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from mock_platform.api.access import EVERYTHING_ELSE
from mock_platform.faults.registry import KINDS


@pytest.fixture
async def document(shop) -> Any:
    return (await shop.anybody.get("/openapi.json")).body


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def references(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        if isinstance(tree.get("$ref"), str):
            yield tree["$ref"]
        for value in tree.values():
            yield from references(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from references(value)


async def test_every_registered_route_is_documented_and_the_other_way_round(shop, document):
    registered = {
        (route.method, route.resource.canonical)
        for route in shop.client.app.router.routes()
        if route.method != "HEAD" and route.resource.canonical != EVERYTHING_ELSE
    }
    assert {(method, path) for method, path, _ in operations(document)} == registered
    assert len(registered) > 25


async def test_the_document_has_the_shape_of_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    assert set(document["info"]) >= {"title", "version"}
    identities = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(identities) == len(set(identities))
    for _, _, operation in operations(document):
        assert operation["summary"].endswith(".")
        assert all(re.fullmatch(r"[1-5]\d\d", status) for status in operation["responses"])
        assert all("description" in response for response in operation["responses"].values())
        for parameter in operation["parameters"]:
            assert set(parameter) >= {"name", "in", "required", "schema"}


async def test_every_reference_leads_somewhere(document):
    found = set(references(document))
    assert found
    for reference in found:
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


async def test_every_path_parameter_is_declared(document):
    for _, path, operation in operations(document):
        declared = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path))


async def test_security_follows_from_whom_a_route_is_for(document):
    assert document["paths"]["/skus"]["get"]["security"] == []
    assert document["paths"]["/orders"]["post"]["security"] == [{"session": []}]
    assert document["paths"]["/exports/audit"]["get"]["security"] == [{"admin": []}]
    assert document["paths"]["/merchants/mine/orders"]["get"]["security"] == [{"merchant": []}]
    assert document["paths"]["/outlets/{outlet}/sales"]["post"]["security"] == [{"clerk": []}]
    assert set(document["components"]["securitySchemes"]) == {"session", "merchant", "clerk", "admin"}


async def test_bounds_queries_and_keys_are_documented(document):
    order = document["paths"]["/orders"]["post"]
    assert "Idempotency-Key" in [each["name"] for each in order["parameters"] if each["required"]]
    line = document["components"]["schemas"]["LineAsked"]
    assert line["properties"]["quantity"] == {"type": "integer", "minimum": 1, "maximum": 99}
    assert line["additionalProperties"] is False
    queries = {each["name"]: each for each in document["paths"]["/skus"]["get"]["parameters"]}
    assert set(queries) == {"q", "category", "page", "per_page"}
    assert queries["per_page"]["schema"]["maximum"] == 100
    assert document["paths"]["/shipments"]["get"]["parameters"][0]["required"] is True


async def test_the_refusals_of_a_route_are_documented_by_status(document):
    responses = document["paths"]["/orders"]["post"]["responses"]
    assert set(responses) == {"201", "400", "401", "403", "404", "409", "410", "413", "422", "429", "500", "503"}
    assert "sold_out" in responses["409"]["description"]


async def test_every_kind_of_fault_is_documented_with_its_parameters(document):
    body = document["paths"]["/fault-plans"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["discriminator"]["mapping"]) == set(KINDS)
    assert "delay_s" in document["components"]["schemas"]["Latency"]["properties"]


async def test_what_a_route_answers_is_what_its_document_says(shop, document):
    """One real answer a schema: it has every field that must be there, and none that is not documented."""
    buyer = await shop.customer()
    await shop.flash_sale()
    order = (await buyer.place()).body
    payment = (await buyer.pay(order)).body
    answers = {
        "/customers/me": (await buyer.get("/customers/me")).body,
        "/skus": (await buyer.get("/skus")).body,
        "/skus/{sku}": (await buyer.get("/skus/S0000001")).body,
        "/merchants": (await buyer.get("/merchants")).body,
        "/flash-sales": (await buyer.get("/flash-sales")).body,
        "/carts/mine": (await buyer.get("/carts/mine")).body,
        "/orders/{order}": order,
        "/payments/{payment}": payment,
        "/exports/audit": (await shop.operator.get("/exports/audit")).body,
        "/readyz": (await buyer.get("/readyz")).body,
    }
    for path, answer in answers.items():
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        component = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        assert set(component["required"]) <= set(answer) <= set(component["properties"]), path
