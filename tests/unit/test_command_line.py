"""The command line: help everywhere, and errors that say what to do, without a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


def veilleuse(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 our own program
        [sys.executable, "-m", "appservice", *map(str, arguments)], capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("command", ["", "run", "portal", "check", "registration", "secrets", "demo"])
def test_every_command_explains_itself(command: str) -> None:
    ran = veilleuse(*filter(None, [command]), "--help")
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
