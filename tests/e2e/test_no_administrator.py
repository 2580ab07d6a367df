"""Nothing of this installation is an administrator of the homeserver, or could act as one."""

from pathlib import Path

import aiohttp

from appservice.config import load_registration
from tests.e2e.conftest import NewGuest, Running
from tests.synapse.server import Database

ADMINISTRATORS_ONLY = ("/_synapse/admin/v1/rooms", "/_synapse/admin/v2/users", "/_synapse/admin/v1/event_reports")


async def test_no_account_is_an_administrators_and_the_service_is_refused_as_one(
    running: Running, new_guest: NewGuest
) -> None:
    await new_guest()
    url = running.endpoints["databases"]["synapse"]
    database = Database(Path(url.removeprefix("sqlite:///")), None if url.startswith("sqlite") else url)
    accounts = await database.value("SELECT COUNT(*) FROM users")
    administrators = await database.value("SELECT COUNT(*) FROM users WHERE admin <> 0")
    assert accounts > 0
    assert administrators == 0

    registration = load_registration(running.installation.settings.appservice.registration)
    headers = {"Authorization": f"Bearer {registration.as_token}"}
    async with aiohttp.ClientSession(running.endpoints["homeserver"], headers=headers) as service:
        for path in ADMINISTRATORS_ONLY:
            async with service.get(path) as answer:
                assert (answer.status, (await answer.json())["errcode"]) == (403, "M_FORBIDDEN")
