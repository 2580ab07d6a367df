"""An agent's client that was closed while the conversation was erased, and comes back: what is still on its screen."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.synapse.server import Server, Signalement
from tests.synapse.stored_client import StoredClient
from tests.synapse.test_policy_probes import awaited, end
from tests.waiting import until

SAID = ["One", "Two", "Three"]


async def closed_during_the_erasure(server: Server, signalement: Signalement, file: Path) -> StoredClient:
    """What was said is on the client's disk; then it is closed, and guest, messages and originals go."""
    client = StoredClient(signalement.agent, file)
    for text in SAID:
        await signalement.guest.say(signalement.room, text)
    await client.syncs()
    assert client.texts(signalement.room) == SAID
    await signalement.guest.ask.ok("POST", f"/_matrix/client/v3/rooms/{signalement.room}/leave")
    await server.erase(signalement.guest)
    assert (await server.room("POST", signalement.room, "redact_messages")).status == 200
    await end(server, signalement)
    assert (await server.room("POST", signalement.room, "destroy_originals")).status == 200
    return client


async def pass_by(server: Server, by: timedelta) -> None:
    """As if all that is in the homeserver's database had happened so much earlier."""
    earlier = by // timedelta(milliseconds=1)
    await server.database.execute(f"UPDATE devices SET last_seen = last_seen - {earlier}")  # noqa: S608
    await server.database.execute(f"UPDATE events SET received_ts = received_ts - {earlier}")  # noqa: S608


@pytest.mark.parametrize("away", [timedelta(minutes=1), timedelta(days=1)])
async def test_while_the_shell_is_there_the_client_that_comes_back_has_nothing_to_show(
    server: Server, signalement: Signalement, tmp_path: Path, away: timedelta
) -> None:
    await closed_during_the_erasure(server, signalement, tmp_path / "store")
    await pass_by(server, away)
    device = (signalement.agent.user_id, signalement.agent.device_id)
    assert await awaited(server, signalement.room) == [device], "the shell is kept for it"

    again = StoredClient(signalement.agent, tmp_path / "store")
    assert again.texts(signalement.room) == SAID, "on its disk there is everything, before it has heard"
    await again.syncs()
    assert again.texts(signalement.room) == []
    assert signalement.room not in again.rooms()
    assert await awaited(server, signalement.room) == [], "and now the shell can go"


async def test_without_the_shell_the_client_that_comes_back_shows_everything(
    server: Server, signalement: Signalement, tmp_path: Path
) -> None:
    """Why there is one."""
    await closed_during_the_erasure(server, signalement, tmp_path / "store")
    assert (await server.room("POST", signalement.room, "purge")).body == {"gone": True}

    again = StoredClient(signalement.agent, tmp_path / "store")
    await again.syncs(4)
    assert again.texts(signalement.room) == SAID
    assert signalement.room in again.rooms()
    await until(lambda: server.is_gone(signalement.room))
