"""Stations and associations of the local directory of service-public.fr (DILA), Licence Ouverte 2.0.

data.gouv.fr, dataset 53699fe4a3a729239d206227: the archive `all_latest.tar.bz2`, in it the file
`…-data.gouv_local.json` of some 270 MB: `{"service": [{…}, …]}`. Who shows what is in it names Service-Public.gouv.fr /
DILA, the file's name and its date: a `Reading` has both.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from appservice.domain.errors import InvalidInput
from appservice.domain.opening_hours import OpeningHours
from appservice.domain.units import Source, Unit, UnitKind
from appservice.importing.hours import Written, in_ranges, noticed
from appservice.importing.json_records import records
from appservice.importing.reading import Gathering, Notes, Oddity, Reading
from appservice.importing.values import address_of, commune_of, date_of, phone_of, position_of, text_of, unit_id_of

Record = dict[str, Any]

KINDS = {
    "commissariat_police": UnitKind.POLICE,
    "gendarmerie": UnitKind.GENDARMERIE,
    "cidf": UnitKind.WOMENS_RIGHTS,
    "cidff": UnitKind.WOMENS_RIGHTS,
    "bav": UnitKind.VICTIM_SUPPORT,
    "mjd": UnitKind.JUSTICE_HOUSE,
    "permanence_juridique": UnitKind.LEGAL_ADVICE,
}
"""By `pivot[].type_service_local`. Records of other types are passed over."""

_DATED = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})_[0-9]{6}-data\.gouv_local\.json")


def published_on(file_name: str) -> date | None:
    """The day in the directory's own name, `2026-08-18_053123-data.gouv_local.json`, or None."""
    match = _DATED.fullmatch(file_name)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def read_local_directory(path: Path, published: date, kinds: frozenset[UnitKind] = frozenset(UnitKind)) -> Reading:
    """The units of `kinds`. A unit's vintage is the day of its own last change (`date_modification`).

    Hours with a comment (only by appointment, not in the school holidays, …) are no certainty, and are left out.
    Raises `InvalidInput` if the file is not this one.
    """

    def parse(record: Record, notes: Notes) -> Unit | None:
        kind = _kind(record)
        if kind not in kinds or record.get("statut_de_diffusion") == "false":
            return None
        return _unit(record, kind, published, notes)

    gathering = Gathering(Source.LOCAL_DIRECTORY, path.name, published, parse)
    return gathering.gather(records(path, "service"), lambda: "utf-8")


def _kind(record: Record) -> UnitKind | None:
    kinds = (KINDS.get(_text(pivot, "type_service_local")) for pivot in _objects(record, "pivot"))
    return next((kind for kind in kinds if kind), None)


def _unit(record: Record, kind: UnitKind, published: date, notes: Notes) -> Unit:
    commune = commune_of(_text(record, "code_insee_commune"), notes)
    name = text_of(record.get("nom"), notes)
    # Where people go comes before where letters go.
    addresses = sorted(_objects(record, "adresse"), key=lambda address: _text(address, "type_adresse") != "Adresse")
    place = addresses[0] if addresses else {}
    street = ", ".join(
        text for part in ("complement1", "complement2", "numero_voie") if (text := text_of(place.get(part), notes))
    )
    address = address_of(street, _text(place, "code_postal"), text_of(place.get("nom_commune"), notes))
    changed = date_of(_text(record, "date_modification"))
    if changed is None:
        notes.notice(Oddity.NO_DATE)
    return Unit(
        unit_id=unit_id_of(Source.LOCAL_DIRECTORY, _text(record, "id"), name, address, commune),
        kind=kind,
        name=name,
        address=address,
        commune=commune,
        phone=phone_of(next((_text(phone, "valeur") for phone in _objects(record, "telephone")), ""), commune, notes),
        position=position_of(_text(place, "latitude"), _text(place, "longitude"), commune, notes),
        hours=_hours(record, notes),
        source=Source.LOCAL_DIRECTORY,
        vintage=min(changed or published, published),
    )


def _hours(record: Record, notes: Notes) -> OpeningHours | None:
    ranges = _objects(record, "plage_ouverture")
    comments = [_text(one, "commentaire") for one in ranges] + [_text(record, "commentaire_plage_ouverture")]
    if any(comments):
        notes.notice(Oddity.HOURS_CONDITIONAL)
        return None
    return noticed(lambda: in_ranges(_ranges(ranges)), notes)


def _ranges(ranges: list[Record]) -> Iterator[tuple[str, str, list[Written]]]:
    for one in ranges:
        spans = [(_text(one, f"valeur_heure_debut_{n}"), _text(one, f"valeur_heure_fin_{n}")) for n in (1, 2)]
        yield _text(one, "nom_jour_debut"), _text(one, "nom_jour_fin"), spans


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    return value.strip() if isinstance(value, str) else ""


def _objects(record: Record, key: str) -> list[Record]:
    """The list of objects at `key`; some exports of the directory write it as JSON within a string."""
    value = record.get(key)
    if isinstance(value, str) and value.startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            raise InvalidInput(f"The list {key!r} is no JSON.") from None
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
