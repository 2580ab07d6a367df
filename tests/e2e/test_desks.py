"""The postal code leads to the desk that serves it, and the desk's room is told what agents need to know."""

import pytest

from tests.e2e.conftest import NewAgent, NewGuest, Running, announced_to
from tests.e2e.residue import spaces_that_show
from tests.waiting import until


@pytest.mark.parametrize(
    ("postal_code", "role", "desk", "words"),
    [
        ("75011", "victim", "guyancourt", ("victime", "75")),
        ("35000", "witness", "bretagne", ("témoin", "35")),
        ("97400", "professional", "national", ("professionnel", "974")),
        ("98000", "victim", "national", ("victime",)),
        ("00000", "relative", "national", ("proche",)),
    ],
)
async def test_a_postal_code_leads_to_its_desk_a_false_one_to_the_last_resort(
    running: Running, new_guest: NewGuest, new_agent: NewAgent, postal_code: str, role: str, desk: str, words: list[str]
) -> None:
    agent = await new_agent(desk)
    guest = await new_guest()
    await guest.opens(postal_code, role)
    room = await announced_to(running, agent, guest, desk)
    lines = await agent.reads(running.desk(desk)["desk_room_id"])
    (announcement,) = [line for line in lines if room in (line.html or "")]
    assert guest.opened["reference"] in str(announcement.body)
    assert all(word in str(announcement.body) for word in words)
    assert await agent.undecryptable() == []


@pytest.mark.parametrize(
    ("commune", "desk"), [("Lélex", "rhone-alpes"), ("Lajoux", "national"), ("Je ne sais pas", "rhone-alpes")]
)
async def test_where_a_code_belongs_to_two_desks_the_page_asks_for_the_commune(
    running: Running, new_guest: NewGuest, commune: str, desk: str
) -> None:
    guest = await new_guest()
    await guest.starts("01410")
    choice = guest.page.get_by_test_id("commune")
    await choice.wait_for()
    assert "Lélex" in await choice.inner_text()
    await choice.select_option(label=commune)
    await guest.page.get_by_test_id("start").click()
    await guest.is_in_state("waiting")
    spaces = {one["space_id"]: one["id"] for one in running.endpoints["desks"]}
    database = running.endpoints["databases"]["synapse"]
    await until(lambda: bool(spaces_that_show(database, guest.room)))
    (space,) = spaces_that_show(database, guest.room)
    assert spaces[space] == desk


async def test_without_any_postal_code_one_is_asked_for_and_what_is_none_stays_in_the_page(
    new_guest: NewGuest,
) -> None:
    guest = await new_guest()
    asked: list[str] = []
    guest.page.on("request", lambda request: asked.append(request.post_data or "") if "/open" in request.url else None)
    await guest.starts("")
    await guest.is_in_state("form")
    assert await guest.page.get_by_text("Écrivez un code postal").is_visible()
    assert asked == []
    await guest.opens("Je suis Zoé")
    assert asked
    assert all("00000" in body and "Zo" not in body for body in asked)


async def test_a_megabyte_is_refused_in_the_composer_and_stays_there(
    new_guest: NewGuest,
) -> None:
    guest = await new_guest()
    await guest.opens()
    composer = guest.page.get_by_test_id("composer")
    await composer.evaluate("field => { field.value = 'x'.repeat(2 ** 20) }")
    await guest.page.get_by_test_id("send").click()
    await guest.sees(sender="me")
    assert len(await composer.input_value()) == 2**20


async def test_the_desk_s_rooms_are_encrypted_and_the_team_s_room_has_no_bot(
    running: Running, new_agent: NewAgent
) -> None:
    agent = await new_agent("rennes")
    desk = running.desk("rennes")
    await agent.is_in(desk["team_room_id"])
    bot = "@veilleuse_desk_rennes:veilleuse.localhost"
    assert (await agent.members(desk["desk_room_id"]))[bot] == "join"
    assert bot not in await agent.members(desk["team_room_id"])
    assert bot not in await agent.members(desk["space_id"])
    await agent.says(desk["team_room_id"], "Entre nous")
    (line,) = await agent.sees(desk["team_room_id"], "Entre nous")
    assert line.encrypted
