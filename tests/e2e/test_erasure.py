"""Erasures on everything that really runs, without a browser: killed, starved, restored, searched for."""

import asyncio
import contextlib
import json
import re
import resource
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from appservice.config import load_registration
from appservice.domain.erasure import room_hash
from appservice.domain.ids import Reference, RoomId, UserId
from appservice.internal_interface import HEALTH_PATH
from appservice.store.database import milliseconds
from appservice.world import SystemClock
from tests.e2e.killable import STEPS
from tests.e2e.plain import Conversation, PlainAgent
from tests.e2e.second_process import second_process
from tests.e2e.stack import Stack, look, running_stack
from tests.synapse.clients import CLIENT
from tests.waiting import until

A_WHILE = timedelta(seconds=60)

pytestmark = pytest.mark.timeout(300)  # processes are started again, eight conversations at a time held first


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path_factory.mktemp("erasures"), agents=3) as running:
        yield running


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("victim", ["appservice", "synapse"])
async def test_killed_with_an_erasure_at_every_step_all_end_purged_and_verified(
    stack: Stack, tmp_path: Path, victim: str, when: str
) -> None:
    """The steps are those there are; each erasure stands at one of them when the process is killed."""
    installation, plan = stack.installation, tmp_path / "plan.json"
    plan.write_text(json.dumps({"when": when, "pid": installation.synapse.pid if victim == "synapse" else None}))
    config = str(installation.directory / "config.yaml")
    async with stack.service_started_as("tests.e2e.killable", config, str(plan)) as service:
        conversations = await asyncio.gather(*(stack.plain.converses(stack.agents[n % 3]) for n in range(len(STEPS))))
        for conversation in conversations:
            await stack.plain.leaves(conversation)
        await until(lambda: not plan.exists(), A_WHILE)
        await (service.ended() if victim == "appservice" else installation.synapse.ended())
        await (service.start() if victim == "appservice" else installation.synapse.start())
        for conversation in conversations:
            await until(lambda one=conversation: stack.is_erased(one), A_WHILE)  # type: ignore[misc]  # bound now
    assert len(stack.tombstones()) == len(set(stack.tombstones()))


@asynccontextmanager
async def locked(stack: Stack) -> AsyncIterator[None]:
    """Somebody else has the service's database for itself, longer than the service waits."""
    log = stack.installation.appservice.command.output
    before = log.read_text().count("OperationalError")
    with contextlib.closing(sqlite3.connect(stack.service_database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        await until(lambda: log.read_text().count("OperationalError") > before)
        other.execute("ROLLBACK")


@asynccontextmanager
async def full(stack: Stack) -> AsyncIterator[None]:
    """The service can write nothing to any file, as on a disk that is full."""
    pid = stack.installation.appservice.pid
    assert pid is not None
    usual = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, usual[1]))
    try:
        yield
        down = "SELECT 1 FROM application_services_state WHERE state = 'down'"
        await until(lambda: bool(look(stack.homeserver_database, down)), what="the push is refused")
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, usual)


@pytest.mark.parametrize("fault", [locked, full])
async def test_a_leave_while_the_database_cannot_be_written_is_acted_upon_when_it_can(
    stack: Stack, fault: Callable[[Stack], contextlib.AbstractAsyncContextManager[None]]
) -> None:
    conversation = await stack.plain.converses(stack.agent)
    async with fault(stack):
        await stack.plain.leaves(conversation)
    await until(lambda: stack.is_erased(conversation), A_WHILE)


def found_in(directory: Path, names: Iterable[str]) -> dict[str, set[str]]:
    """For each name that is found, the files below the directory that hold it, by their raw bytes."""
    pattern = re.compile(b"|".join(re.escape(name.encode()) for name in names))
    found: dict[str, set[str]] = {}
    for file in directory.rglob("*"):
        if file.is_file():
            for name in set(pattern.findall(file.read_bytes())):
                found.setdefault(name.decode(), set()).add(str(file.relative_to(directory)))
    return found


