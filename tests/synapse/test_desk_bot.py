"""The desk bot on a real Synapse, with agents whose clients encrypt as Element does."""

import asyncio
import itertools
import json
import logging
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest

from appservice.desk.bot import DeskBot, DeskRoomNotEncrypted
from appservice.desk.hearing import Heard, OwnWords, Reacted
from appservice.domain.errors import ConfigurationError, HomeserverUnavailable
from appservice.embedded.synapse import Configuration, EmbeddedSynapse, register_account, write_configuration
from tests.e2e.agent_navigator import Agent
from tests.waiting import SOON

AS_TOKEN = "the-application-service"
PASSWORD = "correct horse battery staple"
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
JOINED = {"type": "m.room.history_visibility", "state_key": "", "content": {"history_visibility": "joined"}}

_numbers = itertools.count(1)


class Cable:
    """The network between a bot and the homeserver: a test may pull it out, and plug it in again."""

    def __init__(self, homeserver: str) -> None:
        self._far_port = int(homeserver.rsplit(":", 1)[1])
        self._port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def plug(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    def pull(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far_port)
        await asyncio.gather(self._pour(reader, far_writer), self._pour(far_reader, writer))

    async def _pour(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        self._writers.add(sink)
        try:
            while piece := await source.read(65536):
                sink.write(piece)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            self._writers.discard(sink)
            sink.close()


class Ears:
    """Waits for what the bot passes on."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[Heard] = asyncio.Queue()

    async def __call__(self, heard: Heard) -> None:
        await self._heard.put(heard)

    async def hear(self) -> tuple[str, str]:
        """Who said what next."""
        async with asyncio.timeout(SOON.total_seconds()):
            heard = await self._heard.get()
        return heard.sender, heard.body

    def nothing_more(self) -> bool:
        return self._heard.empty()


class Desk:
    """A desk room of the warden's, the account of the bot in it, and agents who may join."""

    def __init__(self, homeserver: Configuration, directory: Path) -> None:
        self.homeserver = homeserver
        self.directory = directory
        self.account: dict[str, str] = {}
        self.room = ""
        self._agents: list[Agent] = []
        self._bot_is_there = False
        self._stack = AsyncExitStack()

    async def open(self) -> Self:
        name = f"veilleuse_desk_{secrets.token_hex(4)}"
        self.account = await self.warden("POST", "register", {"type": "m.login.application_service", "username": name})
        self.room = await self.open_room(ENCRYPTION, JOINED)
        return self

    async def close(self) -> None:
        await self._stack.aclose()

    async def warden(self, method: str, path: str, body: dict[str, Any], *, acting_as: str | None = None) -> Any:
        """The answer to a request with the application service's token."""
        url = f"{self.homeserver.url}/_matrix/client/v3/{path}"
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {AS_TOKEN}"}, raise_for_status=True) as http,
            http.request(method, url, json=body, params={"user_id": acting_as} if acting_as else {}) as response,
        ):
            return await response.json()

    async def open_room(self, *state: dict[str, Any]) -> str:
        """A room that the bot is in."""
        room = await self.warden("POST", "createRoom", {"preset": "public_chat", "initial_state": list(state)})
        await self.warden("POST", f"rooms/{room['room_id']}/join", {}, acting_as=self.account["user_id"])
        return str(room["room_id"])

    async def kick(self, user_id: str) -> None:
        await self.warden("POST", f"rooms/{self.room}/kick", {"user_id": user_id})

    async def agent(self, *, cross_signed: bool = True) -> Agent:
        """A new agent, in the desk room, whose client knows the bot's device if there is one."""
        user_id = await register_account(self.homeserver, f"agent{next(_numbers)}", PASSWORD)
        agent = await self.log_in(user_id, cross_signed=cross_signed)
        await agent.join(self.room)
        self._agents.append(agent)
        if self._bot_is_there:
            await agent.knows_a_device_of(self.account["user_id"])
        return agent

    async def log_in(self, user_id: str, *, cross_signed: bool = True) -> Agent:
        agent = await Agent.log_in(self.homeserver.url, user_id, PASSWORD, cross_signed=cross_signed)
        self._stack.push_async_callback(agent.close)
        return agent

    def new_bot(self, *, by: str | None = None, directory: Path | None = None) -> DeskBot:
        """The bot's process as it begins, with the keys it had the last time."""
        account = self.account
        return DeskBot(
            by or self.homeserver.url,
            account["user_id"],
            account["device_id"],
            account["access_token"],
            directory or self.directory,
            logging.getLogger("desk"),
        )

    async def bot(self, *, by: str | None = None) -> tuple[DeskBot, Ears]:
        """The bot at work; `by` is the way to the homeserver, if not the direct one.

        The agents' clients know its device: what they get from one they do not know yet, they refuse for good.
        """
        bot, ears = self.new_bot(by=by), Ears()
        self._stack.push_async_callback(bot.stop)
        bot.on_message(ears)
        await bot.start()
        self._bot_is_there = True
        for agent in self._agents:
            await agent.knows_a_device_of(self.account["user_id"])
        work = asyncio.create_task(bot.run())
        self._stack.push_async_callback(asyncio.wait, {work})
        self._stack.push_async_callback(bot.stop)
        return bot, ears


@pytest.fixture(scope="module")
async def homeserver(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Configuration]:
    directory = tmp_path_factory.mktemp("homeserver")
    registration = directory / "registration.yaml"
    registration.write_text(
        json.dumps(
            {
                "id": "veilleuse",
                "url": None,
                "as_token": AS_TOKEN,
                "hs_token": "unused",
                "sender_localpart": "veilleuse",
                "rate_limited": False,
                "namespaces": {"users": [{"exclusive": True, "regex": "@veilleuse_.*"}]},
            }
        )
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = Configuration(
        directory=directory,
        server_name="veilleuse.test",
        port=port,
        registration=registration,
        registration_shared_secret="shared",
    )
    file = write_configuration(configuration)
    # Here, unlike in production, a room may be without encryption: what the bot does then must be seen.
    default = "encryption_enabled_by_default_for_room_type: all"
    assert default in file.read_text()
    file.write_text(file.read_text().replace(default, "encryption_enabled_by_default_for_room_type: 'off'"))
    async with EmbeddedSynapse(configuration):
        yield configuration


@pytest.fixture
async def desk(homeserver: Configuration, tmp_path: Path) -> AsyncIterator[Desk]:
    desk = await Desk(homeserver, tmp_path / "bot").open()
    yield desk
    await desk.close()


async def test_an_agent_who_excludes_insecure_devices_reads_the_announcement(desk: Desk) -> None:
    agent = await desk.agent()
    bot, _ = await desk.bot()

    said = await bot.announce(desk.room, "K7QM-42 attend", "<b>K7QM-42</b> attend", transaction_id="1")

    [line] = await agent.sees(desk.room, "K7QM-42 attend")
    assert (line.event_id, line.html, line.sender) == (said, "<b>K7QM-42</b> attend", desk.account["user_id"])
    assert line.encrypted
    assert await agent.undecryptable() == []


async def test_an_edit_takes_the_place_of_the_announcement(desk: Desk) -> None:
    agent = await desk.agent()
    bot, _ = await desk.bot()
    said = await bot.announce(desk.room, "K7QM-42 attend", "K7QM-42 attend", transaction_id="1")
    await agent.sees(desk.room, "K7QM-42 attend")

    await bot.edit(desk.room, said, "K7QM-42 pris en charge", "K7QM-42 pris en charge", transaction_id="2")

    await agent.sees(desk.room, "K7QM-42 pris en charge")
    assert [line.body for line in await agent.reads(desk.room)] == ["K7QM-42 pris en charge"]


async def test_a_device_that_its_owner_does_not_vouch_for_gets_no_key(desk: Desk) -> None:
    agent, stranger = await asyncio.gather(desk.agent(), desk.agent(cross_signed=False))
    second_device = await desk.log_in(agent.user_id, cross_signed=False)
    bot, _ = await desk.bot()

    await bot.announce(desk.room, "K7QM-42 attend", "K7QM-42 attend", transaction_id="1")

    await agent.sees(desk.room, "K7QM-42 attend")
    assert not await stranger.has_room_key(desk.room)
    assert not await second_device.has_room_key(desk.room)


async def test_agents_come_and_go_between_announcements(desk: Desk) -> None:
    bot, _ = await desk.bot()
    await bot.announce(desk.room, "first", "first", transaction_id="1")
    leaving = await desk.agent()
    await bot.announce(desk.room, "second", "second", transaction_id="2")
    await leaving.sees(desk.room, "second")

    coming = await desk.agent()
    await desk.kick(leaving.user_id)
    await leaving.is_out_of(desk.room)
    await bot.announce(desk.room, "third", "third", transaction_id="3")

    await coming.sees(desk.room, "third")
    assert await coming.undecryptable() == []
    assert await leaving.undecryptable() == []


async def test_an_agent_with_a_new_identity_and_device_reads_what_follows(desk: Desk) -> None:
    agent = await desk.agent()
    bot, _ = await desk.bot()
    await bot.announce(desk.room, "first", "first", transaction_id="1")
    await agent.sees(desk.room, "first")

    renewed = await desk.log_in(agent.user_id)
    await bot.announce(desk.room, "second", "second", transaction_id="2")

    await renewed.sees(desk.room, "second")


async def test_the_bot_hears_agents_and_only_from_devices_they_vouch_for(desk: Desk) -> None:
    agent = await desk.agent()
    loose = await Agent.log_in(
        desk.homeserver.url, agent.user_id, PASSWORD, cross_signed=False, only_signed_devices=False
    )
    bot, ears = await desk.bot()
    await bot.announce(desk.room, "hello", "hello", transaction_id="1")
    await loose.is_in(desk.room)

    await loose.says(desk.room, "from a device that nobody vouches for")
    await desk.warden(
        "PUT",
        f"rooms/{desk.room}/send/m.room.message/1",
        {"msgtype": "m.text", "body": "in clear"},
    )
    await agent.says(desk.room, "je prends")

    assert await ears.hear() == (agent.user_id, "je prends")
    assert ears.nothing_more()
    await loose.close()


async def test_the_bot_hears_reactions_and_whom_and_what_words_are_about(desk: Desk) -> None:
    agent = await desk.agent()
    bot, _ = await desk.bot()
    reactions: asyncio.Queue[Reacted] = asyncio.Queue()
    words: asyncio.Queue[Heard] = asyncio.Queue()
    bot.on_reaction(reactions.put)
    bot.on_message(words.put)
    said = await bot.announce(desk.room, "K7QM-42 attend", "K7QM-42 attend", transaction_id="1")
    await agent.sees(desk.room, "K7QM-42 attend")

    reaction = await agent.reacts(desk.room, said, "✋🏽")
    bot_id, colleague = desk.account["user_id"], "@colleague:veilleuse.test"
    # As Element does it: whoever is replied to is mentioned too.
    await agent.says(desk.room, f"{bot_id}: prendre", replies_to=said, mentions=[bot_id, colleague])
    await agent.says(desk.room, "aide", thread=said)

    async with asyncio.timeout(SOON.total_seconds()):
        assert await reactions.get() == Reacted(reaction, desk.room, agent.user_id, said, "✋🏽")
        reply, in_thread = await words.get(), await words.get()
    assert (reply.replies_to, reply.mentions) == (said, frozenset({bot_id}))
    assert (in_thread.thread, in_thread.replies_to) == (said, None)


async def test_an_answer_is_a_quiet_reply_said_once(desk: Desk) -> None:
    agent = await desk.agent()
    bot, _ = await desk.bot()
    words: asyncio.Queue[Heard] = asyncio.Queue()
    bot.on_message(words.put)
    asked = await agent.says(desk.room, "liste")
    async with asyncio.timeout(SOON.total_seconds()):
        heard = await words.get()
    for _ in range(2):
        await bot.answer(heard, "Personne n'attend.", "Personne n'attend.", transaction_id="answer-1")

    answer = await agent.is_answered(desk.room, asked)
    assert (answer.body, answer.notice, answer.mentions) == ("Personne n'attend.", True, [])
    await agent.sees(desk.room, "Personne n'attend.")
    assert await bot.recall(desk.room, answer.event_id) == OwnWords("Personne n'attend.", asked)
    assert await bot.recall(desk.room, asked) is None, "another's words"
    assert await bot.recall(desk.room, "$never") is None


async def test_after_a_restart_the_bot_is_trusted_and_hears_what_was_said_meanwhile(desk: Desk) -> None:
    agent = await desk.agent()
    bot, ears = await desk.bot()
    before = await bot.announce(desk.room, "before", "before", transaction_id="1")
    await agent.says(desk.room, "while it works")
    assert await ears.hear() == (agent.user_id, "while it works")
    await bot.stop()

    await agent.says(desk.room, "while it is away")
    bot, ears = await desk.bot()
    await bot.announce(desk.room, "after", "after", transaction_id="2")

    assert await bot.recall(desk.room, before) == OwnWords("before")
    assert await ears.hear() == (agent.user_id, "while it is away")
    await agent.sees(desk.room, "before", "after")
    assert ears.nothing_more()
    assert await agent.undecryptable() == []


async def test_more_than_a_sync_can_carry_is_heard_in_order(desk: Desk) -> None:
    agent = await desk.agent()
    bot, _ = await desk.bot()
    await bot.announce(desk.room, "hello", "hello", transaction_id="1")
    await bot.stop()
    words = [f"word {number}" for number in range(130)]
    for word in words:
        await agent.says(desk.room, word)

    _, ears = await desk.bot()

    assert [(await ears.hear())[1] for _ in words] == words


async def test_a_crash_between_sending_and_remembering_does_not_announce_twice(desk: Desk) -> None:
    agent = await desk.agent()
    crashing, _ = await desk.bot()
    first = await crashing.announce(desk.room, "K7QM-42 attend", "K7QM-42 attend", transaction_id="K7QM-42")

    # The process that comes after knows nothing of it but the directory, and the transaction id it derives anew.
    await crashing.stop()
    bot, _ = await desk.bot()
    again = await bot.announce(desk.room, "K7QM-42 attend", "K7QM-42 attend", transaction_id="K7QM-42")
    await bot.announce(desk.room, "R2D2-17 attend", "R2D2-17 attend", transaction_id="R2D2-17")

    assert again == first
    await agent.sees(desk.room, "K7QM-42 attend", "R2D2-17 attend")
    assert await agent.undecryptable() == []


async def test_the_bot_outlives_a_homeserver_that_goes_away(desk: Desk) -> None:
    agent = await desk.agent()
    cable = await Cable(desk.homeserver.url).plug()
    bot, ears = await desk.bot(by=cable.address)
    await bot.announce(desk.room, "before", "before", transaction_id="1")

    cable.pull()
    with pytest.raises(HomeserverUnavailable):
        await bot.announce(desk.room, "meanwhile", "meanwhile", transaction_id="2")
    await agent.says(desk.room, "anybody there?")
    await cable.plug()

    assert await ears.hear() == (agent.user_id, "anybody there?")
    await bot.announce(desk.room, "meanwhile", "meanwhile", transaction_id="2")
    await agent.sees(desk.room, "before", "meanwhile")
    assert await agent.undecryptable() == []
    await bot.stop()
    cable.pull()


async def test_nothing_is_said_in_a_room_without_encryption(desk: Desk) -> None:
    room = await desk.open_room()
    bot, _ = await desk.bot()

    with pytest.raises(DeskRoomNotEncrypted):
        await bot.announce(room, "K7QM-42 attend", "K7QM-42 attend", transaction_id="1")


async def test_an_invitation_is_left_alone(desk: Desk) -> None:
    agent = await desk.agent()
    bot, ears = await desk.bot()
    await bot.announce(desk.room, "hello", "hello", transaction_id="1")
    invitation = {"preset": "private_chat", "invite": [desk.account["user_id"]]}
    room = (await desk.warden("POST", "createRoom", invitation))["room_id"]

    await agent.says(desk.room, "seen after the invitation")
    await ears.hear()

    members = await desk.warden("GET", f"rooms/{room}/joined_members", {})
    assert desk.account["user_id"] not in members["joined"]


async def test_a_bot_that_has_lost_its_keys_does_not_start(desk: Desk, tmp_path: Path) -> None:
    bot, _ = await desk.bot()
    await bot.stop()
    impostor = desk.new_bot(directory=tmp_path / "another")

    with pytest.raises(ConfigurationError, match="restore that directory"):
        await impostor.start()

    await impostor.stop()


async def test_the_keys_are_for_the_bots_account_alone(desk: Desk) -> None:
    bot, _ = await desk.bot()

    assert desk.directory.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o077 == 0 for file in desk.directory.glob("*.json"))
    await bot.stop()
