"""The homeserver that the demo and the tests start."""

import secrets
import socket
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from ruamel.yaml import YAML

from appservice.embedded.process import ProcessFailed
from appservice.embedded.synapse import (
    Configuration,
    EmbeddedSynapse,
    EmbeddedSynapseError,
    register_account,
    write_configuration,
)
from tests.synapse.clients import CLIENT
from tests.synapse.server import PASSWORD, SERVER_NAME, Server, free_port, running_server


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    """Written nowhere yet."""
    registration = tmp_path / "registration.yaml"
    registration.write_text("sender_localpart: veilleuse\n")
    return Configuration(
        directory=tmp_path / "synapse",
        server_name=SERVER_NAME,
        port=free_port(),
        registration=registration,
        registration_shared_secret=secrets.token_hex(),
    )


async def status(server: Server, path: str) -> int:
    async with aiohttp.ClientSession() as http, http.get(server.configuration.url + path) as answer:
        return answer.status


async def test_a_client_pointed_at_its_address_stays_there(server: Server) -> None:
    url = server.configuration.url
    async with aiohttp.ClientSession() as http, http.get(f"{url}/.well-known/matrix/client") as answer:
        assert await answer.json() == {"m.homeserver": {"base_url": f"{url}/"}}
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_it_speaks_to_no_other_server(server: Server) -> None:
    for path in ("/_matrix/federation/v1/version", "/_matrix/key/v2/server", "/.well-known/matrix/server"):
        assert await status(server, path) == 404


async def test_it_listens_on_this_machine_alone(server: Server) -> None:
    with socket.socket() as elsewhere:
        elsewhere.bind(("127.0.0.2", server.configuration.port))


async def test_an_account_can_be_made_twice_and_logs_in(server: Server) -> None:
    for _ in ("once", "and again"):
        user = await register_account(server.configuration, "twice", PASSWORD)
    person = await server.log_in(user)
    devices = await person.ask.ok("GET", f"{CLIENT}/devices")
    assert [device["device_id"] for device in devices["devices"]] == [person.device_id]
    assert (await person.ask("GET", f"/_synapse/admin/v2/users/{user}")).status == 403


async def test_a_name_that_cannot_be_is_refused(server: Server) -> None:
    with pytest.raises(EmbeddedSynapseError, match="no spaces"):
        await register_account(server.configuration, "no spaces", PASSWORD)


async def test_logs_pair_no_address_with_a_request(server: Server) -> None:
    room = await (await server.agent()).create_room()
    said = "".join(path.read_text() for path in server.configuration.logs)
    assert "STARTING SERVER" in said, "it is the log that we read"
    assert room not in said
    assert "127.0.0.1" not in said


async def test_it_remembers_across_a_restart(tmp_path: Path) -> None:
    async with running_server(tmp_path, None) as server:
        agent, first = await server.agent(), server.process.pid
        room = await agent.create_room()
        await server.process.restart()
        assert server.process.pid not in (None, first)
        assert room in (await agent.sync())["rooms"]["join"]
    assert server.process.pid is None


def test_writing_the_configuration_again_keeps_the_keys(configuration: Configuration) -> None:
    write_configuration(configuration)
    before = {path.name: path.read_text() for path in configuration.directory.iterdir()}
    assert "signing.key" in before
    write_configuration(configuration)
    assert {path.name: path.read_text() for path in configuration.directory.iterdir()} == before


def test_nobody_but_the_owner_can_read_its_files(configuration: Configuration) -> None:
    write_configuration(configuration)
    assert configuration.directory.stat().st_mode & 0o077 == 0
    for path in configuration.directory.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_registration_that_names_no_sender_is_refused(configuration: Configuration) -> None:
    configuration.registration.write_text("id: veilleuse\n")
    with pytest.raises(EmbeddedSynapseError, match="sender_localpart"):
        write_configuration(configuration)
    with pytest.raises(EmbeddedSynapseError, match="not a registration file"):
        write_configuration(replace(configuration, registration=configuration.directory / "missing.yaml"))


async def test_an_occupied_port_is_named(configuration: Configuration) -> None:
    write_configuration(configuration)
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", configuration.port))
        occupant.listen()
        with pytest.raises(ProcessFailed, match=str(configuration.port)):
            await EmbeddedSynapse(configuration).start()


@pytest.mark.parametrize(
    ("section", "named"),
    [({}, "warden"), ({"warden": "@veilleuse:elsewhere.example"}, "warden"), ({"wardens": "x"}, "wardens")],
)
async def test_the_policy_modules_configuration_error_stops_it_and_is_quoted(
    configuration: Configuration, section: dict[str, str], named: str
) -> None:
    file = write_configuration(configuration)
    configuration.registration.write_text(_REGISTRATION)
    settings = YAML(typ="safe").load(file)
    settings["modules"][0]["config"] = section
    with file.open("w") as target:
        YAML(typ="safe").dump(settings, target)
    process = EmbeddedSynapse(configuration)
    with pytest.raises(ProcessFailed, match=f"(?s)signalement_policy.*`{named}`"):
        await process.start()
    assert process.pid is None


_REGISTRATION = """\
{id: veilleuse, url: null, as_token: a, hs_token: b, sender_localpart: veilleuse, namespaces: {}}
"""
