"""The command line: help everywhere, and errors that say what to do, without a traceback."""

import asyncio
import io
import json
import sqlite3
import subprocess
import sys
from contextlib import chdir, closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from appservice.__main__ import main
from appservice.store.database import opened

COMPETENCE = Path(__file__).parents[1] / "fixtures" / "competence_sample.csv"
EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


@dataclass(frozen=True, slots=True)
class Ran:
    returncode: int
    stdout: str
    stderr: str


def veilleuse(*arguments: str | Path, within: Path | None = None) -> Ran:
    """As the shell would run it, in this process: what it says, and its status."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["veilleuse", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
        chdir(within or Path.cwd()),
    ):
        try:
            status = main()
        except SystemExit as ended:
            status = int(ended.code or 0)
    return Ran(status, out.getvalue(), err.getvalue())


def test_a_process_of_its_own_says_the_same_and_ends_with_the_status() -> None:
    arguments = ("route", "--at", "nonsense", "75011")
    ran = subprocess.run(  # noqa: S603 our own program
        [sys.executable, "-m", "appservice", *arguments], capture_output=True, text=True, timeout=60
    )
    assert Ran(ran.returncode, ran.stdout, ran.stderr) == veilleuse(*arguments)
    assert ran.returncode == 2


COMMANDS = [
    "",
    "run",
    "portal",
    "check",
    "doctor",
    "registration",
    "secrets",
    "keys add",
    "demo",
    "route",
    "desks plan",
    "desks apply",
    "territory check",
    "territory import",
    "units import",
    "units near",
    "purge status",
    "purge run",
    "purge verify",
    "residue",
    "retention plan",
    "audit verify",
    "audit export",
    "audit checkpoint",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    ran = veilleuse(*command.split(), "--help")
    assert ran.returncode == 0
    assert "usage: veilleuse" in ran.stdout


def test_the_scaled_demo_takes_no_database() -> None:
    ran = veilleuse("demo", "--scale", "--database", "sqlite")
    assert (ran.returncode, "not allowed with argument" in ran.stderr) == (2, True)


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


@pytest.mark.parametrize("code", ["98000", "99999", "00000", "B-1000", "SW1A 1AA", "1000"])
def test_monaco_abroad_and_no_code_at_all_go_to_the_last_resort_without_a_question(code: str) -> None:
    ran = veilleuse("route", code, "-c", EXAMPLE, "--json")
    route = json.loads(ran.stdout)
    assert (route["postal_code"], route["communes"], route["ask_commune"]) == (code, [], False)
    assert (route["desk"], route["why"], ran.stderr) == ("guyancourt", "nothing_known", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--", ""], "from abroad, any"),
        (["75011", "--commune", "35238"], "not one of those"),
        (["75011", "--at", "nonsense"], "'nonsense' is not a moment, like 2026-11-25T09:30"),
    ],
)
def test_only_nothing_a_stranger_s_commune_and_no_moment_are_refused(arguments: list[str], said: str) -> None:
    ran = veilleuse("route", "-c", EXAMPLE, "--json", *arguments)
    assert (ran.returncode, said in ran.stderr, ran.stdout) == (2, True, ""), ran.stderr
    assert "Traceback" not in ran.stderr


def test_without_a_configuration_a_route_is_by_the_demo_s_or_the_example_s_and_says_so(tmp_path: Path) -> None:
    nothing = veilleuse("route", "75011", "--json", within=tmp_path)
    assert (nothing.returncode, "config.yaml does not exist: name the file with -c" in nothing.stderr) == (2, True)
    (tmp_path / "config.example.yaml").write_text(EXAMPLE.read_text())
    example = veilleuse("route", "75011", "--json", within=tmp_path)
    assert (json.loads(example.stdout)["desk"], "by config.example.yaml" in example.stderr) == ("guyancourt", True)
    (tmp_path / ".demo").mkdir()
    (tmp_path / ".demo" / "config.yaml").write_text(EXAMPLE.read_text())
    demo = veilleuse("territory", "check", within=tmp_path)
    assert (demo.returncode, "by .demo/config.yaml" in demo.stderr) == (0, True)


@pytest.mark.parametrize(
    ("at", "desk", "why"),
    [
        ("2026-11-25T21:59:00+01:00", "guyancourt", "default_force"),
        ("2026-11-25T03:00:00+01:00", "rennes", "default_force; guyancourt off_shift"),
        ("2026-11-25T02:00:00Z", "rennes", "default_force; guyancourt off_shift"),
        ("2026-11-25T03:00", "rennes", "default_force; guyancourt off_shift"),
        ("2026-11-29T03:00:00+01:00", "guyancourt", "default_force"),
    ],
)
def test_at_a_moment_the_route_leads_to_who_is_on_duty(at: str, desk: str, why: str) -> None:
    route = json.loads(veilleuse("route", "75011", "-c", EXAMPLE, "--at", at, "--json").stdout)
    assert (route["desk"], route["why"], route["overflow"]) == (desk, why, ["guyancourt", "rennes"])
    assert route.keys() == {"postal_code", "communes", "ask_commune", "desk", "why", "overflow"}


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
    assert "call first (as of 2026-11-01), source: ministère de l'Intérieur" in near.stdout
    neighbour = veilleuse(
        "units", "near", "78423", "-c", config
    )  # Montigny-le-Bretonneux has none, and is of one group with Trappes
    assert "Commissariat de police de Trappes" in neighbour.stdout
    assert " km" not in neighbour.stdout
    for typed, told in (("99999", "no commune 99999"), ("nowhere", "35238"), ("93170", "93006 (Bagnolet)")):
        unknown = veilleuse("units", "near", typed, "-c", config)
        assert (unknown.returncode, told in unknown.stderr, unknown.stdout) == (2, True, ""), unknown.stderr


def test_what_the_file_of_competence_says_is_taken_over_and_what_it_does_not_is_told(tmp_path: Path) -> None:
    config, kept = tmp_path / "config.yaml", tmp_path / "competence.csv"
    config.write_text(EXAMPLE.read_text().replace("competence_file: null", "competence_file: competence.csv"))
    file = tmp_path / "file.csv"
    file.write_text(
        COMPETENCE.read_text() + '"0100";"A";"GN";"";"";"";""\n"01999";"B";"GN";"";"";"01400";"01400-01999"\n'
    )
    imported = veilleuse("territory", "import", "competence", file, "-c", config)
    assert imported.returncode == 0, imported.stderr
    assert kept.read_bytes() == file.read_bytes()
    for told in (
        "Imported 26 communes",
        "1 lines were not taken:\n  Line 27: '0100' is no commune's code.",
        "1 communes of the file are not in the table: 01999.",
        "communes of the table are not in the file, and have their region's default",
        "1 postal codes of the file are not in the table: 01999.",
        "0 nowhere.",
    ):
        assert told in imported.stdout


def test_a_file_of_competence_that_the_desks_cannot_work_with_changes_nothing(tmp_path: Path) -> None:
    config, kept, file = (tmp_path / name for name in ("config.yaml", "competence.csv", "file.csv"))
    settings = EXAMPLE.read_text().replace("competence_file: null", "competence_file: competence.csv")
    no_police = settings.replace("forces: [police, gendarmerie]", "forces: [gendarmerie]", 1)
    config.write_text(no_police.replace('"11": police', '"11": gendarmerie'))
    header, *lines = COMPETENCE.read_text().splitlines(keepends=True)
    kept.write_text(before := header + "".join(line for line in lines if '"GN"' in line))
    file.write_text(COMPETENCE.read_text())
    refused = veilleuse("territory", "import", "competence", file, "-c", config)
    assert (refused.returncode, "No desk of the police serves" in refused.stderr) == (2, True), refused.stderr
    assert kept.read_text() == before


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
    assert {path.name for path in (tmp_path / "secrets").iterdir()} == {
        "appservice_token",
        "session_keys",
        "checkpoint_keys",
        "audit_token",
    }


async def a_database(directory: Path) -> None:
    """As the service makes it at its first start."""
    async with opened(f"sqlite:///{directory / 'veilleuse.db'}"):
        pass


def test_the_record_is_verified_exported_and_signed_for(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(EXAMPLE.read_text())
    unsigned = veilleuse("audit", "checkpoint", "-c", config)
    assert (unsigned.returncode, "`veilleuse secrets`" in unsigned.stderr) == (2, True)
    assert veilleuse("secrets", "-c", config).returncode == 0
    missing = veilleuse("audit", "verify", "-c", config)
    assert (missing.returncode, "No such file" in missing.stderr) == (2, True)
    asyncio.run(a_database(tmp_path))
    signed = veilleuse("audit", "checkpoint", "-c", config)
    assert (signed.returncode, signed.stdout.startswith("veilleuse-checkpoint v1 0 ")) == (0, True), signed.stderr
    kept = tmp_path / "kept.txt"
    kept.write_text(signed.stdout)
    verified = veilleuse("audit", "verify", "--checkpoint", kept, "-c", config)
    assert (verified.returncode, verified.stdout) == (0, "1 entries are in order, and agree with 1 checkpoints.\n")
    exported = veilleuse("audit", "export", "--format", "csv", "-o", tmp_path / "record.csv", "-c", config)
    assert (exported.returncode, exported.stdout) == (0, f"Wrote 2 entries to {tmp_path / 'record.csv'}.\n")
    changed = veilleuse("keys", "add", "checkpoint", "-c", config)
    assert (changed.returncode, changed.stderr) == (0, "")
    lines = veilleuse("audit", "export", "-c", config).stdout.splitlines()
    noted = [(entry["actor"], entry["kind"], entry["fields"]) for entry in map(json.loads, lines)]
    assert noted == [
        ("operator", "checkpoint_posted", {"covered": 0}),
        ("operator", "record_exported", {"form": "csv"}),
        ("operator", "keys_changed", {"keys": "checkpoint", "step": "add"}),
        ("operator", "record_exported", {"form": "jsonl"}),
    ]

    with closing(sqlite3.connect(tmp_path / "veilleuse.db")) as database:
        database.execute("UPDATE audit_head SET sequence = 5")
        database.commit()
    broken = veilleuse("audit", "verify", "-c", config)
    assert (broken.returncode, broken.stdout.startswith("Entry 5: ")) == (1, True), broken.stderr


def test_keys_are_changed_where_there_is_no_record_and_that_is_told(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(EXAMPLE.read_text())
    assert veilleuse("secrets", "-c", config).returncode == 0
    changed = veilleuse("keys", "add", "portal", "-c", config)
    assert (changed.returncode, "not in the audit record" in changed.stderr) == (0, True)
    assert "Restart" in changed.stdout
    assert not (tmp_path / "veilleuse.db").exists()


def test_a_checkpoint_that_others_signed_is_refused(tmp_path: Path) -> None:
    config, kept = tmp_path / "config.yaml", tmp_path / "kept.txt"
    config.write_text(EXAMPLE.read_text())
    assert veilleuse("secrets", "-c", config).returncode == 0
    asyncio.run(a_database(tmp_path))
    kept.write_text(veilleuse("audit", "checkpoint", "-c", config).stdout)
    refused = veilleuse("audit", "verify", "--checkpoint", kept, "--trust", "A" * 43, "-c", config)
    assert (refused.returncode, "not trusted" in refused.stderr) == (2, True)
    missing = veilleuse("audit", "verify", "--checkpoint", tmp_path / "nowhere", "-c", config)
    assert (missing.returncode, "cannot be read" in missing.stderr) == (2, True)


def test_a_fault_in_the_rules_of_retention_is_told_with_its_line(tmp_path: Path) -> None:
    config, rules = tmp_path / "config.yaml", tmp_path / "retention.yaml"
    config.write_text(EXAMPLE.read_text().replace("retention: null", "retention: retention.yaml"))
    rules.write_text("lost_contact_after: 1 min\n")
    checked = veilleuse("check", "-c", config)
    assert checked.returncode == 2
    assert f"{rules}:1: lost_contact_after: at least 5 min" in checked.stderr


def test_statistics_are_of_whole_weeks_and_suppress_what_is_small(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(EXAMPLE.read_text())
    parts = veilleuse("statistics", "-c", config, "--from", "2024-11-05", "--to", "2024-11-17")
    assert (parts.returncode, "from 2024-11-04 to 2024-11-17" in parts.stderr) == (2, True)
    endless = veilleuse("statistics", "-c", config, "--from", "9999-12-27", "--to", "9999-12-31")
    assert (endless.returncode, "at the latest" in endless.stderr) == (2, True)
    days = ("--from", "2024-11-04", "--to", "2024-11-17", "--csv")
    nowhere = veilleuse("statistics", "-c", config, *days, tmp_path / "nowhere" / "x.csv")
    assert (nowhere.returncode, "No such file" in nowhere.stderr) == (2, True)
    assert not (tmp_path / "veilleuse.db").exists()
    whole = veilleuse("statistics", "-c", config, *days).stdout.splitlines()
    assert whole[0] == "department,2024-W45,2024-W46,total"
    departments = [line.partition(",")[0] for line in whole[1:]]
    assert {"01", "2A", "974"} <= set(departments)
    assert departments[-2:] == ["unknown", "total"]
    assert veilleuse("statistics", "-c", config, *days).stdout.splitlines() == whole
    assert (tmp_path / "data" / "statistics" / "key").stat().st_mode & 0o777 == 0o600
    answers = veilleuse("statistics", "--feedback", "-c", config, "--from", "2024-11-11", "--to", "2024-11-17", "--csv")
    rows = [line.split(",") for line in answers.stdout.splitlines()]
    assert [row[0] for row in rows] == ["answer", "yes", "a_little", "no", "total"]
    assert {row[1] for row in rows[1:4]} == {"s"}
