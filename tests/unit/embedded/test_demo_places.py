"""The demo's desks answer where they should, as far as that can be told without starting it."""

from pathlib import Path

import pytest

from appservice.domain.desk_routing import DeskRouting
from appservice.embedded.demo import PLACES, SERVER_NAME
from appservice.embedded.installation import Installation
from appservice.route_command import route_json


@pytest.fixture(scope="module")
def routing(tmp_path_factory: pytest.TempPathFactory) -> DeskRouting:
    directory: Path = tmp_path_factory.mktemp("demo")
    return Installation(directory, 20_000, SERVER_NAME, PLACES).settings.routing()


@pytest.mark.parametrize(
    ("code", "desk", "why"),
    [
        ("75011", "guyancourt", "default_force"),
        ("35000", "bretagne", "competent_force"),
        ("56190", "rennes", "default_force"),
        ("97400", "national", "territory"),
        ("98000", "national", "nothing_known"),
        ("00000", "national", "nothing_known"),
        ("SW1A 1AA", "national", "nothing_known"),
        ("01410", None, "commune_needed"),
    ],
)
def test_a_code_leads_to_its_desk(routing: DeskRouting, code: str, desk: str | None, why: str) -> None:
    route = route_json(routing, code)
    assert (route["desk"], route["why"]) == (desk, why)


def test_who_does_not_know_the_commune_of_01410_is_sent_where_most_live(routing: DeskRouting) -> None:
    assert route_json(routing, "01410", "unknown")["desk"] == "rhone-alpes"
