"""The announcement: one message for each signalement, said again in place as things change. Pure functions."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape
from urllib.parse import quote

from appservice.desk.commands.arguments import outcome_name
from appservice.desk.commands.command import Language
from appservice.domain.ids import RoomId, UserId
from appservice.domain.signalement import Interruption, Role, Signalement, State


@dataclass(frozen=True, slots=True)
class Words:
    """A message in both forms that Matrix carries: plain text, and HTML that says the same."""

    plain: str
    html: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What the line needs beside the signalement: where rooms are found, on which clock, how places are called."""

    server_name: str
    zone: tzinfo
    department: str | None = None
    """The department's name, if it is known."""

    oriented_to: str | None = None
    """The unit or association that the guest has accepted."""


@dataclass(frozen=True, slots=True)
class _Phrases:
    """One language's part of the announcements."""

    roles: dict[Role, str]
    department: str
    danger: str
    waiting: str
    waiting_again: dict[Interruption | None, str]
    claimed: str
    handed_over: str
    listening: str
    oriented: str
    closed: str


_PHRASES: dict[Language, _Phrases] = {
    "fr": _Phrases(
        roles={
            Role.VICTIM: "victime",
            Role.WITNESS: "témoin",
            Role.RELATIVE: "proche",
            Role.PROFESSIONAL: "professionnel",
        },
        department="département {}",
        danger="DANGER IMMÉDIAT",
        waiting="attend depuis {}",
        waiting_again={
            None: "attend à nouveau depuis {}",
            Interruption.HANDED_OVER: "transféré, attend depuis {}",
            Interruption.AGENT_AWAY: "attend à nouveau depuis {} (agent absent)",
        },
        claimed="pris en charge par {}",
        handed_over="transféré à {}",
        listening="écoute : {}",
        oriented="orientation acceptée : {}",
        closed="terminé à {}",
    ),
    "en": _Phrases(
        roles={
            Role.VICTIM: "victim",
            Role.WITNESS: "witness",
            Role.RELATIVE: "relative",
            Role.PROFESSIONAL: "professional",
        },
        department="department {}",
        danger="IMMEDIATE DANGER",
        waiting="waiting since {}",
        waiting_again={
            None: "waiting again since {}",
            Interruption.HANDED_OVER: "handed over, waiting since {}",
            Interruption.AGENT_AWAY: "waiting again since {} (agent away)",
        },
        claimed="taken by {}",
        handed_over="handed over to {}",
        listening="listening in: {}",
        oriented="orientation accepted: {}",
        closed="closed at {}",
    ),
}


def announcement(signalement: Signalement, setting: Setting, language: Language = "fr") -> Words:
    """The line as the signalement stands: danger first, the reference as a link to the room, then who, where and how.

    A closed one has no link any more, and no danger: nothing is left to do. Agents are named by Matrix id: Element
    shows a pill with the display name, and notifies nobody.
    """
    phrases = _PHRASES[language]
    ended = signalement.state is State.CLOSED
    reference = signalement.reference
    link = escape(link_to_room(signalement.room_id, setting.server_name))
    about = [Words(each, escape(each)) for each in _about(signalement, setting, phrases)]
    parts = [
        *([Words(phrases.danger, f"<strong>{phrases.danger}</strong>")] if signalement.in_danger and not ended else []),
        Words(reference, reference if ended else f'<a href="{link}">{escape(reference)}</a>'),
        *about,
        *_standing(signalement, setting, language),
    ]
    plain = " · ".join(part.plain for part in parts)
    if not ended:
        plain += f"\n{link_to_room(signalement.room_id, setting.server_name)}"
    return Words(plain, " · ".join(part.html for part in parts))


def summary(signalement: Signalement, zone: tzinfo, language: Language) -> str:
    """One of a list, as `marked` takes it: without a link, and without agents."""
    phrases = _PHRASES[language]
    danger = [f"**{phrases.danger}**"] if signalement.in_danger else []
    setting = Setting("", zone)
    waits = phrases.waiting.format(_hour(signalement.opened_at, zone))
    ending = [waits] if signalement.state is State.WAITING else []
    return " · ".join([*danger, f"**{signalement.reference}**", *_about(signalement, setting, phrases), *ending])


def link_to_room(room: RoomId, server_name: str) -> str:
    return f"{_link(room)}?via={quote(server_name, safe='')}"


def _about(signalement: Signalement, setting: Setting, phrases: _Phrases) -> list[str]:
    about = [phrases.roles[signalement.role]]
    if signalement.department is not None:
        name = f" ({setting.department})" if setting.department else ""
        about.append(phrases.department.format(signalement.department) + name)
    return about


def _standing(signalement: Signalement, setting: Setting, language: Language) -> list[Words]:
    phrases = _PHRASES[language]
    match signalement.state:
        case State.CLOSED:
            at = _hour(signalement.closed_at or signalement.opened_at, setting.zone)
            outcome = f" : {outcome_name(signalement.outcome, language)}" if signalement.outcome else ""
            return [_same(phrases.closed.format(at) + outcome)]
        case State.CLAIMED if signalement.agent_mxid is not None:
            handed_over = signalement.interruption is Interruption.HANDED_OVER
            phrase = phrases.handed_over if handed_over else phrases.claimed
            standing = [_with_people(phrase, [signalement.agent_mxid])]
            if signalement.listeners:
                standing.append(_with_people(phrases.listening, signalement.listeners))
            return [*standing, *_oriented(setting, phrases)]
    return [_same(_waits(signalement, setting, phrases)), *_oriented(setting, phrases)]


def _oriented(setting: Setting, phrases: _Phrases) -> list[Words]:
    """Said of one that waits again, too: whoever takes it is to know."""
    return [_same(phrases.oriented.format(setting.oriented_to))] if setting.oriented_to is not None else []


def _waits(signalement: Signalement, setting: Setting, phrases: _Phrases) -> str:
    since, opened = signalement.at_desk_since, signalement.opened_at
    again = signalement.interruption is not None
    phrase = phrases.waiting_again[signalement.interruption] if again else phrases.waiting
    return phrase.format(_hour(since if again and since is not None else opened, setting.zone))


def _with_people(phrase: str, people: tuple[UserId, ...] | list[UserId]) -> Words:
    pills = ", ".join(f'<a href="{_link(each)}">{escape(each)}</a>' for each in people)
    return Words(phrase.format(", ".join(people)), escape(phrase).format(pills))


def _same(text: str) -> Words:
    return Words(text, escape(text))


def _hour(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def _link(target: RoomId | UserId) -> str:
    """Element opens these itself, without any request to matrix.to (specification, appendix "matrix.to navigation")."""
    return f"https://matrix.to/#/{quote(target, safe='!@:')}"
