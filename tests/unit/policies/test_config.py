"""The module's section of homeserver.yaml."""

from typing import Any

import pytest
from synapse.appservice import ApplicationService
from synapse.config import ConfigError
from synapse.types import UserID

from policies.signalement_policy.config import PolicyConfig, parse_config, require_service


def test_the_warden_is_all_there_is_to_say() -> None:
    assert parse_config({"warden": "@veilleuse:example.org"}) == PolicyConfig(warden="@veilleuse:example.org")


@pytest.mark.parametrize(
    ("section", "named"),
    [
        (None, "config"),
        ("@veilleuse:example.org", "config"),
        ({}, "warden"),
        ({"warden": None}, "warden"),
        ({"warden": 7}, "warden"),
        ({"warden": "veilleuse"}, "warden"),
        ({"warden": "@:example.org"}, "warden"),
        ({"warden": "@Veilleuse:example.org"}, "warden"),
        ({"warden": "@veilleuse service:example.org"}, "warden"),
        ({"warden": "@veilleuse:example.org", "wardens": []}, "wardens"),
        ({"Warden": "@veilleuse:example.org"}, "Warden"),
    ],
)
def test_an_error_names_the_key(section: object, named: str) -> None:
    with pytest.raises(ConfigError, match=f"`{named}`"):
        parse_config(section)


WARDEN = PolicyConfig("@veilleuse:example.org")
GUESTS = {"exclusive": True, "regex": "@veilleuse_guest_[a-z2-7]{26}:example\\.org"}


def service(*users: dict[str, Any], sender: str = WARDEN.warden) -> ApplicationService:
    namespaces = {"users": list(users), "rooms": [], "aliases": []}
    return ApplicationService("token", id="veilleuse", sender=UserID.from_string(sender), namespaces=namespaces)


def test_the_wardens_service_to_whom_alone_the_guests_names_belong_is_what_it_needs() -> None:
    require_service(WARDEN, [service(sender="@other:example.org"), service(GUESTS)], knows_tokens=True)


@pytest.mark.parametrize(
    ("services", "knows_tokens", "named"),
    [
        ([], True, "warden"),
        ([service(GUESTS, sender="@veileuse:example.org")], True, "warden"),
        ([service()], True, "exclusive: true"),
        ([service({**GUESTS, "exclusive": False})], True, "exclusive: true"),
        ([service({**GUESTS, "regex": "@guest_.*:example.org"})], True, "exclusive: true"),
        ([service(), service(GUESTS, sender="@other:example.org")], True, "exclusive: true"),
        ([service(GUESTS)], False, "matrix_authentication_service"),
    ],
)
def test_it_does_not_start_where_nobody_would_be_a_guest(
    services: list[ApplicationService], knows_tokens: bool, named: str
) -> None:
    with pytest.raises(ConfigError, match=f"`{named}`"):
        require_service(WARDEN, services, knows_tokens=knows_tokens)
