"""A complaint, an association: proposed in the desk room, decided on the page, told to whom it concerns. And the
waiting person's place, and the agent's end.
"""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from appservice.directory_port import Edition
from appservice.domain.units import Source, UnitKind
from appservice.store.database import Database
from appservice.store.units import SqlUnitDirectory
from appservice.world import SystemClock
from tests.e2e.agent_navigator import Agent
from tests.e2e.conftest import NewAgent, NewGuest, Running, claimed_by
from tests.e2e.guest_navigator import WITHIN_MS, GuestPage
from tests.unit.units import RECENT, a_unit
from tests.waiting import until

GUYANCOURT = "78297"
BRIGADE = a_unit(name="Brigade de Villeneuve", commune=GUYANCOURT, phone="+33161080000")
CIDFF = a_unit(
    "2",
    name="<b>CIDFF</b> & Appui",
    commune=GUYANCOURT,
    source=Source.LOCAL_DIRECTORY,
    kind=UnitKind.WOMENS_RIGHTS,
    phone="+33123456789",
    hours=None,
)
STATION_DESK, ASSOCIATION_DESK = "Commissariat de Trappes", "Association d’aide aux victimes, Yvelines"


@pytest.fixture
async def directory(running: Running) -> AsyncIterator[None]:
    """The service's database has one station and one association that have no desk."""
    database = Database(running.installation.settings.appservice.database)
    await database.start()
    now = SystemClock().now()
    for unit in (BRIGADE, CIDFF):
        await SqlUnitDirectory(database).replace(Edition(unit.source, "invented", RECENT, now, 1), [unit])
    yield
    for unit in (BRIGADE, CIDFF):
        await SqlUnitDirectory(database).replace(Edition(unit.source, "invented", RECENT, now, 0), [])
    await database.stop()


class Talk:
    """An agent and a person, and the room in which the agent types commands."""

    def __init__(self, running: Running, agent: Agent, guest: GuestPage) -> None:
        self.agent = agent
        self.guest = guest
        self.desk_room = running.desk("guyancourt")["desk_room_id"]
        self.reference = guest.opened["reference"]

    async def types(self, command: str) -> str:
        """The bot's answer."""
        return await self.agent.asks(self.desk_room, command.format(self.reference))

    async def is_told(self, *words: str) -> None:
        line = await self.agent.hears(self.desk_room, self.reference, *words)
        assert line.mentions == [self.agent.user_id]

    async def is_proposed(self, command: str, name: str, *particulars: str) -> None:
        assert f"« {name} » est proposé" in await self.types(command)
        for shown in (name, *particulars):
            await self.guest.sees_proposal("open", shown)


