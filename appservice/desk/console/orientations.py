"""Stations and associations: shown to the agent to choose from, proposed to the guest, who decides."""

from collections import OrderedDict
from datetime import datetime

from appservice.desk.commands.command import FindUnits, Propose, Verb, Withdraw
from appservice.desk.commands.plain_words import joined
from appservice.desk.console import answers, units_lists
from appservice.desk.console.asking import Asked, Meaning, require_of_desk
from appservice.desk.console.refusing import refused
from appservice.desk.console.units_lists import UnitLists
from appservice.desk.words import Words
from appservice.domain.ids import DeskId, Reference, UserId
from appservice.domain.refusals import NoSuchUnit, Refusal
from appservice.domain.signalement import Signalement
from appservice.domain.units import UnitId
from appservice.ports import Clock, Desks
from appservice.usecases.orient import Orient

_LISTS_KEPT = 500
Choice = tuple[UnitId | None, DeskId | None]


class Orientations:
    """Remembers, in memory, which list an agent saw last of a conversation, so that a number is enough."""

    def __init__(self, orient: Orient, units: UnitLists, desks: Desks, meaning: Meaning, clock: Clock) -> None:
        self._orient = orient
        self._units = units
        self._desks = desks
        self._meaning = meaning
        self._clock = clock
        self._seen: OrderedDict[tuple[UserId, Reference, bool], list[Choice]] = OrderedDict()

    async def __call__(self, command: Propose | FindUnits | Withdraw, asked: Asked) -> Words:
        """Raises `NeedsReference`, `HomeserverError`; every refusal is answered."""
        signalement: Signalement | None = None
        try:
            signalement = await self._meaning.of(asked, command.reference)
            require_of_desk(signalement, asked)
            if isinstance(command, Withdraw):
                taken_back = await self._orient.withdraw(signalement.reference, asked.agent)
                return answers.withdrawn(signalement, taken_back, asked.language)
            if isinstance(command, FindUnits):
                return await self._show(command.verb, command.place, signalement, asked)
            if command.unit is None:
                return await self._show(command.verb, None, signalement, asked)
            return await self._propose(command.verb, command.unit, signalement, asked)
        except Refusal as refusal:
            reference = signalement.reference if signalement else str(command.reference)
            return refused(refusal, reference, asked.language)

    async def _propose(self, verb: Verb, unit: str, signalement: Signalement, asked: Asked) -> Words:
        choice = self._chosen(verb, unit, signalement, asked)
        if choice is None:
            return await self._show(verb, unit, signalement, asked)
        unit_id, desk_id = choice
        if desk_id is not None:
            orientation = await self._orient.to_desk(signalement.reference, asked.agent, desk_id)
        elif unit_id is not None:
            orientation = await self._orient.to_unit(signalement.reference, asked.agent, unit_id)
        else:
            raise NoSuchUnit("nothing was chosen")
        return answers.proposed(signalement, orientation, asked.language)

    def _chosen(self, verb: Verb, typed: str, signalement: Signalement, asked: Asked) -> Choice | None:
        """By the number in the list last seen, by a desk's name, or by the directory's own name of a unit."""
        if typed.isdecimal() and len(typed) < 3:
            seen = self._seen.get(_key(verb, signalement, asked), [])
            if not 1 <= int(typed) <= len(seen):
                raise NoSuchUnit(f"there is no number {typed}")
            return seen[int(typed) - 1]
        for desk in units_lists.desks_to_choose(verb, self._desks.all()):
            if joined([typed]) in (joined([desk.desk_id]), joined([desk.name])):
                return None, desk.desk_id
        return (UnitId(typed), None) if ":" in typed and " " not in typed else None

    async def _show(self, verb: Verb, place: str | None, signalement: Signalement, asked: Asked) -> Words:
        """What there is: desks that receive people themselves, then what the directory has, each with its number."""
        reference, language = signalement.reference, asked.language
        lines, choices, title = await self._listed(verb, place, signalement, asked, self._clock.now())
        if title is None:
            return units_lists.no_such_place(place or "", language)
        if not lines:
            return units_lists.nothing_there(language)
        self._remember(_key(verb, signalement, asked), choices)
        hint = units_lists.how_to_propose(verb, reference, place is not None, language)
        return units_lists.choices(title, lines, hint)

    async def _listed(
        self,
        verb: Verb,
        place: str | None,
        signalement: Signalement,
        asked: Asked,
        now: datetime,
    ) -> tuple[list[str], list[Choice], str | None]:
        """Lines, what each stands for, and the title; without a title there is no such place."""
        kinds, language = units_lists.KINDS[verb], asked.language
        communes = [] if place is None else self._units.communes(place, signalement.department)
        if place is not None and not communes:
            return [], [], None
        desks = self._units.desks_near(verb, self._desks.all(), signalement.department, next(iter(communes), None))
        if communes:
            offers = await self._units.around(communes[0], kinds, now)
            title = units_lists.title_of_commune(communes[0], signalement, language)
        else:
            department = signalement.department
            offers = await self._units.in_department(department, kinds, now) if department is not None else ()
            title = units_lists.title_of_department(signalement, language)
        lines = [units_lists.desk_line(desk, language) for desk in desks]
        lines += [units_lists.offer_line(offer, language) for offer in offers]
        choices: list[Choice] = [(None, desk.desk_id) for desk in desks]
        choices += [(offer.found.unit.unit_id, None) for offer in offers]
        return lines, choices, title

    def _remember(self, key: tuple[UserId, Reference, bool], choices: list[Choice]) -> None:
        self._seen[key] = choices
        self._seen.move_to_end(key)
        while len(self._seen) > _LISTS_KEPT:
            self._seen.popitem(last=False)


def _key(verb: Verb, signalement: Signalement, asked: Asked) -> tuple[UserId, Reference, bool]:
    """A list of stations and one of associations are two."""
    return asked.agent, signalement.reference, verb in (Verb.UNITS, Verb.COMPLAINT)
