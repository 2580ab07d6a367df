from datetime import timedelta
from pathlib import Path

import pytest

from appservice.domain.availability import AgentStatus, DeskState, Presence
from appservice.domain.desk import DeskRooms
from appservice.domain.desk_competence import DeskCompetence
from appservice.domain.desk_routing import DeskRouting, Why
from appservice.domain.erasure import Tombstone
from appservice.domain.errors import InvalidInput
from appservice.domain.ids import DeskId, RoomId, UserId
from appservice.domain.postal_code import PostalCode
from appservice.domain.signalement import Cause, Role
from appservice.store.agents import SqlAgentStatuses
from appservice.store.ahead import SqlAheadRecords
from appservice.store.database import Database
from appservice.store.signalements import SqlStores
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.find_desk import UNKNOWN_COMMUNE, CommuneNeeded, FindDesk
from appservice.usecases.make_ahead import RoomPool
from appservice.usecases.make_room import MakeRoom
from appservice.usecases.open_signalement import Opening, OpenSignalement
from appservice.usecases.reconcile_desks import ConfiguredDesks
from tests.fakes.homeserver import FakeHomeserver
from tests.fakes.world import FakeClock, FakeRandomness
from tests.unit.factories import a_desk
from tests.unit.usecases.conftest import AGENTS, DESK, SPACE, World, two_desks

JURA = UserId("@jura:fake")
LAJOUX = "39274"
AT_THE_BORDER = PostalCode("01410")


async def test_while_somebody_is_at_the_desk_of_the_place_it_is_that_one(world: World) -> None:
    place = await world.find_desk(AT_THE_BORDER, LAJOUX)
    assert (place.desk_id, place.department) == ("jura", "39")
    assert (place.routed.why, place.routed.passed) == (Why.TERRITORY, ())


async def test_a_pause_at_the_desk_leads_to_the_next_with_the_reason_and_its_end_back(world: World) -> None:
    until = world.clock.now() + timedelta(minutes=20)
    await world.statuses.set_status(JURA, AgentStatus(Presence.PAUSED, until))
    place = await world.find_desk(AT_THE_BORDER, LAJOUX)
    assert (place.desk_id, place.department) == (DESK, "39")
    assert place.routed.passed == (("jura", DeskState.ABSENT),)
    world.clock.advance(timedelta(minutes=20))
    assert (await world.find_desk(AT_THE_BORDER, LAJOUX)).desk_id == "jura"


async def test_an_agent_who_holds_as_much_as_can_be_makes_the_desk_a_busy_one(world: World) -> None:
    for agent in AGENTS * 5:
        await world.claimed(agent)
    place = await world.find_desk(PostalCode("78280"))
    assert (place.desk_id, place.routed.passed) == ("jura", ((DESK, DeskState.BUSY),))


async def test_where_nobody_is_anywhere_there_is_the_last_resort_and_never_no(world: World) -> None:
    for agent in (*AGENTS, JURA):
        await world.statuses.set_status(UserId(agent), AgentStatus(Presence.OFF))
    place = await world.find_desk(AT_THE_BORDER, LAJOUX)
    assert (place.desk_id, place.routed.passed) == (DESK, (("jura", DeskState.ABSENT),))


async def test_a_code_of_two_desks_is_asked_about_and_not_knowing_is_an_answer(world: World) -> None:
    with pytest.raises(CommuneNeeded):
        await world.find_desk(AT_THE_BORDER)
    assert (await world.find_desk(AT_THE_BORDER, UNKNOWN_COMMUNE)).routed.why is Why.MOST_INHABITANTS
    with pytest.raises(InvalidInput):
        await world.find_desk(AT_THE_BORDER, "75056")


async def test_from_a_desk_that_is_no_longer_configured_the_chain_leads_to_the_last_resort(world: World) -> None:
    before = two_desks()
    alone = DeskRouting(before.territory, before.competence, [DeskCompetence(DESK, everywhere=True)], DESK)
    assert world.find_desk.overflow_of(DeskId("jura")) == ("jura", DESK)
    world.find_desk.reroute(alone)
    assert world.find_desk.overflow_of(DeskId("jura")) == ("jura", DESK)
    assert (await world.find_desk(AT_THE_BORDER)).desk_id == DESK


async def test_the_signalement_keeps_how_it_came_to_its_desk_and_nothing_of_the_code(world: World) -> None:
    for agent in AGENTS:
        await world.statuses.set_status(UserId(agent), AgentStatus(Presence.PAUSED))
    signalement = (await world.opened()).signalement
    assert signalement.desk_id == "jura"
    assert signalement.routed is not None
    assert (signalement.routed.why, signalement.routed.passed) == (Why.TERRITORY, ((DESK, DeskState.ABSENT),))
    assert "78280" not in repr(signalement)


async def test_the_postal_code_is_in_no_byte_of_the_database_and_the_route_goes_with_the_conversation(
    tmp_path: Path,
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'veilleuse.db'}")
    await database.start()
    stores, clock, homeserver = SqlStores(database), FakeClock(), FakeHomeserver()
    desks = ConfiguredDesks([a_desk(DESK, ()), a_desk("jura", (JURA,))])
    for desk in (DESK, DeskId("jura")):
        desks.settle(DeskRooms(desk, SPACE, RoomId("!desk"), RoomId("!team")))
    find_desk = FindDesk(two_desks(), desks, stores, SqlAgentStatuses(database), clock)
    ahead = SqlAheadRecords(database)
    opening = OpenSignalement(
        homeserver,
        MakeRoom(homeserver, homeserver, stores, ahead, clock, FakeRandomness()),
        stores,
        RoomPool(clock),
        ahead,
        find_desk,
        clock,
        FakeRandomness(),
        ChangeSignalement(stores),
    )
    signalement = (await opening(Opening(Role.VICTIM, PostalCode("78280"), in_danger=False))).signalement
    assert _bytes(tmp_path, b"78280") == set()
    assert _bytes(tmp_path, b"absent"), "the control: why the desk was passed over is there"
    await stores.bury(signalement.signalement_id, Tombstone("ab" * 32, Cause.GUEST_LEFT, clock.now(), clock.now(), {}))
    await database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert _bytes(tmp_path, b"78280") | _bytes(tmp_path, b"absent") == set()
    await database.stop()


def _bytes(directory: Path, word: bytes) -> set[str]:
    """The files that contain the word."""
    return {path.name for path in directory.iterdir() if word in path.read_bytes()}
