"""From version 6, with a desk's rooms in it, to the version in which each room is a row of its own."""

from appservice.domain.desk import DeskRooms
from appservice.domain.desk_plan import NATIONAL
from appservice.domain.ids import DeskId, RoomId
from appservice.store.database import Database
from appservice.store.desks import SqlDeskRegister
from tests.migrations.earlier import database_of_version


async def test_a_desk_keeps_its_rooms_and_there_is_place_for_the_national_space(url: str) -> None:
    async with database_of_version(6, url) as before:
        await before.execute("INSERT INTO desk VALUES ('rennes', '!space', '!desk', '!team')")

    after = Database(url)
    await after.start()
    register, rennes = SqlDeskRegister(after), DeskId("rennes")
    assert await register.rooms_of(rennes) == DeskRooms(rennes, RoomId("!space"), RoomId("!desk"), RoomId("!team"))
    await register.keep(NATIONAL, RoomId("!national"))
    assert len(await register.rooms()) == 4
    await after.stop()
