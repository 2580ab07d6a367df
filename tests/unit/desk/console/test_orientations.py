"""Stations and associations in the desk room: chosen from a list by number, proposed, and accepted by nobody else."""

from dataclasses import replace

import pytest

from appservice.directory_port import Edition
from appservice.domain.desk import Desk
from appservice.domain.ids import DeskId
from appservice.domain.orientation import OrientationKind, OrientationState
from appservice.domain.positions import Position
from appservice.domain.reception import Reception
from appservice.domain.signalement import Signalement
from appservice.domain.units import Source, UnitKind
from tests.fakes.world import START
from tests.unit.desk.console.conftest import Room
from tests.unit.units import RECENT, a_unit
from tests.unit.usecases.conftest import STATION

HERE, NEAR = Position(48.77, 2.07), Position(48.80, 2.13)


@pytest.fixture
async def claimed(room: Room) -> Signalement:
    """A conversation of the agent's, and a directory with two stations of its department and one far away."""
    units = [
        a_unit("1", name="Brigade de Guyancourt", commune="78297", position=HERE),
        a_unit("2", name="Brigade de Versailles", commune="78646", position=NEAR),
        a_unit("3", name="Brigade de Lajoux", commune="39274"),
    ]
    await room.directory.replace(Edition(Source.GENDARMERIE, "file", RECENT, START, len(units)), units)
    cidff = a_unit(
        "4", name="CIDFF des Yvelines", commune="78297", source=Source.LOCAL_DIRECTORY, kind=UnitKind.WOMENS_RIGHTS
    )
    await room.directory.replace(Edition(Source.LOCAL_DIRECTORY, "other file", RECENT, START, 1), [cidff])
    return await room.world.claimed()


async def proposals(room: Room, signalement: Signalement) -> list[tuple[OrientationKind, str, OrientationState]]:
    return [
        (each.kind, each.particulars.name, each.state)
        for each in await room.world.day_store.orientations_of(signalement.signalement_id)
    ]


async def test_without_a_place_the_department_is_what_is_known(room: Room, claimed: Signalement) -> None:
    listed = await room.says(f"unités près de {claimed.reference}")
    assert "Département 78" in listed
    assert "1 Desk station · reçoit ici même" in listed
    assert "2 Brigade de Guyancourt" in listed
    assert "source : ministère de l'Intérieur, 10/2026" in listed
    assert any(word in listed for word in ("ouvert", "fermé", "appeler d'abord"))
    english = await room.says(f"associations {claimed.reference}")
    assert "Service-Public.gouv.fr / DILA, 10/2026" in english
    assert "Lajoux" not in listed
    assert "COMMUNE" in listed


async def test_around_a_commune_by_name_or_postal_code_the_nearest_come_first(room: Room, claimed: Signalement) -> None:
    for place in ("Guyancourt", "GUYANCOURT", "78280", "brigade de Guyancourt"):
        listed = await room.says(f"unités {claimed.reference} {place}")
        assert listed.index("Brigade de Guyancourt") < listed.index("Brigade de Versailles")
    assert "call first" in listed or "fermé" in listed or "ouvert" in listed or "appeler" in listed


async def test_a_number_of_the_list_is_proposed(room: Room, claimed: Signalement) -> None:
    await room.says("plainte Guyancourt")
    answer = await room.says(f"plainte {claimed.reference} 3")
    assert "Brigade de Versailles" in answer
    assert "sans l'accord" in answer
    assert await proposals(room, claimed) == [
        (OrientationKind.COMPLAINT, "Brigade de Versailles", OrientationState.PROPOSED)
    ]


async def test_lists_of_stations_and_of_associations_are_two(room: Room, claimed: Signalement) -> None:
    await room.says("unités Guyancourt")
    assert "CIDFF" in await room.says(f"associations {claimed.reference}")
    assert "CIDFF" in await room.says("association 1")
    assert "Guyancourt" in await room.says("complaint 2")
    kinds = [kind for kind, _, _ in await proposals(room, claimed)]
    assert kinds == [OrientationKind.ASSOCIATION, OrientationKind.COMPLAINT]


async def test_a_number_of_no_list_proposes_nothing(room: Room, claimed: Signalement) -> None:
    for number in ("1", "7", "99"):
        assert "unités" in await room.says(f"plainte {claimed.reference} {number}")
    assert await proposals(room, claimed) == []


async def test_a_unit_is_proposed_by_the_directory_s_own_name_of_it(room: Room, claimed: Signalement) -> None:
    assert "Brigade de Lajoux" in await room.says("plainte gendarmerie:3")
    assert "L'annuaire n'a pas" in await room.says("plainte gendarmerie:99")


async def test_a_desk_that_receives_people_itself_is_proposed_by_its_name(room: Room, claimed: Signalement) -> None:
    assert "Desk station" in await room.says(f"plainte {claimed.reference} station")
    assert await proposals(room, claimed) == [(OrientationKind.COMPLAINT, "Desk station", OrientationState.PROPOSED)]


async def test_what_is_proposed_is_taken_back_once_and_only_by_who_has_the_conversation(
    room: Room, claimed: Signalement
) -> None:
    assert "Rien n'est proposé" in await room.says("retirer")
    await room.says(f"plainte {claimed.reference} station")
    assert "n'est pas à vous" in await room.says(f"retirer {claimed.reference}", "@first:fake")
    assert '"Desk station" is no longer proposed' in await room.says(f"withdraw {claimed.reference}")
    assert await proposals(room, claimed) == [(OrientationKind.COMPLAINT, "Desk station", OrientationState.WITHDRAWN)]
    assert "Rien n'est proposé" in await room.says(f"retirer {claimed.reference}")


async def test_an_unknown_place_is_told_so(room: Room, claimed: Signalement) -> None:
    assert "Je ne connais pas" in await room.says("unités Atlantide")


async def test_only_who_has_the_conversation_proposes(room: Room, claimed: Signalement) -> None:
    await room.says(f"unités {claimed.reference} Guyancourt", "@first:fake")
    assert "n'est pas à vous" in await room.says(f"plainte {claimed.reference} 1", "@first:fake")
    assert await proposals(room, claimed) == []


async def test_desks_for_other_places_are_not_offered_and_the_nearest_come_first(
    room: Room, claimed: Signalement
) -> None:
    def station(desk_id: str, reception: Reception) -> Desk:
        desk = replace(room.desks.desk(STATION), desk_id=DeskId(desk_id), name=f"Desk {desk_id}")
        return replace(desk, reception=replace(reception, address="2 rue Haute", phone="01 30 00 00 00"))

    yvelines = station("yvelines", Reception(departments=frozenset({"78"})))
    guyancourt, jura = (station(f"of-{insee}", Reception(communes=frozenset({insee}))) for insee in ("78297", "39274"))
    room.desks.configure([*room.desks.all(), jura, yvelines, guyancourt], None)
    listed = await room.says(f"unités {claimed.reference} Guyancourt")
    assert "1 Desk of-78297 · 2 rue Haute · 01 30 00 00 00 · reçoit ici même" in listed
    assert "2 Desk yvelines" in listed
    assert "3 Desk station" in listed  # says nothing of places
    assert "39274" not in listed
    assert "39274" in await room.says(f"plainte {claimed.reference} of-39274")
    (proposed, *_) = await room.world.day_store.orientations_of(claimed.signalement_id)
    assert (proposed.particulars.address, proposed.particulars.phone) == ("2 rue Haute", "01 30 00 00 00")
