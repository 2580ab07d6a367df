from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from appservice.directory_port import Edition
from appservice.domain.opening_hours import Openness
from appservice.domain.positions import Position, Whereabouts
from appservice.domain.units import Source, Unit, UnitKind, nearest
from appservice.usecases.find_units import FindUnits
from tests.fakes.units import FakeUnitDirectory
from tests.fakes.world import START
from tests.unit.units import Holidays, a_unit

RENNES = Position(48.11, -1.68)
IN_RENNES = Whereabouts(RENNES, estimated=False)
GENDARMERIE = [UnitKind.GENDARMERIE]


async def finding(*units: Unit, around: Whereabouts | None = IN_RENNES) -> FindUnits:
    directory = FakeUnitDirectory()
    await directory.replace(Edition(Source.GENDARMERIE, "file", date(2026, 10, 1), START, len(units)), units)

    async def locate(commune: str) -> Whereabouts | None:
        return around

    return FindUnits(directory, Holidays(), locate)


async def test_units_are_offered_with_how_they_stand() -> None:
    find = await finding(a_unit("1", hours=None), a_unit("2"))
    offers = await find("35238", GENDARMERIE, 5, START)
    assert [offer.standing.openness for offer in offers] == [Openness.UNKNOWN, Openness.CLOSED]


async def test_where_the_commune_has_none_the_circle_grows_until_there_are_enough() -> None:
    near = a_unit("1", commune="35047", position=Position(48.0, -1.7))
    far = a_unit("2", commune="29019", position=Position(48.4, -4.5))
    find = await finding(far, near)
    assert [offer.found.unit for offer in await find("35238", GENDARMERIE, 5, START)] == [near, far]
    assert [offer.found.unit for offer in await find("35238", GENDARMERIE, 1, START)] == [near]


async def test_without_a_position_only_the_commune_s_are_found() -> None:
    here, elsewhere = a_unit("1"), a_unit("2", commune="35047", position=RENNES)
    find = await finding(here, elsewhere, around=None)
    assert [offer.found.unit for offer in await find("35238", GENDARMERIE, 5, START)] == [here]


async def test_from_an_estimate_the_nearest_come_first_but_no_distance_is_told() -> None:
    far = a_unit("1", commune="29019", position=Position(48.4, -4.5))
    near = a_unit("2", commune="35047", position=Position(48.0, -1.7))
    known = await finding(far, near)
    estimated = await finding(far, near, around=Whereabouts(RENNES, estimated=True))
    assert [offer.kilometres is None for offer in await known("35238", GENDARMERIE, 5, START)] == [False, False]
    offers = await estimated("35238", GENDARMERIE, 5, START)
    assert [(offer.found.unit, offer.kilometres) for offer in offers] == [(near, None), (far, None)]


async def test_units_of_other_kinds_or_beyond_the_sea_are_not_offered() -> None:
    find = await finding(a_unit("1", commune="97411", position=Position(-20.9, 55.5)))
    assert await find("35238", GENDARMERIE, 5, START) == ()
    assert await find("97411", [UnitKind.POLICE], 5, START) == ()


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from(["35238", "35047"]), st.floats(42, 51), st.floats(-5, 9)), max_size=12),
    st.integers(1, 6),
)
async def test_the_answer_is_that_of_reading_everything(places: list[tuple[str, float, float]], limit: int) -> None:
    units = [
        a_unit(f"{number}", commune=commune, position=Position(latitude, longitude))
        for number, (commune, latitude, longitude) in enumerate(places)
    ]
    offers = await (await finding(*units))("35238", GENDARMERIE, limit, START)
    assert tuple(offer.found for offer in offers) == nearest(units, "35238", RENNES, limit)
