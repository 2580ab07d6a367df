"""Units and associations for an agent to choose from: by a commune, by what a department has, by number afterwards."""

from collections.abc import Sequence
from datetime import datetime

from appservice.desk.commands.command import Language, Verb
from appservice.desk.commands.plain_words import joined, plain
from appservice.desk.console.marked import listed, marked, quoted
from appservice.desk.words import Words
from appservice.domain.desk import Desk, DeskKind
from appservice.domain.errors import InvalidInput
from appservice.domain.opening_hours import Openness
from appservice.domain.phone_in_words import dialled
from appservice.domain.postal_code import PostalCode
from appservice.domain.signalement import Signalement
from appservice.domain.territory import Commune, Territory
from appservice.domain.units import ASSOCIATIONS, STATIONS, UnitKind
from appservice.usecases.find_units import FindUnits, Offer

SHOWN = 6
_WORDS_IN_NAME = 12
KINDS = {
    Verb.UNITS: STATIONS,
    Verb.ASSOCIATIONS: ASSOCIATIONS,
    Verb.COMPLAINT: STATIONS,
    Verb.ASSOCIATION: ASSOCIATIONS,
}
DESK_KINDS = {
    Verb.UNITS: DeskKind.STATION,
    Verb.COMPLAINT: DeskKind.STATION,
    Verb.ASSOCIATIONS: DeskKind.ASSOCIATION,
    Verb.ASSOCIATION: DeskKind.ASSOCIATION,
}


class UnitLists:
    """Finds what to choose from. The commune is what the agent types; the service itself knows the department alone."""

    def __init__(self, territory: Territory, find: FindUnits) -> None:
        """Sorts the communes by name, which takes a fifth of a second."""
        self._territory = territory
        self._find = find
        self._by_name: dict[str, list[Commune]] = {}
        for commune in territory.communes.values():
            self._by_name.setdefault(_letters(commune.name), []).append(commune)

    def communes(self, place: str, department: str | None) -> list[Commune]:
        """Those that a postal code or a name may mean, the likeliest first; a name may come after other words, as in
        `brigade de Rambouillet`."""
        try:
            found = list(self._territory.communes_of(PostalCode.parse(place)))
        except InvalidInput:
            words = place.split()[:_WORDS_IN_NAME]
            endings = (self._by_name.get(_letters(" ".join(words[begin:]))) for begin in range(len(words)))
            found = next((each for each in endings if each), [])
        return sorted(found, key=lambda each: (each.department != department, -each.population))

    def desks_near(
        self, verb: Verb, desks: Sequence[Desk], department: str | None, commune: Commune | None = None
    ) -> list[Desk]:
        """Of the desks that receive people themselves those for this place, the nearest first, and not too many."""
        there = self._territory.departments.get(commune.department if commune else department or "")
        near = [(desk.reception.nearness(there, commune), desk) for desk in desks_to_choose(verb, desks)]
        received = [(nearness, desk) for nearness, desk in near if nearness is not None]
        return [desk for _, desk in sorted(received, key=lambda each: each[0])][:SHOWN]

    async def around(self, commune: Commune, kinds: frozenset[UnitKind], at: datetime) -> tuple[Offer, ...]:
        return await self._find(commune.insee, kinds, SHOWN, at)

    async def in_department(self, department: str, kinds: frozenset[UnitKind], at: datetime) -> tuple[Offer, ...]:
        communes = [each.insee for each in self._territory.communes.values() if each.department == department]
        return await self._find.of_department(communes, kinds, SHOWN, at)


def _letters(name: str) -> str:
    """`Saint` as people shorten it: `St-Denis`."""
    words = plain(name).replace("-", " ").replace("'", " ").split()
    return joined({"st": "saint", "ste": "sainte"}.get(word, word) for word in words)


def desks_to_choose(verb: Verb, desks: Sequence[Desk]) -> list[Desk]:
    """Those that receive the guests of this kind of proposal themselves."""
    return [desk for desk in desks if desk.kind is DESK_KINDS[verb]]


def offer_line(offer: Offer, language: Language) -> str:
    """Always with whether it is open or to be called first, who says so, and of when that is (Licence Ouverte)."""
    unit, standing = offer.found.unit, offer.standing
    words = {
        "fr": {Openness.OPEN: "ouvert", Openness.CLOSED: "fermé", Openness.UNKNOWN: "appeler d'abord"},
        "en": {Openness.OPEN: "open", Openness.CLOSED: "closed", Openness.UNKNOWN: "call first"},
    }[language]
    parts = [_said(unit.name), _said(unit.address)]
    if unit.phone:
        parts.append(dialled(unit.phone))
    parts.append(words[standing.openness])
    if offer.kilometres is not None:
        parts.append(f"{offer.kilometres:.0f} km")
    publisher, vintage = unit.source.publisher, f"{standing.vintage:%m/%Y}"
    parts.append(f"source : {publisher}, {vintage}" if language == "fr" else f"source: {publisher}, {vintage}")
    return " · ".join(parts)


def _said(text: str) -> str:
    return " ".join(text.replace("`", "'").replace("*", " ").split())


def choices(title: str, lines: Sequence[str], hint: str) -> Words:
    """Numbered, so that a number is enough to choose one."""
    numbered = [f"**{number}** {line}" for number, line in enumerate(lines, 1)]
    return marked("\n".join([listed(title, numbered), hint]))


def desk_line(desk: Desk, language: Language) -> str:
    here = "reçoit ici même, par un guichet" if language == "fr" else "receives here, by a desk"
    known = (desk.name, desk.reception.address, desk.reception.phone)
    return " · ".join([*(_said(part) for part in known if part), here])


def title_of_department(signalement: Signalement, language: Language) -> str:
    department = signalement.department or "?"
    return f"**Département {department}**" if language == "fr" else f"**Department {department}**"


def title_of_commune(commune: Commune, signalement: Signalement, language: Language) -> str:
    around = "Autour de" if language == "fr" else "Around"
    return f"**{around} {_said(commune.name)} ({commune.department})**"


def how_to_propose(verb: Verb, reference: str, of_place: bool, language: Language) -> str:
    complaint = verb in (Verb.UNITS, Verb.COMPLAINT)
    if language == "fr":
        propose = f"Pour proposer la première : `{'plainte' if complaint else 'association'} {reference} 1`."
        nearer = f" Plus près : `{'unités' if complaint else 'associations'} {reference} COMMUNE`."
    else:
        propose = f"To propose the first: `{'complaint' if complaint else 'association'} {reference} 1`."
        nearer = f" Nearer: `{'units' if complaint else 'charities'} {reference} TOWN`."
    return propose if of_place else propose + nearer


def no_such_place(place: str, language: Language) -> Words:
    if language == "fr":
        return marked(f"Je ne connais pas de commune « {quoted(place)} » : son nom entier, ou le code postal.")
    return marked(f'I know no town "{quoted(place)}": its whole name, or the postal code.')


def nothing_there(language: Language) -> Words:
    if language == "fr":
        return marked("L'annuaire n'a rien là. Essayez une commune voisine, plus grande : `unités REF COMMUNE`.")
    return marked("The directory has nothing there. Try a larger town nearby: `units REF TOWN`.")
