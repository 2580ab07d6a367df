from pathlib import Path

import pytest
from ruamel.yaml import YAML

from appservice.config import load_registration, load_settings, read_secrets
from appservice.domain.errors import ConfigurationError
from appservice.domain.postal_code import PostalCode
from appservice.registration import write_registration, write_secrets

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"

REGIONAL = """kind: regional
    force: gendarmerie
    competence:
      regions: ["53"]
      forces: [police, gendarmerie]
"""


def changed(tmp_path: Path, before: str, after: str) -> Path:
    """The example with one thing changed; `before` must be in it."""
    text = EXAMPLE.read_text()
    assert before in text
    path = tmp_path / "config.yaml"
    path.write_text(text.replace(before, after, 1))
    return path


def line_of(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text().splitlines(), start=1) if text in line)


def test_the_example_is_valid_and_names_every_key() -> None:
    settings = load_settings(EXAMPLE)
    written = YAML(typ="safe").load(EXAMPLE)
    for section in ("homeserver", "appservice", "guest_portal", "audit"):
        model = type(getattr(settings, section))
        assert written[section].keys() == model.model_fields.keys(), section
    assert written["desks"][0].keys() == type(settings.desks[0]).model_fields.keys()
    assert written.keys() == type(settings).model_fields.keys()


def test_the_example_routes_the_two_regions() -> None:
    routing = load_settings(EXAMPLE).routing()
    for code, desk in (("78280", "guyancourt"), ("35000", "rennes"), ("97400", "guyancourt"), ("00000", "guyancourt")):
        assert routing.route(PostalCode.parse(code)).desk_id == desk


def test_leaders_have_a_room_of_their_own_and_who_is_an_agent_too_keeps_the_agent_s_name(tmp_path: Path) -> None:
    added = '  leaders:\n    - "@agent1:example.org"\n    - "@other:example.org"\n'
    supervision = load_settings(changed(tmp_path, "  leaders:\n", added)).supervision_desk()
    assert supervision is not None
    assert supervision.agents == ("@agent1:example.org", "@other:example.org", "@leader:example.org")
    assert dict(supervision.names) == {
        "@other:example.org": "Responsable 2",
        "@leader:example.org": "Responsable de permanence",
    }
    nobody = changed(tmp_path, EXAMPLE.read_text().split("supervision:\n")[1].split("\n\n")[0], "  leaders: []")
    assert load_settings(nobody).supervision_desk() is None


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('agents: ["@agent3:example.org"]', "agents: []", "'rennes', has no agents: nobody would answer"),
        (REGIONAL, "kind: station\n    competence: {}\n", "'rennes', has to be regional, not station"),
    ],
)
def test_in_the_end_a_regional_desk_with_agents_answers(tmp_path: Path, before: str, after: str, said: str) -> None:
    path = changed(tmp_path, before, after)
    path.write_text(path.read_text().replace("desk_of_last_resort: guyancourt", "desk_of_last_resort: rennes"))
    with pytest.raises(ConfigurationError, match=said):
        load_settings(path)


@pytest.mark.parametrize(
    ("written", "days"),
    [("mon", {0}), ("sat-sun", {5, 6}), ("[mon, thu-fri]", {0, 3, 4}), ("fri-mon", {4, 5, 6, 0}), ("sun-sun", {6})],
)
def test_days_are_written_alone_as_a_span_or_in_a_list(tmp_path: Path, written: str, days: set[int]) -> None:
    settings = load_settings(changed(tmp_path, "[mon-fri]", written))
    assert settings.desks[0].desk().shifts.shifts[0].days == days


def test_desks_that_leave_a_hole_are_refused_naming_what_is_not_served(tmp_path: Path) -> None:
    settings = load_settings(changed(tmp_path, "everywhere: true", "everywhere: false"))
    with pytest.raises(ConfigurationError, match="No desk serves .*Rhône"):
        settings.routing()


