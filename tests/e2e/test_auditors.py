"""Auditors, their bot and their room, with real clients: answers for them, nothing for anybody else, and no words."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appservice.audit_account import read_account
from policies.compliance_bot.periods import ZONE
from policies.compliance_bot.questions import Language, Topic
from policies.compliance_bot.wording import EXPLANATIONS, WORDINGS
from tests.e2e.agent_navigator import Agent
from tests.e2e.conftest import NewAgent, NewGuest, Running, claimed_by
from tests.e2e.node_program import ProgramRefused
from tests.e2e.warden import Warden
from tests.waiting import until

CANARY = "Les volets étaient bleus, le mardi"


@pytest.fixture
async def auditor(running: Running) -> AsyncIterator[Agent]:
    (account,) = running.endpoints["auditors"]
    auditor = await Agent.log_in(running.endpoints["homeserver"], account["user_id"], account["password"])
    yield auditor
    await auditor.log_out()


async def test_an_auditor_is_answered_in_both_languages_and_reads_no_words(
    running: Running, auditor: Agent, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    room = running.endpoints["audit_room_id"]
    agent, guest = await new_agent(), await new_guest()
    await guest.opens()
    conversation = await claimed_by(running, agent, guest)
    await guest.types(CANARY)
    await agent.sees(conversation, CANARY)
    reference = guest.opened["reference"]

    life = await auditor.asks(room, f"vie {reference}")
    assert "opened" in life
    assert "claimed" in life
    pseudonym = life.split()[2].strip(" ,")
    topics = [topic for topic in Topic if topic is not Topic.HELP]
    languages: tuple[Language, ...] = ("fr", "en")
    for language in languages:
        for topic, (example, _) in zip(topics, EXPLANATIONS[language], strict=True):
            answer = await auditor.asks(room, asked_now(example, reference))
            assert answer, topic
            assert not [refused for refused in refusals(language) if refused in answer], topic
    assert "entries, verified" in await auditor.asks(room, "verify")
    assert "Did you mean “status”?" in await auditor.asks(room, "statsu")

    files = await auditor.opens_files(room)
    (export,) = [content for name, content in files.items() if name.endswith(".jsonl")]
    entries = [json.loads(line) for line in export.decode().splitlines()]
    assert {"opened", "claimed", "auditor_asked"} <= {entry["kind"] for entry in entries}
    assert any(content.startswith(b"\x89PNG") for content in files.values())

    await guest.presses_exit()
    await agent.is_out_of(conversation)

    async def purged() -> bool:
        return "purge_reported" in await auditor.asks(room, f"life {pseudonym}")

    await until(purged, timedelta(minutes=1))
    said = [line.body or "" for line in await auditor.reads(room)]
    everything = "\n".join(said).encode() + b"".join((await auditor.opens_files(room)).values())
    for word in (CANARY.encode(), conversation.encode(), guest.opened["user_id"].encode(), b"78280"):
        assert word not in everything
    assert await auditor.undecryptable() == []


async def test_nobody_else_is_answered_and_an_auditor_gets_nowhere_else(
    running: Running, auditor: Agent, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent, guest = await new_agent(), await new_guest()
    await guest.opens()
    conversation = await claimed_by(running, agent, guest)
    assert not await auditor.tries_to_join(conversation)
    with pytest.raises(ProgramRefused):
        await auditor.join(running.desk("guyancourt")["desk_room_id"])
    with pytest.raises(ProgramRefused):
        await agent.join(running.endpoints["audit_room_id"])
    assert await auditor.rooms() == [running.endpoints["audit_room_id"]]
    await guest.presses_exit()
    await an_agent_who_was_let_in_and_an_auditor_elsewhere_wait_in_vain(running, auditor, agent)


async def an_agent_who_was_let_in_and_an_auditor_elsewhere_wait_in_vain(
    running: Running, auditor: Agent, agent: Agent
) -> None:
    """Both ask where the bot hears them, before an auditor who is answered asks in the auditors' room."""
    audit_room = running.endpoints["audit_room_id"]
    account = read_account(running.installation.settings.audit.bot_directory)
    assert account is not None
    async with Warden(running) as warden:
        await warden.invites(audit_room, agent.user_id)
        await agent.join(audit_room)
        elsewhere = await warden.opens_a_room_with(account.user_id, [auditor.user_id])
        await auditor.join(elsewhere)
        asked = []
        for client, room in ((agent, audit_room), (auditor, elsewhere)):
            await client.knows_a_device_of(account.user_id)
            asked.append(await client.says(room, "status"))
        from_an_auditor = await auditor.says(audit_room, "status")
        await agent.is_answered(audit_room, from_an_auditor)  # whoever is in the room sees what is said there
        await auditor.catches_up()
        seen = [*await agent.reads(audit_room), *await auditor.reads(elsewhere)]
        assert [line for line in seen if line.replies_to in asked] == []
        assert {line.sender for line in await auditor.reads(elsewhere)} == {auditor.user_id}
        await warden.puts_out(audit_room, agent.user_id)
        await auditor.leave(elsewhere)


async def test_no_store_of_the_bot_holds_a_word(running: Running, new_guest: NewGuest, new_agent: NewAgent) -> None:
    agent, guest = await new_agent(), await new_guest()
    await guest.opens()
    conversation = await claimed_by(running, agent, guest)
    await guest.types(CANARY)
    await agent.sees(conversation, CANARY)
    found = await asyncio.to_thread(files_with, running.installation.directory / "compliance", CANARY.encode())
    assert found == []
    planted = running.installation.directory / "compliance" / "planted"
    planted.write_text(CANARY)
    assert await asyncio.to_thread(files_with, planted.parent, CANARY.encode()) == [planted]
    planted.unlink()
    await guest.presses_exit()


def asked_now(example: str, reference: str) -> str:
    """An example of the help, about the test's own signalement and month."""
    month = f"{datetime.now(UTC).astimezone(ZONE):%Y-%m}"  # noqa: TID251 (the clients' clock is the real one)
    return example.replace("K7QM-42", reference).replace("2026-11 ", f"{month} ")


def refusals(language: Language) -> tuple[str, ...]:
    """How an answer begins that is none."""
    wording = WORDINGS[language]
    refused = (wording.not_understood, wording.did_you_mean, wording.wrong_words, wording.not_now)
    return tuple(each.partition("{")[0] for each in (*refused, wording.unknown_signalement, wording.unknown_person))


def files_with(directory: Path, word: bytes) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file() and word in path.read_bytes()]
