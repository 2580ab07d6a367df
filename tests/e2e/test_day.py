"""An agents' day with real clients: fifty at once, a vanishing agent, another desk."""

import asyncio
from datetime import timedelta
from urllib.parse import quote

import aiohttp

from appservice.domain.day_rules import DayRules
from appservice.domain.ids import DeskId, RoomId
from appservice.domain.signalement import State
from tests.e2e.conftest import FIFTY, NewAgent, NewGuest, Running, announced_to, claimed_by
from tests.e2e.second_process import second_process
from tests.synapse.clients import CLIENT, Person, log_in
from tests.synapse.signed_keys import keys_of
from tests.waiting import until

RULES = DayRules()


async def logged_in(running: Running, http: aiohttp.ClientSession, desk: str, number: int) -> Person:
    """A client of a few lines."""
    account = running.account(desk, number)
    return await log_in(http, account.user_id, account.password)


async def with_keys(running: Running, http: aiohttp.ClientSession, desk: str, number: int) -> Person:
    """The same, on a device to which others give room keys: its owner vouches for it."""
    person = await logged_in(running, http, desk, number)
    await keys_of(person.user_id, person.device_id, one_time_keys=2).upload(person)
    return person


async def test_of_fifty_who_join_at_once_one_has_it_all_others_are_told_and_none_of_them_receives_a_room_key(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    watching = [await new_agent(FIFTY, number) for number in (1, 2)]
    guest = await new_guest()
    await guest.opens("20000")
    await guest.types("Pour une seule personne")
    room = await announced_to(running, watching[0], guest, FIFTY)
    desk_room = running.desk(FIFTY)["desk_room_id"]
    (line,) = [line for line in await watching[0].reads(desk_room) if guest.opened["reference"] in (line.body or "")]
    async with aiohttp.ClientSession(running.endpoints["homeserver"]) as http:
        others = await asyncio.gather(*(with_keys(running, http, FIFTY, number) for number in range(3, 51)))
        before = [(await other.sync())["next_batch"] for other in others]
        path = f"{CLIENT}/join/{quote(room, safe='')}"
        await asyncio.gather(
            *(other.ask("POST", path) for other in others), *(agent.tries_to_join(room) for agent in watching)
        )

        async def one_is_left() -> bool:
            async with second_process(running) as process:
                stored = await process.stores.by_room(RoomId(room))
                unsettled = await process.stores.unsettled(100)
            if stored is None or stored.state is not State.CLAIMED or stored in unsettled:
                return False
            inside = [other.user_id for other in others if await _membership(other, room) == "join"]
            inside += [agent.user_id for agent in watching if await agent.membership(room) == "join"]
            return inside == [stored.agent_mxid]

        await until(one_is_left, timedelta(seconds=60))
        await guest.sees_own("sent", "Pour une seule personne")
        told = await watching[0].sees_answer(desk_room, line.event_id, "déjà pris en charge", "rien à faire, merci")
        assert (told.notice, list(told.mentions)) == (True, []), "one friendly answer for all, and no telephone rings"
        inside = {agent.user_id for agent in watching if await agent.membership(room) == "join"}
        for other, since in zip(others, before, strict=True):
            news = await other.sync(since)
            given = {
                message["sender"]
                for message in news.get("to_device", {}).get("events", [])
                if message["type"] == "m.room.encrypted"
            }
            seen = news["rooms"]["join"][desk_room]["timeline"]["events"]
            assert told.event_id in {event["event_id"] for event in seen}
            assert told.sender in given, "the bot gave it a key, by which the answer can be read"
            if await _membership(other, room) == "join":
                inside.add(other.user_id)
            assert (guest.opened["user_id"] in given) == (other.user_id in inside), (
                "of the guest's keys, whoever has it has one"
            )
    (holder,) = inside
    for agent in watching:
        assert await agent.has_room_key(room) == (agent.user_id == holder)
        await agent.sees_changed(desk_room, line.event_id, "pris en charge par", holder)
        answers = [each for each in await agent.reads(desk_room) if each.replies_to == line.event_id]
        assert [each.event_id for each in answers] == [told.event_id]


async def test_an_agent_who_vanishes_is_asked_then_the_guest_waits_and_another_takes_over(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    first, second = await new_agent(number=1), await new_agent(number=2)
    guest = await new_guest()
    await guest.opens()
    room = await claimed_by(running, first, guest)
    await first.says(room, "Bonjour")
    await guest.sees("Bonjour")
    await first.unplug()
    await guest.types("Vous êtes là ?")
    await guest.sees_own("sent", "Vous êtes là ?")
    async with second_process(running) as process:
        signalement = await process.stores.by_room(RoomId(room))
        assert signalement is not None

        async def both_are_known_to_have_written() -> bool:
            return any(
                watched.signalement_id == signalement.signalement_id
                and watched.signs.agent_wrote_at is not None
                and watched.signs.guest_wrote_at is not None
                for watched in await process.store.signs()
            )

        await until(both_are_known_to_have_written)
        process.clock.ahead_by = RULES.presumption.silent_for
        await process.day.away()
        assert process.said == [f"ask {signalement.agent_mxid} about {signalement.reference}"]
        process.clock.ahead_by += RULES.presumption.answers_within
        await process.day.away()
    await guest.is_in_state("waiting")
    await until(lambda: second.tries_to_join(room))
    await guest.is_in_state("connected")
    await guest.types("Bonjour à vous")
    await second.sees(room, "Bonjour à vous")
    await first.plug()
    await first.is_out_of(room)
    assert not any(line.body == "Bonjour à vous" for line in await first.reads(room))


async def test_reading_and_typing_are_signs_of_life(running: Running, new_guest: NewGuest, new_agent: NewAgent) -> None:
    agent = await new_agent(number=1)
    guest = await new_guest()
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    async with aiohttp.ClientSession(running.endpoints["homeserver"]) as http, second_process(running) as process:
        telephone = await logged_in(running, http, "guyancourt", 1)
        signalement = await process.stores.by_room(RoomId(room))
        assert signalement is not None

        async def last_sign() -> object:
            for watched in await process.store.signs():
                if watched.signalement_id == signalement.signalement_id:
                    assert watched.signs.agent_wrote_at is None
                    return watched.signs.agent_at
            return None

        path = f"{CLIENT}/rooms/{quote(room, safe='')}"
        typing = f"{path}/typing/{quote(telephone.user_id, safe='')}"
        await telephone.ask.ok("PUT", typing, {"typing": True, "timeout": 20_000})
        await until(lambda: _is_set(last_sign))
        typed_at = await last_sign()
        await guest.types("Bonjour")
        await guest.sees_own("sent", "Bonjour")
        (message, *_) = await telephone.messages(room)
        await telephone.ask.ok("POST", f"{path}/receipt/m.read/{quote(message['event_id'], safe='')}")

        async def has_read() -> bool:
            return await last_sign() != typed_at

        await until(has_read)
        await telephone.ask.ok("POST", f"{CLIENT}/logout")


async def test_who_waits_too_long_is_taken_by_the_next_desk_and_no_longer_by_the_first(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    (near_desk, next_desk, *_) = running.installation.settings.routing().overflow_of(DeskId("guyancourt"))
    # Both are there before: a device that comes after an announcement was never given the key to it.
    near, further = await new_agent(near_desk), await new_agent(next_desk)
    guest = await new_guest()
    await guest.opens()
    room = await announced_to(running, near, guest)
    async with second_process(running) as process:
        process.clock.ahead_by = RULES.patience.overflow_after
        await process.day.overflow()
        waiting = await process.stores.by_room(RoomId(room))
    assert waiting is not None
    assert (waiting.state, waiting.passed, waiting.desk_id) == (State.WAITING, (near_desk,), next_desk)
    assert not await near.tries_to_join(room)
    await announced_to(running, further, guest, next_desk)
    await further.join(room)
    await guest.is_in_state("connected")
    await guest.types("Enfin")
    await further.sees(room, "Enfin")
    assert await further.undecryptable() == []


async def _is_set(look: object) -> bool:
    assert callable(look)
    return await look() is not None


async def _membership(person: Person, room: str) -> str:
    """As the homeserver has it."""
    path = f"{CLIENT}/rooms/{quote(room, safe='')}/state/m.room.member/{quote(person.user_id, safe='')}"
    answer = await person.ask("GET", path)
    return str(answer.body.get("membership", "leave")) if answer.status == 200 else "leave"
