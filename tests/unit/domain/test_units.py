from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.domain.errors import InvalidInput
from appservice.domain.local_time import department_of, same_commune, zone_of
from appservice.domain.opening_hours import OpeningHours, Openness
from appservice.domain.positions import BoundingBox, Position
from appservice.domain.units import ASSOCIATIONS, STATIONS, Doubt, Source, UnitKind, nearest, standing
from tests.unit.units import OFFICE_HOURS, RECENT, Holidays, a_unit

MONDAY_NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # 11:00 in Paris
RENNES, PARIS, NOUMEA = Position(48.11, -1.68), Position(48.86, 2.35), Position(-22.27, 166.44)

positions = st.builds(Position, st.floats(-90, 90), st.floats(-180, 180))


def test_a_unit_with_recent_hours_is_open_and_tells_until_when() -> None:
    now = standing(a_unit(), MONDAY_NOON, Holidays())
    assert (now.openness, now.call_first, now.vintage) == (Openness.OPEN, False, RECENT)
    assert now.changes_at == MONDAY_NOON + timedelta(hours=1)


def test_without_hours_nobody_is_told_open_or_closed() -> None:
    now = standing(a_unit(hours=None), MONDAY_NOON, Holidays())
    assert (now.openness, now.doubt, now.call_first) == (Openness.UNKNOWN, Doubt.NO_HOURS, True)


@pytest.mark.parametrize(("age", "call_first"), [(0, False), (365, False), (366, True), (3000, True)])
def test_hours_older_than_a_year_are_never_certain(age: int, call_first: bool) -> None:
    unit = a_unit(hours=OpeningHours.always(), vintage=MONDAY_NOON.date() - timedelta(days=age))
    now = standing(unit, MONDAY_NOON, Holidays())
    assert now.call_first is call_first
    assert now.openness is (Openness.UNKNOWN if call_first else Openness.OPEN)


def test_on_a_public_holiday_that_the_hours_do_not_tell_of_one_calls_first() -> None:
    now = standing(a_unit(), MONDAY_NOON, Holidays({date(2026, 11, 23)}))
    assert (now.openness, now.doubt) == (Openness.UNKNOWN, Doubt.PUBLIC_HOLIDAY)
    assert now.changes_at == MONDAY_NOON + timedelta(hours=1)


@given(
    st.sampled_from(["35238", "97411", "98818", "97502"]),
    st.none() | st.just(OFFICE_HOURS) | st.just(OpeningHours.always()),
    st.dates(date(2012, 1, 1), date(2026, 12, 31)),
    st.integers(0, 366 * 24),
)
def test_unknown_and_call_first_are_one_thing(
    commune: str, hours: OpeningHours | None, vintage: date, passed: int
) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=passed)
    now = standing(a_unit(commune=commune, hours=hours, vintage=vintage), moment, Holidays())
    assert (now.openness is Openness.UNKNOWN) == now.call_first
    assert now.openness is Openness.UNKNOWN or (hours is not None and moment.date() - vintage <= timedelta(days=366))


@pytest.mark.parametrize(
    ("commune", "openness"),
    [
        ("35238", Openness.OPEN),  # 11:00
        ("97120", Openness.CLOSED),  # Guadeloupe, 6:00
        ("97411", Openness.OPEN),  # La Réunion, 14:00
        ("97611", Openness.CLOSED),  # Mayotte, 13:00
        ("97502", Openness.CLOSED),  # Saint-Pierre-et-Miquelon, 7:00
        ("98818", Openness.CLOSED),  # Nouméa, 21:00
        ("98735", Openness.CLOSED),  # Papeete, midnight
    ],
)
def test_a_unit_opens_by_its_own_clock(commune: str, openness: Openness) -> None:
    assert standing(a_unit(commune=commune), MONDAY_NOON, Holidays()).openness is openness


@pytest.mark.parametrize(
    ("commune", "zone"),
    [
        ("75111", "Europe/Paris"),
        ("2A004", "Europe/Paris"),
        ("97701", "America/St_Barthelemy"),
        ("97801", "America/Marigot"),
        ("98613", "Pacific/Wallis"),
        ("98735", "Pacific/Tahiti"),
        ("98731", "Pacific/Marquesas"),
        ("98719", "Pacific/Gambier"),
        ("98901", "Etc/GMT+8"),
    ],
)
def test_each_part_of_france_has_its_clock(commune: str, zone: str) -> None:
    assert zone_of(commune).key == zone


