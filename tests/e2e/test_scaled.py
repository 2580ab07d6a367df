"""The installation of a country, with workers, standbys and nginx: one conversation through it, deaths, an erasure."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from urllib.parse import quote

import aiohttp
import pytest

from appservice.domain.ids import Reference, RoomId, UserId
from appservice.domain.refusals import AlreadyTaken
from appservice.domain.signalement import State
from tests.e2e.conftest import NewAgent, NewGuest, Running, away, claimed_by
from tests.e2e.plain import Conversation, PlainAgent
from tests.e2e.relayed import RelayedGuest
from tests.e2e.residue import ciphertexts_of
from tests.e2e.scaled_stack import ScaledStack, running_scaled_stack
from tests.e2e.second_process import second_process
from tests.synapse.clients import CLIENT, Client, Person
from tests.synapse.sliding_client import SlidingClient
from tests.waiting import until

pytestmark = [pytest.mark.scaled, pytest.mark.timeout(240)]

WITHIN_A_POLL = timedelta(seconds=60)
"""Longer than a long poll, thirty seconds: who was cut off from a worker may be told at its end only what is there for
a device, and the erasure waits for that."""


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ScaledStack]:
    changes = {"guest_portal": {"neutral_address": "http://127.0.0.1:9"}}
    async with running_scaled_stack(tmp_path_factory.mktemp("scaled"), 2, changes) as running:
        yield running


@pytest.fixture(scope="module")
async def running(stack: ScaledStack) -> Running:
    """For people with a browser, and officers with a client that encrypts."""
    return Running(stack.installation, stack.accounts, await stack.installation.endpoints(stack.accounts))


class Talk:
    """A guest who came through nginx and the portal, and the desk's agent, who came through nginx."""

    def __init__(self, stack: ScaledStack, guest: RelayedGuest) -> None:
        self.guest = guest
        self.agent = stack.agents[0]
        self.heard_by_guest: list[str] = []
        self._plain = stack.plain

    async def begins(self) -> None:
        person = Person(self.guest.user_id, self.guest.device_id, self.agent.person.ask)
        await self._plain.is_claimed(Conversation(person, self.guest.room, self.guest.reference), self.agent)
        await asyncio.wait_for(self.guest.may_write.wait(), WITHIN_A_POLL.total_seconds())

    def hears(self, sender: str, text: str, _: str) -> None:
        if sender != self.guest.user_id:
            self.heard_by_guest.append(text)

    @property
    def read_by_agent(self) -> list[str]:
        return list(self.agent.readable.get(self.guest.room, {}).values())

    async def goes_both_ways(self, name: str) -> None:
        await self.guest.says(f"{name} from the guest")
        await self.agent.person.say(self.guest.room, f"{name} from the agent")
        await until(lambda: f"{name} from the guest" in self.read_by_agent, WITHIN_A_POLL)
        await until(lambda: f"{name} from the agent" in self.heard_by_guest, WITHIN_A_POLL)


@pytest.fixture
async def talk(stack: ScaledStack) -> AsyncIterator[Talk]:
    guest = await asyncio.wait_for(stack.guest(), WITHIN_A_POLL.total_seconds())
    talk = Talk(stack, guest)
    listening = asyncio.create_task(guest.listens(talk.hears))
    await talk.begins()
    yield talk
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def by_worker(stack: ScaledStack, talk: Talk) -> AsyncIterator[Client]:
    """The agent, asking the worker itself."""
    token = talk.agent.person.ask.token
    async with aiohttp.ClientSession(f"http://127.0.0.1:{stack.installation.worker.command.port}") as http:
        yield Client(http, token)


async def test_an_exit_cleans_the_screen_of_who_syncs_by_the_worker_and_leaves_nothing(
    stack: ScaledStack, talk: Talk
) -> None:
    await talk.goes_both_ways("a word")
    room, event = talk.guest.room, next(iter(talk.agent.readable[talk.guest.room]))
    path = f"{CLIENT}/rooms/{quote(room)}/event/{quote(event)}"
    async with by_worker(stack, talk) as ask:
        assert "ciphertext" in (await ask.ok("GET", path))["content"]
        assert await talk.guest.exits()
        await until(lambda: not talk.agent.readable.get(room))
        await until(lambda: stack.is_erased(room), WITHIN_A_POLL)
        assert (await ask("GET", path)).status in (403, 404)


