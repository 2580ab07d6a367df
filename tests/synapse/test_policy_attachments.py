"""Files that agents send: one goes with the conversation it was sent into, and with no other."""

import secrets

from tests.synapse.clients import Person
from tests.synapse.server import Server, Signalement


async def sends(agent: Person, room: str) -> str:
    """As clients do: the file and its thumbnail, then the message that names them. The file's name."""
    name = await agent.ask.upload(secrets.token_bytes(64))
    await agent.ask.upload(secrets.token_bytes(16))
    await agent.say(room, "the key and the name of a file")
    return name


async def test_files_go_with_the_conversation_they_were_sent_into(server: Server, signalement: Signalement) -> None:
    agent, colleague = signalement.agent, await server.agent()
    other = await server.signalement(agent)
    desk = await server.warden.create_room(preset="private_chat", invite=[agent.user_id])
    await agent.join(desk)
    await agent.say(signalement.room, "Bonjour")
    sent = await sends(agent, signalement.room)
    again = await sends(agent, signalement.room)
    elsewhere = [await sends(agent, other.room), await sends(agent, desk)]
    picture = await agent.ask.upload(b"a picture of the agent", "image/png")
    await agent.say(signalement.room, "Au revoir")
    not_sent = await agent.ask.upload(b"not sent")

    before = await kept(server)
    for _ in range(2):
        assert (await server.room("POST", signalement.room, "destroy_originals")).status == 200
        assert await kept(server) == (before[0] - 4, before[1] - 4)

    assert [await colleague.ask.downloads(name) for name in (sent, again)] == [None, None]
    for name in (*elsewhere, picture, not_sent):
        assert await colleague.ask.downloads(name) is not None


async def kept(server: Server) -> tuple[int, int]:
    """How many rows and how many files of media there are, thumbnails that the homeserver made apart."""
    rows = await server.database.value("SELECT COUNT(*) FROM local_media_repository")
    files = (server.configuration.media_path / "local_content").rglob("*")
    return int(rows), sum(file.is_file() for file in files)
