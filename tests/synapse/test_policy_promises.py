"""What must never be in a signalement is found where somebody brought it in past the rules: in the database itself."""

from tests.synapse.server import Server, Signalement


async def test_what_the_rules_would_refuse_is_found(server: Server, signalement: Signalement) -> None:
    room, guest = signalement.room, signalement.guest
    event = await guest.say(room, "ciphertext")
    before = (await server.module("GET", "/promises")).body["broken"]

    await server.database.execute(f"UPDATE events SET type = 'm.room.message' WHERE event_id = '{event}'")  # noqa: S608 (the test's own names)
    await server.database.execute(f"UPDATE users SET admin = 1 WHERE name = '{guest.user_id}'")  # noqa: S608 (the test's own names)
    broken = (await server.module("GET", "/promises")).body["broken"]
    assert broken["clear_events"] == before.get("clear_events", 0) + 1
    assert broken["administrators"] == before.get("administrators", 0) + 1

    await server.database.execute(f"UPDATE events SET type = 'm.room.encrypted' WHERE event_id = '{event}'")  # noqa: S608 (the test's own names)
    await server.database.execute(f"UPDATE users SET admin = 0 WHERE name = '{guest.user_id}'")  # noqa: S608 (the test's own names)
    assert (await server.module("GET", "/promises")).body["broken"] == before


async def test_nobody_but_the_service_is_told(server: Server, signalement: Signalement) -> None:
    answer = await signalement.agent.ask("GET", "/_synapse/client/veilleuse/v1/promises")
    assert answer.status in (401, 403)