@pytest.mark.parametrize(
    ("commune", "department"), [("01053", "01"), ("2B033", "2B"), ("97411", "974"), ("98818", "988")]
)
def test_the_department_is_read_off_the_commune_s_code(commune: str, department: str) -> None:
    assert department_of(commune) == department


@pytest.mark.parametrize("code", ["", "1053", "2C004", "010533", "٠١٠٥٣"])
def test_what_is_no_commune_s_code_is_refused(code: str) -> None:
    with pytest.raises(InvalidInput):
        department_of(code)
    with pytest.raises(InvalidInput):
        a_unit(commune=code)


def test_a_unit_has_a_name_and_an_id_of_its_source() -> None:
    with pytest.raises(InvalidInput):
        a_unit(name="")
    with pytest.raises(InvalidInput):
        type(a_unit())(**{name: getattr(a_unit(), name) for name in a_unit().__slots__} | {"source": Source.POLICE})


def test_stations_and_associations_are_all_kinds_and_no_kind_is_both() -> None:
    assert STATIONS | ASSOCIATIONS == set(UnitKind)
    assert not STATIONS & ASSOCIATIONS


def test_the_commune_comes_first_then_the_distance() -> None:
    far_but_here = a_unit("here", position=Position(48.3, -1.9))
    near = a_unit("near", commune="35240", position=Position(48.12, -1.68))
    further = a_unit("further", commune="75111", position=PARIS)
    nowhere = a_unit("nowhere", commune="35047", position=None)
    found = nearest([nowhere, further, near, far_but_here], "35238", RENNES, 10)
    assert [one.unit for one in found] == [far_but_here, near, further, nowhere]
    assert [one.in_commune for one in found] == [True, False, False, False]
    assert found[2].kilometres == pytest.approx(309, abs=3)
    assert found[3].kilometres is None
    assert nearest([further, near, far_but_here], "35238", RENNES, 1) == found[:1]


def test_without_a_position_the_commune_still_comes_first() -> None:
    units = [a_unit("2", commune="35047", name="A"), a_unit("1", name="B")]
    assert [one.unit.name for one in nearest(units, "35238", None, 10)] == ["B", "A"]


def test_an_arrondissement_is_in_its_city_and_in_no_other_arrondissement() -> None:
    assert same_commune("75111") == {"75111", "75056"}
    assert len(same_commune("13055")) == 17
    assert same_commune("35238") == {"35238"}
    assert nearest([a_unit(commune="75056")], "75111", None, 1)[0].in_commune
    assert not nearest([a_unit(commune="75112")], "75111", None, 1)[0].in_commune


@given(positions, positions)
def test_distances_are_the_same_there_and_back_and_no_longer_than_half_the_globe(
    one: Position, other: Position
) -> None:
    assert one.kilometres_to(other) == pytest.approx(other.kilometres_to(one), abs=1e-6)
    assert 0 <= one.kilometres_to(other) <= 20016
    assert one.kilometres_to(one) == 0


def test_distances_are_those_of_the_globe() -> None:
    assert PARIS.kilometres_to(NOUMEA) == pytest.approx(16_750, rel=0.01)
    assert Position(0, 179.5).kilometres_to(Position(0, -179.5)) == pytest.approx(111.2, abs=0.1)


@given(
    st.builds(Position, st.floats(-89, 89), st.floats(-160, 160)),
    st.floats(0, 1000),
    st.floats(-12, 12),
    st.floats(-12, 12),
)
def test_a_box_leaves_out_nobody_who_is_near(centre: Position, kilometres: float, north: float, east: float) -> None:
    other = Position(max(-90, min(90, centre.latitude + north)), centre.longitude + east)
    if centre.kilometres_to(other) <= kilometres:
        assert other in BoundingBox.around(centre, kilometres)


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (0, 181), (float("nan"), 0), (0, float("inf"))])
def test_a_position_is_somewhere_on_earth(latitude: float, longitude: float) -> None:
    with pytest.raises(InvalidInput):
        Position(latitude, longitude)