@pytest.mark.parametrize(
    ("before", "after", "where", "sentence"),
    [
        ("  server_name:", "  server_nmae: x\n  server_name:", "server_nmae", "not a key"),
        ("    port: 8081", "    port: 99999", "99999", "less than"),
        ("  ready_within: 10 min", "  ready_within: soon", "soon", "10 min"),
        ("departments: []", 'departments: ["7"]', '["7"]', '"2A"'),
        ("departments: []", "departments: [22]", "[22]", "quotes"),
        ("everywhere: true", "everywhere: perhaps", "perhaps", "everywhere"),
        ("desk_of_last_resort: guyancourt", "desk_of_last_resort: nowhere", "", "nowhere"),
        ('agents: ["@agent3:example.org"]', "agents: []\n    phone: 01 30 00 00 00", "", "it has no phone"),
        ("  - id: rennes", "  - id: guyancourt", "", "same id"),
        ("  - id: rennes", "  - id: supervision", "", "shift leaders"),
        ("  leaders:\n", '  leaders:\n    - "@leader:example.org"\n', "", "a leader twice"),
        ('["@agent3:example.org"]', '[{id: "@agent1:example.org", name: Agent 3}]', "", "has two names"),
        ('"@agent2:example.org"', '"@agent1:example.org"', "", "twice"),
        ("capacity: 5", "capacity: 0", "capacity: 0", "greater than"),
        ("time_zone: Europe/Paris", "time_zone: Paris", "time_zone: Paris", "Indian/Reunion"),
        ("[mon-fri]", "[lun-ven]", "[lun-ven]", "the names are mon, tue"),
        ('"07:00"', "7:00", "7:00", "in quotes"),
        ('ends: "22:00"', 'ends: "24:00"', '"24:00"', "in quotes"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(
    tmp_path: Path, before: str, after: str, where: str, sentence: str
) -> None:
    path = changed(tmp_path, before, after)
    with pytest.raises(ConfigurationError) as error:
        load_settings(path)
    assert sentence in str(error.value)
    if where:
        assert f"{path}:{line_of(path, where)}:" in str(error.value)


def test_a_missing_key_and_broken_yaml_are_told_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"homeserver\.server_name is missing"):
        load_settings(changed(tmp_path, "  server_name: example.org\n", ""))
    with pytest.raises(ConfigurationError, match=r"config\.yaml:\d+:"):
        load_settings(changed(tmp_path, "homeserver:", "homeserver: ["))
    with pytest.raises(ConfigurationError, match="does not exist: name the file with -c"):
        load_settings(tmp_path / "nowhere.yaml")


def test_secrets_that_others_can_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("hush\n")
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_secrets(path)
    path.chmod(0o600)
    assert read_secrets(path) == ("hush",)


def test_a_registration_is_made_once_with_tokens_that_nobody_else_can_read(tmp_path: Path) -> None:
    settings = load_settings(changed(tmp_path, "homeserver:", "homeserver:"))
    path = write_registration(settings)
    registration = load_registration(path)
    assert path.stat().st_mode & 0o077 == 0
    assert registration.as_token != registration.hs_token
    assert registration.as_token not in repr(registration)
    assert all(namespace.exclusive for namespace in registration.namespaces.users)
    with pytest.raises(ConfigurationError, match="exists"):
        write_registration(settings)


def test_only_missing_secrets_are_made(tmp_path: Path) -> None:
    settings = load_settings(changed(tmp_path, "homeserver:", "homeserver:"))
    assert len(write_secrets(settings)) == 4
    before = settings.guest_portal.session_keys_file.read_text()
    assert write_secrets(settings) == []
    assert settings.guest_portal.session_keys_file.read_text() == before


@pytest.mark.parametrize(
    ("neutral", "told"),
    [("http://www.wikipedia.org", "begins with https://"), ("http://127.0.0.1:8082", "leads back to this portal")],
)
def test_leaving_leads_to_another_site_which_nobody_on_the_way_can_read(
    tmp_path: Path, neutral: str, told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        load_settings(changed(tmp_path, "neutral_address: https://www.wikipedia.org", f"neutral_address: {neutral}"))