async def test_of_a_whole_conversation_no_file_of_anything_that_runs_has_a_name_afterwards(stack: Stack) -> None:
    """Text both ways, typing, receipts, a report, room keys, a file, three agents: one leaves, one hands over."""
    first, second, third = stack.agents
    conversation = await stack.plain.converses(first, messages=5)
    room, guest = conversation.room, conversation.guest
    path = f"{CLIENT}/rooms/{quote(room)}"
    await guest.upload_keys()
    await guest.send_to(first.person, "room key")
    await first.person.send_to(guest, "room key")
    await guest.ask.ok("PUT", f"{path}/typing/{quote(guest.user_id)}", {"typing": True, "timeout": 30000})
    answer = await first.person.say(room, "answer", device_id=first.person.device_id)
    receipt = f"{path}/receipt/m.read/{quote(conversation.said[-1])}"
    await first.person.ask.ok("POST", receipt, {})
    await first.person.ask.ok("POST", f"{path}/read_markers", {"m.fully_read": answer})
    await first.person.ask.ok("POST", f"{path}/report/{quote(conversation.said[0])}", {"reason": "by mistake"})
    await first.person.ask.ok("POST", f"{path}/leave")
    await until(lambda: is_let_in(second, room), A_WHILE)
    await stack.plain.is_claimed(conversation, second)
    file = await second.person.ask.upload(b"an encrypted file")
    await second.person.say(room, "what the file is", device_id=second.person.device_id)
    await stack.plain.says(conversation, 2)
    async with second_process(stack) as process:
        people = [UserId(agent.person.user_id) for agent in (second, third)]
        await process.day.hand_over.to_agent(Reference(conversation.reference), *people)
    await until(lambda: room not in second.joined, A_WHILE)
    await stack.plain.is_claimed(conversation, third)
    await third.person.say(room, "here", device_id=third.person.device_id)
    await stack.plain.says(conversation, 2)
    await guest.sync()
    events = "SELECT event_id FROM events WHERE room_id = ?"
    before = {event for (event,) in look(stack.homeserver_database, events, room)}
    assert before >= {*conversation.said, answer}
    directory = stack.installation.directory
    assert {room, guest.user_id, answer} <= found_in(directory, {room, guest.user_id, *before}).keys()

    await stack.plain.leaves(conversation)
    await until(lambda: stack.is_erased(conversation), A_WHILE)

    names = {room, guest.user_id, *before}
    await until(lambda: not found_in(directory, names), what="nothing has a name")
    assert await first.person.ask.downloads(file) is None


async def is_let_in(agent: PlainAgent, room: str) -> bool:
    """Once the door is open again."""
    return (await agent.person.ask("POST", f"{CLIENT}/rooms/{quote(room)}/join", {})).status == 200


async def test_a_page_that_vanishes_is_erased_and_where_danger_was_told_an_alarm_comes_first(
    stack: Stack, tmp_path: Path
) -> None:
    ahead = tmp_path / "ahead"
    ahead.write_text("0")
    config = str(stack.installation.directory / "config.yaml")
    async with stack.service_started_as("tests.e2e.later", config, str(ahead)):
        calm, leaving = [await stack.plain.converses(stack.agent) for _ in range(2)]
        danger = await stack.plain.opens(in_danger=True)
        await stack.plain.is_claimed(danger, stack.agent)
        there = await stack.plain.opens(in_danger=True)
        await stack.plain.leaves(leaving)
        await until(lambda: stack.is_erased(leaving), A_WHILE)
        alarms = alarms_of_silence(stack)

        await keep_a_sign_of(stack, there, timedelta(minutes=47))
        ahead.write_text("16")
        await until(lambda: stack.is_erased(calm), A_WHILE)
        await until(lambda: alarms_of_silence(stack) == alarms + 1, A_WHILE)
        assert stack.has_room(danger)

        ahead.write_text("47")
        await until(lambda: stack.is_erased(danger), A_WHILE)
        assert alarms_of_silence(stack) == alarms + 1
        assert stack.has_room(there)
        assert stack.has_row(there)


def alarms_of_silence(stack: Stack) -> int:
    fields = look(stack.service_database, "SELECT fields FROM audit_entry WHERE kind = 'alarm'")
    return sum("danger_and_silence" in field for (field,) in fields)


async def keep_a_sign_of(stack: Stack, conversation: Conversation, ahead: timedelta) -> None:
    """As the homeserver would note it, if its clock ran ahead too."""
    guest, database = conversation.guest.user_id, stack.homeserver_database
    noted = "SELECT 1 FROM devices WHERE user_id = ? AND last_seen IS NOT NULL"
    await until(lambda: bool(look(database, noted, guest)))
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection:
        last_seen = milliseconds(SystemClock().now() + ahead)
        connection.execute("UPDATE devices SET last_seen = ? WHERE user_id = ?", (last_seen, guest))
        connection.commit()


