from datetime import date

import pytest

from appservice.directory_port import Edition
from appservice.domain.errors import InvalidInput
from appservice.domain.positions import Position, Whereabouts
from appservice.domain.territory import Commune, Department, Region, Territory
from appservice.domain.units import Source, Unit
from appservice.usecases.locate_commune import LocateCommune
from tests.fakes.units import FakeUnitDirectory
from tests.fakes.world import START
from tests.unit.units import a_unit

EAST, NORTH = "200057875", "200057867"
TERRITORY = Territory(
    [Region("11", "Île-de-France")],
    [Department("75", "Paris", "11"), Department("93", "Seine-Saint-Denis", "11")],
    [
        Commune("93006", "Bagnolet", "93", "11", None, 43_000, ("93170",), EAST),
        Commune("93048", "Montreuil", "93", "11", None, 110_000, ("93100",), EAST),
        Commune("93066", "Saint-Denis", "93", "11", None, 150_000, ("93200",), NORTH),
        Commune("93045", "Les Lilas", "93", "11", None, 23_000, ("93170",)),
        Commune("75056", "Paris", "75", "11"),
        Commune("75120", "Paris 20e", "75", "11", "75056", 190_000, ("75020",)),
    ],
)
BAGNOLET, MONTREUIL, SAINT_DENIS = Position(48.87, 2.42), Position(48.86, 2.44), Position(48.94, 2.36)


async def locating(*units: Unit) -> LocateCommune:
    directory = FakeUnitDirectory()
    await directory.replace(Edition(Source.GENDARMERIE, "file", date(2026, 10, 1), START, len(units)), units)
    return LocateCommune(TERRITORY, directory)


async def test_a_commune_lies_in_the_middle_of_its_units() -> None:
    locate = await locating(
        a_unit("1", commune="93006", position=Position(48.86, 2.40)),
        a_unit("2", commune="93006", position=Position(48.88, 2.44)),
        a_unit("3", commune="93048", position=MONTREUIL),
    )
    found = await locate("93006")
    assert found is not None
    assert not found.estimated
    assert found.position.kilometres_to(BAGNOLET) < 0.01


async def test_without_a_unit_of_its_own_it_is_where_those_are_that_share_most_with_it() -> None:
    in_order = [
        ("93045", Position(48.88, 2.41)),  # its postal code
        ("93048", MONTREUIL),  # its intercommunality
        ("93066", SAINT_DENIS),  # its département
        ("75120", Position(48.86, 2.39)),
    ]
    units = [a_unit(commune, commune=commune, position=position) for commune, position in in_order]
    for place in range(3):
        locate = await locating(a_unit("9", commune="93006", position=None), *units[place:])
        assert await locate("93006") == Whereabouts(in_order[place][1], estimated=True)
    assert await (await locating(units[3]))("93006") is None


async def test_a_city_is_where_its_arrondissements_are() -> None:
    locate = await locating(a_unit("1", commune="75120", position=MONTREUIL))
    assert await locate("75056") == Whereabouts(MONTREUIL, estimated=False)


async def test_what_is_no_commune_is_refused() -> None:
    with pytest.raises(InvalidInput):
        await (await locating())("nowhere")
