"""Starting where something is missing or in the way: a clear word, and nothing half done."""

import asyncio
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from appservice.embedded.demo import PLACES, SERVER_NAME
from appservice.embedded.installation import PORTS, Installation
from appservice.embedded.process import ProcessFailed
from tests.ports import free_ports
from tests.waiting import until


async def test_without_the_module_the_service_refuses_to_start_and_says_how_to_install_it(tmp_path: Path) -> None:
    installation = Installation(tmp_path, free_ports(PORTS), SERVER_NAME, PLACES)
    homeserver_yaml = installation.synapse.configuration.file
    settings = YAML(typ="safe").load(homeserver_yaml)
    del settings["modules"]
    with homeserver_yaml.open("w") as file:
        YAML(typ="safe").dump(settings, file)
    async with installation.synapse:
        with pytest.raises(ProcessFailed, match=r"policies\.signalement_policy.*modules:"):
            await installation.appservice.start()


async def test_the_service_waits_for_a_homeserver_that_comes_later(tmp_path: Path) -> None:
    installation = Installation(tmp_path, free_ports(PORTS), SERVER_NAME, PLACES)
    starting = asyncio.create_task(installation.appservice.start())
    async with installation.synapse:
        await installation.accounts()
        await starting
        await installation.appservice.stop()


async def test_the_service_can_be_stopped_while_it_waits_for_the_homeserver(tmp_path: Path) -> None:
    installation = Installation(tmp_path, free_ports(PORTS), SERVER_NAME, PLACES)
    command = installation.appservice.command
    with command.output.open("w") as said:
        program = await asyncio.create_subprocess_exec(*command.argv, stderr=said)
    await until(lambda: "Waiting for the homeserver" in command.output.read_text())
    program.terminate()
    assert await asyncio.wait_for(program.wait(), 5) == 0


@pytest.mark.parametrize("name", ["appservice", "portal"])
async def test_an_occupied_port_is_named(tmp_path: Path, name: str) -> None:
    installation = Installation(tmp_path, free_ports(PORTS), SERVER_NAME, PLACES)
    process = installation.processes[name]
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", process.command.port)
    program = await asyncio.create_subprocess_exec(
        *process.command.argv, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(program.communicate(), 30)
    server.close()
    assert program.returncode == 2
    assert f"Port {process.command.port} on 127.0.0.1 is occupied" in said.decode()
    assert "Traceback" not in said.decode()