@pytest.mark.parametrize("restored", ["homeserver", "both"])
async def test_a_backup_from_before_the_erasure_restored_after_it_is_erased_again(
    stack: Stack, tmp_path: Path, restored: str
) -> None:
    """The last test here: a homeserver that was restored takes long to answer clients that know its former future."""
    databases = [stack.homeserver_database, *([stack.service_database] if restored == "both" else [])]
    async with stack.plain.agent(stack.accounts[0]) as agent:
        gone, kept = await stack.plain.converses(agent), await stack.plain.converses(agent)
        async with stopped(stack):
            for database in databases:
                shutil.copy(database, tmp_path / database.name)
        await stack.plain.leaves(gone)
        await until(lambda: stack.is_erased(gone), A_WHILE)
    async with stopped(stack):
        for database in databases:
            shutil.copy(tmp_path / database.name, database)
            for leftover in database.parent.glob(f"{database.name}-*"):
                leftover.unlink()
        assert stack.has_room(gone), "it is back"
        assert stack.has_row(gone) == (restored == "both")
    await until(lambda: stack.is_erased(gone), A_WHILE)
    assert stack.has_room(kept)
    assert stack.has_row(kept)


@asynccontextmanager
async def stopped(stack: Stack) -> AsyncIterator[None]:
    """Service and homeserver, so that their databases are whole on the disk; both are started again."""
    await stack.installation.appservice.stop()
    await stack.installation.synapse.stop()
    yield
    await stack.installation.synapse.start()
    await stack.installation.appservice.start()


async def made_ahead(stack: Stack) -> set[RoomId]:
    """The rooms that are ready for whoever comes, once there are as many as there should be, and no others any more."""
    settings, rooms = stack.installation.settings.appservice, set[RoomId]()
    health = f"http://127.0.0.1:{settings.listen.port}{HEALTH_PATH}"

    async def are_all_there() -> bool:
        async with stack.http.get(health) as answer:
            ready = (await answer.json())["rooms_ahead"]
        rooms.clear()
        rooms.update(room for (room,) in look(stack.service_database, "SELECT room_id FROM room_ahead"))
        return bool(len(rooms) == ready == settings.rooms_ahead)

    await until(are_all_there, A_WHILE)
    return rooms


async def state_of(stack: Stack, conversation: Conversation) -> list[tuple[str, str, object]]:
    """Of its room, as the warden sees it, once agents may come; with the guest's name and the reference left out."""
    token = load_registration(stack.installation.settings.appservice.registration).as_token
    path = f"{CLIENT}/rooms/{quote(conversation.room)}/state"
    events: list[dict[str, Any]] = []

    async def may_be_entered() -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        async with stack.http.get(path, headers=headers) as answer:
            events[:] = await answer.json()
        return any(event["content"].get("join_rule") == "restricted" for event in events)

    await until(may_be_entered, A_WHILE)
    told = json.dumps([(event["type"], event["state_key"], event["content"]) for event in events])
    told = told.replace(conversation.guest.user_id, "the guest").replace(conversation.reference, "its reference")
    return sorted(tuple(one) for one in json.loads(told))


async def test_a_room_made_ahead_is_given_once_is_as_any_other_and_outlives_no_process(stack: Stack) -> None:
    ahead = await made_ahead(stack)
    opened = await asyncio.gather(*(stack.plain.opens() for _ in range(len(ahead) + 2)))
    assert len({one.room for one in opened}) == len(opened)
    given = [one for one in opened if one.room in ahead]
    on_demand = [one for one in opened if one.room not in ahead]
    assert (len(given), len(on_demand)) == (len(ahead), 2)
    assert await state_of(stack, given[0]) == await state_of(stack, on_demand[0])
    left = await made_ahead(stack)
    assert left.isdisjoint(ahead)
    await stack.installation.appservice.kill()
    await stack.installation.appservice.start()
    for room in left:
        await until(lambda one=room: stack.tombstones().get(room_hash(one)) == {}, A_WHILE)  # type: ignore[misc]
    assert left.isdisjoint(await made_ahead(stack))
    for one in opened:
        assert stack.has_row(one)
        await stack.plain.leaves(one)
