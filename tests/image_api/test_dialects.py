"""Kinds of services are told from the base URL, which owners write in several ways."""

from typing import get_args

import pytest

from bot.image_api.dialects.addresses import address_of, told_by
from bot.image_api.dialects.dialect import Dialect, DialectName, Route
from bot.image_api.dialects.records import AZURE, AZURE_V1, COMPATIBLE, DIALECTS, GEMINI, OPENAI
from bot.image_api.service import Service


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://eu.api.openai.com/v1", "openai"),
        ("https://api.openai.com.evil.example/v1", "compatible"),
        ("https://my-resource.openai.azure.com", "azure"),
        ("https://my-resource.openai.azure.com/openai/deployments/painter?api-version=2025-04-01-preview", "azure"),
        ("https://my-resource.services.ai.azure.com/openai", "azure"),
        ("https://my-resource.cognitiveservices.azure.com", "azure"),
        ("https://my-resource.openai.azure.com/openai/v1", "azure-v1"),
        ("https://my-resource.openai.azure.com/openai/v1?api-version=preview", "azure-v1"),
        ("https://api.aimlapi.com", "aimlapi"),
        ("https://api.yescale.io/v1", "yescale"),
        ("https://api.x.ai/v1", "xai"),
        ("https://us-east-1.api.x.ai/v1", "xai"),
        ("https://api.together.ai/v1", "together"),
        ("https://api.together.xyz/v1", "together"),
        ("https://generativelanguage.googleapis.com/v1beta/openai", "gemini"),
        ("http://127.0.0.1:4000", "compatible"),
        ("https://images.example/v1", "compatible"),
    ],
)
def test_an_address_tells_the_service_where_it_can(base_url: str, name: str) -> None:
    assert told_by(base_url).name == name


@pytest.mark.parametrize("name", DIALECTS)
def test_an_owner_may_name_it_whatever_the_address(name: str) -> None:
    assert told_by("http://127.0.0.1:8080/v1", name).name == name


def test_every_name_that_can_be_set_has_its_record_and_the_other_way_round() -> None:
    assert sorted(get_args(DialectName)) == sorted(DIALECTS)


@pytest.mark.parametrize(
    ("base_url", "root"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
        ("https://api.aimlapi.com", "https://api.aimlapi.com/v1"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1"),
        ("https://api.deepinfra.com/v1/openai", "https://api.deepinfra.com/v1/openai"),
        ("https://host.example/v1beta/openai", "https://host.example/v1beta/openai"),
        ("https://host.example/proxy", "https://host.example/proxy/v1"),
        ("https://host.example/v1/images/generations", "https://host.example/v1"),
    ],
)
def test_the_version_is_added_where_it_is_missing(base_url: str, root: str) -> None:
    assert address_of(base_url, COMPATIBLE).root == root


@pytest.mark.parametrize(
    ("path", "deployment"),
    [
        ("", None),
        ("/openai", None),
        ("/openai/", None),
        ("/openai/deployments/painter", "painter"),
        ("/openai/deployments/painter/", "painter"),
        ("/openai/deployments/my%20painter/images/generations", "my painter"),
    ],
)
def test_an_azure_resource_is_found_however_it_was_written(path: str, deployment: str | None) -> None:
    address = address_of(f"https://r.openai.azure.com{path}", AZURE)

    assert address.root == "https://r.openai.azure.com/openai"
    assert address.deployment == deployment
    assert address.url("models") == "https://r.openai.azure.com/openai/models?api-version=2025-04-01-preview"


@pytest.mark.parametrize("path", ["", "/openai", "/openai/v1"])
def test_azures_newer_form_is_completed(path: str) -> None:
    assert address_of(f"https://r.openai.azure.com{path}", AZURE_V1).root == "https://r.openai.azure.com/openai/v1"


@pytest.mark.parametrize("path", ["", "/v1beta", "/v1beta/openai"])
def test_geminis_openai_form_is_completed(path: str) -> None:
    root = "https://generativelanguage.googleapis.com/v1beta/openai"

    assert address_of(f"https://generativelanguage.googleapis.com{path}", GEMINI).root == root


def test_what_the_owner_wrote_into_the_query_stays() -> None:
    azure = address_of("https://r.openai.azure.com/?api-version=2024-02-01&team=a%20b", AZURE)
    proxy = address_of("https://proxy.example/v1?tenant=7", COMPATIBLE)

    assert azure.url("models") == "https://r.openai.azure.com/openai/models?api-version=2024-02-01&team=a+b"
    assert proxy.url("images/edits") == "https://proxy.example/v1/images/edits?tenant=7"
    assert proxy.link("/generated/1.png") == "https://proxy.example/generated/1.png"


def test_a_gateway_in_front_of_azure_keeps_its_path() -> None:
    address = address_of("https://gate.example/team/openai/deployments/painter", AZURE)

    assert address.root == "https://gate.example/team/openai"


def test_only_openai_itself_keeps_its_own_dates() -> None:
    assert [record.name for record in DIALECTS.values() if record.has_shutdown_dates] == [OPENAI.name]


def test_a_deployment_is_what_can_be_called_where_the_list_does_not_say() -> None:
    named = Service(base_url="https://r.openai.azure.com/openai/deployments/painter", deployment="other")
    told = Service(base_url="https://r.openai.azure.com/openai/deployments/painter")
    elsewhere = Service(base_url="https://api.openai.com/v1", deployment="gpt-image-2")

    assert named.callable_model == "other"
    assert told.callable_model == "painter"
    assert elsewhere.callable_model is None


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
def test_a_record_speaks_of_routes_that_it_has(dialect: Dialect) -> None:
    assert dialect.unsure <= dialect.routes
    assert Route.MODELS in dialect.routes
    assert Route.GENERATIONS in dialect.routes
    assert set(dialect.lacks) | dialect.routes == set(Route)
