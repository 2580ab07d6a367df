"""The desk room as agents use it, from a real encrypting client: reactions, commands in both languages, slips."""

import re

import aiohttp
import pytest
from playwright.async_api import expect

from tests.e2e.agent_navigator import Agent, Line
from tests.e2e.conftest import NewAgent, NewGuest, Running, announced_to, claimed_by
from tests.e2e.guest_navigator import WITHIN_MS, GuestPage
from tests.e2e.test_day import logged_in
from tests.synapse.clients import CLIENT
from tests.synapse.sliding_client import SlidingClient
from tests.waiting import until


async def _announced(running: Running, new_guest: NewGuest, agent: Agent) -> tuple[GuestPage, str, str]:
    """A guest who waits, its room, and the event that tells the agent of it."""
    guest = await new_guest()
    await guest.opens()
    room = await announced_to(running, agent, guest)
    lines = await agent.reads(running.desk("guyancourt")["desk_room_id"])
    (event_id,) = [line.event_id for line in lines if f"matrix.to/#/{room}?" in (line.html or "")]
    return guest, room, event_id


async def test_a_reaction_takes_the_announcement_says_so_and_who_comes_second_gets_a_quiet_answer(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    first, second = await new_agent(number=1), await new_agent(number=2)
    desk_room = running.desk("guyancourt")["desk_room_id"]
    guest, room, announcement = await _announced(running, new_guest, second)

    async with aiohttp.ClientSession(running.endpoints["homeserver"]) as http:
        person = await logged_in(running, http, "guyancourt", 1)
        telephone = SlidingClient(person)
        await telephone.syncs_rooms()

        await first.reacts(desk_room, announcement, "😢")
        assert "attend toujours" in ((await first.is_answered(desk_room, announcement)).body or "")
        await first.reacts(desk_room, announcement, "👀")

        await first.is_in(room)
        await guest.is_in_state("connected")
        assert room in await telephone.syncs_rooms()
        await person.ask.ok("POST", f"{CLIENT}/logout")
    await second.sees_changed(desk_room, announcement, "pris en charge", first.user_id)
    await second.reacts(desk_room, announcement, "✋")
    answer = await second.sees_answer(desk_room, announcement, "déjà pris en charge")
    assert answer.notice
    await guest.types("Bonjour")
    await first.sees(room, "Bonjour")
    assert await first.has_room_key(room)
    assert not await second.has_room_key(room)
    assert await first.undecryptable() == []


async def test_a_listener_is_named_to_the_person_and_reads_and_writes_from_then_on_until_it_ends(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent, colleague = await new_agent(number=1), await new_agent(number=2)
    desk_room = running.desk("guyancourt")["desk_room_id"]
    guest = await new_guest()
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    status, reference = guest.page.get_by_test_id("status"), guest.opened["reference"]
    await guest.types("Avant")
    await agent.sees(room, "Avant")

    assert "la personne le voit" in await colleague.asks(desk_room, f"écouter {reference}")
    await colleague.is_in(room)
    await expect(status).to_contain_text("Lit aussi : Agent 2", timeout=WITHIN_MS)
    await expect(guest.page.get_by_text("Agent 2 rejoint la conversation pour écouter")).to_be_visible()
    await guest.types("Pendant")
    await agent.sees(room, "Avant", "Pendant")
    await colleague.sees(room, "Pendant")
    await colleague.says(room, "Je peux aider")
    await guest.sees("Je peux aider")
    await expect(guest.page.get_by_role("article").filter(has_text="Je peux aider")).to_contain_text("Agent 2")

    assert "vous n'écoutez plus" in await colleague.asks(desk_room, "ne plus écouter")
    await colleague.is_out_of(room)
    await expect(guest.page.get_by_text("Agent 2 n’écoute plus")).to_be_visible(timeout=WITHIN_MS)
    await guest.types("Après")
    await agent.sees(room, "Avant", "Pendant", "Après")
    heard = await colleague.room_keys(room)
    assert heard < await agent.room_keys(room)
    assert [line.body for line in await colleague.reads(room) if line.decrypted] == ["Pendant", "Je peux aider"]
    assert await agent.undecryptable() == await colleague.undecryptable() == []


async def test_the_board_is_edited_in_place_and_leaders_act_from_its_room(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    leader, agent = await new_agent("supervision"), await new_agent("rennes")
    supervision = running.endpoints["supervision"]["desk_room_id"]
    await leader.says(supervision, "tableau")

    async def board_is_there() -> bool:
        return any("Situation à" in (line.body or "") for line in await leader.reads(supervision))

    await until(board_is_there)
    board = next(line for line in await leader.reads(supervision) if "Situation à" in (line.body or ""))
    before = _waiting(board, "Rennes")
    guest = await new_guest()
    await guest.opens("56190")
    room = await announced_to(running, agent, guest, "rennes")
    await leader.sees_changed(supervision, board.event_id, f"Rennes : {before + 1} en attente")
    reference = guest.opened["reference"]
    assert f"{reference} · victime · attend depuis" in await leader.asks(supervision, "liste")
    asked = await leader.says(supervision, f"réattribuer {reference} à {agent.user_id}")
    assert "transféré" in ((await leader.is_answered(supervision, asked)).body or "")
    await agent.is_in(room)
    await guest.is_in_state("connected")
    await leader.sees_changed(supervision, board.event_id, f"Rennes : {before} en attente")
    assert "immediate danger" in await leader.asks(supervision, f"immediate danger {reference} on")
    assert "come into" in await leader.asks(supervision, f"listen in to {reference}")
    assert "listen no more" in await leader.asks(supervision, f"stop listening to {reference}")
    asked = await leader.says(supervision, f"forcer la clôture {reference} sans suite")
    assert "terminé" in ((await leader.is_answered(supervision, asked)).body or "")
    assert await leader.undecryptable() == []


def _waiting(board: Line, desk: str) -> int:
    (count,) = re.findall(rf"{desk} : (\d+) en attente", board.body or "")
    return int(count)


IN_A_CONVERSATION = [
    ("liste", "Vos conversations"),
    ("list", "Your conversations"),
    ("danger {}", "danger immédiat"),
    ("immediate danger {} off", "no longer in danger"),
    ("unités {} Trappes", "Commissariat de Trappes"),
    ("units near {}", "Commissariat de Trappes"),
    ("associations près de {}", "Association d’aide aux victimes"),
    ("charities near {}", "Association d’aide aux victimes"),
    ("plainte {} trappes", "est proposé"),
    ("retirer {}", "n'est plus proposé"),
    ("complaint {} trappes", "is proposed"),
    ("withdraw {}", "no longer proposed"),
    ("association {} accueil-78", "est proposé"),
    ("refer {} accueil-78", "is proposed"),
    ("éprouvante {}", "merci de l'avoir dit"),
    ("hard {} no", "noted"),
    ("unités Trappes", "Commissariat de Trappes"),
    ("close {} no ned", "Did you mean no need"),
    ("danger off", "le danger est levé"),
    ("pause 10 min", "Bonne pause"),
    ("break 10", "good pause"),
    ("fin de service", "Merci pour aujourd'hui"),
    ("end of shift", "Thank you for today"),
    ("dispo", "Vous revoilà disponible"),
    ("available", "You are available again"),
    ("textes", "Textes à copier"),
    ("texts numbers en", "3919"),
    ("aide", "Ce que vous pouvez écrire ici"),
    ("help hand over", "give the conversation"),
    ("lsite", "Vouliez-vous dire liste"),
    ("!abracadabra", "Je ne connais pas"),
    ("tableau", "supervision"),
    ("reassign {} to rennes", "supervision room"),
]


@pytest.mark.timeout(240)
async def test_every_command_in_both_languages_by_real_matrix(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    first, second = await new_agent(number=1), await new_agent(number=2)
    desk_room = running.desk("guyancourt")["desk_room_id"]
    guest, room, announcement = await _announced(running, new_guest, first)
    reference = guest.opened["reference"]

    async def answered(agent: Agent, text: str, words: str) -> None:
        asked = await agent.says(desk_room, text.format(reference.lower().replace("-", "")))
        answer = await agent.is_answered(desk_room, asked)
        assert words in (answer.body or ""), (text, answer.body)
        assert answer.notice

    await first.says(desk_room, "Bonjour à tous, je commence mon service")
    await answered(first, "prendre {}", "est à vous")
    await first.is_in(room)
    await guest.is_in_state("connected")
    for text, words in IN_A_CONVERSATION:
        await answered(first, text, words)
    told = await first.is_answered(desk_room, await first.says(desk_room, f"danger {reference}"))
    asked = await first.says(desk_room, "danger off", replies_to=told.event_id, mentions=[told.sender])
    assert reference in ((await first.is_answered(desk_room, asked)).body or "")
    await answered(second, "prendre {}", "déjà pris en charge")
    await answered(second, "écouter {}", "la personne le voit")
    await second.is_in(room)
    await first.sees_changed(desk_room, announcement, "écoute", second.user_id)
    await answered(second, "stop listening {}", "you listen no more")
    await second.is_out_of(room)
    await answered(first, "ne plus écouter {}", "pas d'écoute")
    await answered(first, f"transférer {{}} à {second.user_id}", "est transféré")
    await first.is_out_of(room)
    await answered(second, f"hand over {{}} to {first.user_id}", "goes to")
    await second.is_out_of(room)
    await answered(second, "listen in {}", "come into")
    await answered(second, "close {} other", "is not yours")
    await answered(first, "clore {} sans suite", "est terminé")
    await answered(second, "take {}", "has ended")
    await first.sees_changed(desk_room, announcement, "terminé à", "sans suite")
    bot = "@veilleuse_desk_guyancourt:veilleuse.localhost"
    said = [line for line in await first.reads(desk_room) if line.sender == bot and reference in (line.body or "")]
    assert [line.event_id for line in said if not line.notice and not line.mentions] == [announcement]
    assert not any("78280" in (line.body or "") for line in said)
    assert await first.undecryptable() == []
