"""The doctor, in an installation that works."""

import asyncio
import json
import sys

from tests.e2e.conftest import Running


async def test_it_finds_no_fault_where_everything_works(running: Running) -> None:
    homeserver_yaml = running.installation.synapse.configuration.file
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appservice", "doctor", "--json"),
        *("-c", running.endpoints["config"], "--homeserver-config", str(homeserver_yaml)),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    examined = json.loads(said)
    assert (examined["healthy"], process.returncode) == (True, 0), examined["findings"]
    assert {one["check"] for one in examined["findings"]} <= {"synapse.database.name"}
