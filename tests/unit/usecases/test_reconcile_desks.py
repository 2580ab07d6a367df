from appservice.domain.ids import DeskId, UserId
from appservice.usecases.reconcile_desks import ConfiguredDesks, ReconcileDesks
from tests.fakes.homeserver import FakeHomeserver
from tests.fakes.stores import FakeDeskRegister
from tests.unit.factories import a_desk

BOT = UserId("@veilleuse_desk_guyancourt:fake")
DESK = DeskId("guyancourt")


async def reconciled(homeserver: FakeHomeserver, register: FakeDeskRegister, *agents: str) -> ConfiguredDesks:
    desks = ConfiguredDesks([a_desk("guyancourt", agents)])
    await ReconcileDesks(homeserver, register, desks, {DESK: BOT})()
    return desks


async def test_a_desk_gets_its_rooms_and_its_agents_and_the_bot_is_in_the_desk_room_alone() -> None:
    homeserver = FakeHomeserver()
    rooms = (await reconciled(homeserver, FakeDeskRegister(), "@a:fake", "@b:fake")).rooms(DESK)
    assert homeserver.rooms[rooms.space_id].joined == {"@a:fake", "@b:fake"}
    assert homeserver.rooms[rooms.desk_room_id].joined == {"@a:fake", "@b:fake", BOT}
    assert homeserver.rooms[rooms.team_room_id].joined == {"@a:fake", "@b:fake"}


async def test_a_second_time_changes_nothing() -> None:
    homeserver, register = FakeHomeserver(), FakeDeskRegister()
    await reconciled(homeserver, register, "@a:fake")
    done = list(homeserver.log)
    await reconciled(homeserver, register, "@a:fake")
    assert homeserver.log == done


async def test_an_agent_taken_out_of_the_configuration_is_put_out_of_every_room() -> None:
    homeserver, register = FakeHomeserver(), FakeDeskRegister()
    await reconciled(homeserver, register, "@a:fake", "@b:fake")
    rooms = (await reconciled(homeserver, register, "@b:fake")).rooms(DESK)
    for room in (rooms.space_id, rooms.desk_room_id, rooms.team_room_id):
        assert "@a:fake" not in homeserver.rooms[room].joined