async def test_a_page_and_an_officer_talk_encrypted_though_each_worker_dies_and_an_exit_erases_it(
    stack: ScaledStack, running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent, guest = await new_agent("guyancourt", 2), await new_guest()
    await guest.opens()
    await guest.types("Bonsoir")
    room = await claimed_by(running, agent, guest)
    await agent.sees(room, "Bonsoir")
    async with away(stack.installation.worker):
        await agent.says(room, "Je vous lis")
        await guest.sees("Je vous lis")
        await guest.types("Il est là")
        await agent.sees(room, "Bonsoir", "Il est là")
    async with away(stack.installation.second_worker):
        await agent.says(room, "Je reste là")
        await guest.sees("Je vous lis", "Je reste là")
        await guest.types("Il part")
        await agent.sees(room, "Bonsoir", "Il est là", "Il part")
    await guest.sees_own("sent", "Bonsoir", "Il est là", "Il part")
    assert await agent.undecryptable() == []
    await guest.presses_exit()
    await agent.is_out_of(room)
    await until(lambda: stack.is_erased(room), WITHIN_A_POLL)


async def test_of_two_who_take_at_once_by_two_services_one_has_it_and_the_guest_is_told_of_no_other(
    stack: ScaledStack, running: Running
) -> None:
    """One joins, which the active service hears of; the other's word is heard by a second one, on the same database."""
    conversations = await asyncio.gather(*(stack.plain.opens() for _ in range(4)))
    async with second_process(running) as process:

        async def are_settled_as(state: State) -> bool:
            unsettled = await process.stores.unsettled(100)
            rows = [await process.stores.by_room(RoomId(each.room)) for each in conversations]
            return all(row is not None and row.state is state and row not in unsettled for row in rows)

        async def both_take(conversation: Conversation, joining: PlainAgent, speaking: PlainAgent) -> None:
            room = conversation.room
            assert (await joining.person.ask("POST", f"{CLIENT}/join/{quote(room, safe='')}")).status == 200
            if joining is stack.agents[0]:  # the join has further to go: of some it has come half the way
                await until(lambda: room in joining.joined)
            with contextlib.suppress(AlreadyTaken):
                await process.day.claim.take(Reference(conversation.reference), UserId(speaking.person.user_id))

        async def one_has_it(conversation: Conversation) -> bool:
            """Who is stored is there, alone, and is the only one of whom the guest was ever told."""
            row = await process.stores.by_room(RoomId(conversation.room))
            inside = {agent.person.user_id for agent in stack.agents if conversation.room in agent.joined}
            return row is not None and inside == {row.agent_mxid} == await told_of(conversation)

        await until(lambda: are_settled_as(State.WAITING), WITHIN_A_POLL)
        pairs = [stack.agents, stack.agents[::-1]] * 2
        await asyncio.gather(*(both_take(each, *pair) for each, pair in zip(conversations, pairs, strict=True)))
        await until(lambda: are_settled_as(State.CLAIMED), WITHIN_A_POLL)
        for conversation in conversations:
            await until(partial(one_has_it, conversation), WITHIN_A_POLL, f"one has {conversation.reference}")
    await asyncio.gather(*(stack.plain.leaves(each) for each in conversations))
    for conversation in conversations:  # Synapse answers a sliding sync with a fault while a room of it is deleted
        await until(partial(stack.is_erased, conversation.room), WITHIN_A_POLL)


async def told_of(conversation: Conversation) -> set[str]:
    """Whom the warden has named to the guest, ever."""
    room = (await conversation.guest.sync())["rooms"]["join"][conversation.room]
    events = room["state"]["events"] + room["timeline"]["events"]
    claims = [event["content"] for event in events if event["type"] == "org.veilleuse.claim"]
    return {claim["agent"] for claim in claims if "agent" in claim}


async def test_an_app_that_syncs_keys_and_rooms_apart_by_the_worker_is_awaited_and_no_longer_than_it_takes(
    stack: ScaledStack, talk: Talk
) -> None:
    person = await stack.plain.log_in(stack.accounts[0])
    app, room = SlidingClient(person), talk.guest.room
    await talk.goes_both_ways("a word")
    assert room in await app.syncs_rooms()
    await app.syncs_rooms()
    await app.syncs_encryption()
    assert await talk.guest.exits()
    await until(lambda: not ciphertexts_of(stack.homeserver_database, room), WITHIN_A_POLL)
    assert not stack.is_erased(room)

    async def is_erased_as_it_syncs() -> bool:
        await app.syncs_rooms()
        await app.syncs_encryption()
        return stack.is_erased(room)

    await until(is_erased_as_it_syncs, WITHIN_A_POLL)
    await person.ask.ok("POST", f"{CLIENT}/logout")


async def test_the_active_service_dies_and_the_other_one_takes_over(stack: ScaledStack, talk: Talk) -> None:
    dead = await stack.active_service()
    await dead.kill()
    await talk.goes_both_ways("while nobody was active")
    assert await talk.guest.exits()
    await until(lambda: stack.is_erased(talk.guest.room), WITHIN_A_POLL)
    await dead.start()
    assert await stack.active_service() is not dead


async def test_portals_workers_and_nginx_die_and_nothing_said_is_lost(stack: ScaledStack, talk: Talk) -> None:
    installation = stack.installation
    workers, portals = (
        (installation.worker, installation.second_worker),
        (installation.portal, installation.second_portal),
    )
    for process in (*portals, *workers, installation.nginx):
        await process.kill()
        said = asyncio.create_task(talk.guest.says(f"without {process.command.name}"))
        await process.start()
        await said
    await until(lambda: len([one for one in talk.read_by_agent if one.startswith("without")]) == 5, WITHIN_A_POLL)
    await talk.goes_both_ways("afterwards")


async def test_a_worker_that_was_cut_off_shows_nothing_of_what_was_erased_meanwhile(
    stack: ScaledStack, talk: Talk
) -> None:
    await talk.goes_both_ways("a word")
    room, event = talk.guest.room, next(iter(talk.agent.readable[talk.guest.room]))
    async with by_worker(stack, talk) as ask:
        path = f"{CLIENT}/rooms/{quote(room)}/event/{quote(event)}"
        assert "ciphertext" in (await ask.ok("GET", path))["content"]
        await stack.installation.valkey.kill()
        try:
            assert await talk.guest.exits()
            await until(lambda: not ciphertexts_of(stack.homeserver_database, room), WITHIN_A_POLL)
        finally:
            await stack.installation.valkey.start()
        await until(lambda: stack.is_erased(room), WITHIN_A_POLL)
        assert (await ask("GET", path)).status in (403, 404)