async def test_a_desk_at_the_other_end_is_told_after_the_consent_and_comes_in_and_of_a_refusal_it_learns_nothing(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent, officer, volunteer = await new_agent(), await new_agent("trappes"), await new_agent("accueil-78")
    guest = await new_guest()
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    await guest.types("Entre nous")
    await agent.sees(room, "Entre nous")
    talk = Talk(running, agent, guest)
    for other, desk, name, command in (
        (officer, "trappes", STATION_DESK, "plainte {} trappes"),
        (volunteer, "accueil-78", ASSOCIATION_DESK, "association {} accueil-78"),
    ):
        other_room = running.desk(desk)["desk_room_id"]
        await talk.is_proposed(command, name, "quelqu’un de ce service")
        await guest.decides(False)
        await guest.sees_proposal("declined", name)
        await talk.is_told(name, "n’est pas souhaité")
        assert "autre guichet" in await other.asks(other_room, f"écouter {talk.reference}")

        await talk.is_proposed(command, name)
        assert not any(talk.reference in (line.body or "") for line in await other.reads(other_room) if line.mentions)
        await guest.decides(True, "evening")
        await guest.sees_proposal("accepted", "Le soir")
        await talk.is_told(name, "est accepté", "le soir", "ce guichet est prévenu")
        told = await other.hears(other_room, talk.reference, "accepte", "le soir")
        assert other.user_id in told.mentions

        assert "la personne le voit" in await other.asks(other_room, f"écouter {talk.reference}")
        await other.is_in(room)
        await expect(guest.page.get_by_test_id("status")).to_contain_text(f"Agent 1 ({name})", timeout=WITHIN_MS)
        await guest.types(f"Bonjour à {desk}")
        await other.sees(room, f"Bonjour à {desk}")
        await other.says(room, f"Ici {desk}")
        await expect(guest.page.get_by_text(f"Ici {desk}")).to_be_visible(timeout=WITHIN_MS)
    assert "Entre nous" not in [line.body for line in await officer.reads(room)]
    for each in (agent, officer, volunteer):
        assert await each.undecryptable() == []


async def test_without_a_desk_there_the_person_has_the_particulars_and_nobody_is_told_but_the_agent(
    running: Running, new_guest: NewGuest, new_agent: NewAgent, directory: None
) -> None:
    agent = await new_agent()
    guest = await new_guest()
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    talk = Talk(running, agent, guest)
    for command, list_of, unit, phone in (
        ("plainte", "unités", BRIGADE, "01 61 08 00 00"),
        ("association", "associations", CIDFF, "01 23 45 67 89"),
    ):
        listed = await talk.types(f"{list_of} {{}} Guyancourt")
        (number,) = [line.split()[1] for line in listed.splitlines() if " ".join(unit.name.split()) in line]
        name = re.sub(r"[<>]", " ", unit.name)
        proposing = f"{command} {{}} {number}"
        assert " ".join(name.split()) in await talk.types(proposing)
        await guest.sees_proposal("open", unit.name)
        await guest.decides(False)
        await guest.sees_proposal("declined", unit.name)
        await talk.is_told("n’est pas souhaité")

        await talk.types(proposing)
        await guest.sees_proposal("open", unit.address)
        await guest.decides(True, "morning")
        await guest.sees_proposal("accepted", phone)
        await talk.is_told("est accepté", "le matin", "la personne a l’adresse")

    await talk.types("plainte {} trappes")
    await guest.sees_proposal("open", STATION_DESK)
    assert "n'est plus proposé" in await talk.types("retirer {}")
    await guest.sees_proposal("withdrawn", STATION_DESK)

    await agent.says(room, "Prenez soin de vous")
    await guest.sees("Prenez soin de vous")
    await talk.types("clore {} plainte")
    await guest.is_in_state("ended")
    message = guest.page.get_by_text("Prenez soin de vous")
    await expect(message).to_be_hidden()
    await guest.page.get_by_test_id("reread").click()
    await expect(message).to_be_visible()
    await guest.page.get_by_test_id("erase").click()
    await guest.is_in_state("closed")
    assert "Prenez soin" not in await guest.page.content()
    await agent.is_out_of(room)


async def test_who_waits_is_told_a_place_and_reads_on_without_losing_it(new_guest: NewGuest) -> None:
    first, second = await new_guest(), await new_guest()
    place = second.page.get_by_test_id("place")
    await first.opens("69001")
    await second.opens("69001")
    await expect(place).to_contain_text("Votre place dans la file : 2.", timeout=WITHIN_MS)
    await second.page.get_by_test_id("resources").locator("summary").click()
    await first.page.get_by_test_id("end").click()
    await first.page.get_by_test_id("end-confirm").click()
    await expect(place).to_contain_text("Vous êtes la prochaine personne.", timeout=WITHIN_MS)
    await expect(second.page.get_by_test_id("resources")).to_contain_text("116 006")


async def test_a_message_is_taken_back_from_the_agent_s_screen(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent = await new_agent()
    guest = await new_guest()
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    await guest.types("Je regrette", "Je reste")
    await agent.sees(room, "Je regrette", "Je reste")
    removal = guest.page.get_by_test_id("remove").first
    await removal.click()
    await removal.click()
    await guest.sees("Je reste", sender="me")
    await expect(guest.page.get_by_test_id("scroll")).to_be_focused()

    async def is_gone() -> bool:
        return [line.body for line in await agent.reads(room) if not line.redacted] == ["Je reste"]

    await until(is_gone)
