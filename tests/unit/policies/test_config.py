"""The module's section of homeserver.yaml."""

import pytest
from synapse.config import ConfigError

from policies.signalement_policy.config import PolicyConfig, parse_config


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
        ({"warden": "@veilleuse:example.org", "wardens": []}, "wardens"),
        ({"Warden": "@veilleuse:example.org"}, "Warden"),
    ],
)
def test_an_error_names_the_key(section: object, named: str) -> None:
    with pytest.raises(ConfigError, match=f"`{named}`"):
        parse_config(section)
