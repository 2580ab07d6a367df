"""The command line: help everywhere, and errors that say what to do, without a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


def veilleuse(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 our own program
        [sys.executable, "-m", "appservice", *map(str, arguments)], capture_output=True, text=True, timeout=60
    )


COMMANDS = [
    "",
    "run",
    "portal",
    "check",
    "registration",
    "secrets",
    "demo",
    "route",
    "territory check",
    "territory import",
    "units import",
    "units near",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    ran = veilleuse(*command.split(), "--help")
    assert ran.returncode == 0
    assert "usage: veilleuse" in ran.stdout


def test_a_good_configuration_is_told_to_be_one() -> None:
    ran = veilleuse("check", "-c", EXAMPLE)
    assert (ran.returncode, "2 desks" in ran.stdout) == (0, True)


@pytest.mark.parametrize("command", ["run", "portal", "check", "registration", "secrets"])
def test_an_unknown_key_stops_every_command_with_its_line(tmp_path: Path, command: str) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("colour: blue\n" + EXAMPLE.read_text())
    ran = veilleuse(command, "-c", config)
    assert ran.returncode == 2
    assert f"{config}:1: colour is not a key" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_a_route_is_told_as_one_json_object() -> None:
    ran = veilleuse("route", "01410", "-c", EXAMPLE, "--json")
    route = json.loads(ran.stdout)
    assert route.keys() == {"postal_code", "communes", "ask_commune", "desk", "why", "overflow"}
    assert {commune["department"] for commune in route["communes"]} == {"01", "39"}
    assert route["desk"] == "guyancourt"


def test_a_malformed_code_is_told_as_such() -> None:
    ran = veilleuse("route", "7501", "-c", EXAMPLE)
    assert (ran.returncode, "five digits" in ran.stderr) == (2, True)


def test_units_are_imported_with_a_summary_and_found_with_whether_they_are_open(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(EXAMPLE.read_text())
    file = tmp_path / "export-pn.csv"
    file.write_text(
        "service;telephone;code_commune_insee;voie;code_postal;commune;geocodage_x_GPS;geocodage_y_GPS\n"
        "Commissariat de police de Trappes;+33 1 30 00 00 00;78621;1 rue Exemple;78190;Trappes;2.0055;48.7774\n"
    )
    undated = veilleuse("units", "import", "police", file, "-c", config)
    assert (undated.returncode, "--published" in undated.stderr) == (2, True)
    imported = veilleuse("units", "import", "police", file, "--published", "2026-11-01", "-c", config)
    assert (imported.returncode, "1 units, 0 rows refused" in imported.stdout) == (0, True), imported.stderr
    near = veilleuse("units", "near", "78621", "--at", "2026-11-25T09:30+01:00", "-c", config)
    assert "Commissariat de police de Trappes" in near.stdout
    assert "call first (as of 2026-11-01)" in near.stdout


def test_every_code_of_the_country_is_answered_by_the_example() -> None:
    ran = veilleuse("territory", "check", "-c", EXAMPLE)
    assert ran.returncode == 0
    assert "6349 codes lead to one desk, 0 to one question, 0 nowhere" in ran.stdout


def test_an_installation_is_prepared_with_two_commands_and_told_what_is_missing(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(EXAMPLE.read_text())
    missing = veilleuse("run", "-c", config)
    assert (missing.returncode, "`veilleuse registration`" in missing.stderr) == (2, True)
    assert veilleuse("registration", "-c", config).returncode == 0
    missing = veilleuse("run", "-c", config)
    assert (missing.returncode, "`veilleuse secrets`" in missing.stderr) == (2, True)
    assert veilleuse("secrets", "-c", config).returncode == 0
    assert (tmp_path / "registration.yaml").exists()
    assert {path.name for path in (tmp_path / "secrets").iterdir()} == {"appservice_token", "session_keys"}
