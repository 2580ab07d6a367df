"""What the desk bot says, in French and English: pure functions from a signalement to words."""

from dataclasses import dataclass
from datetime import tzinfo
from html import escape
from typing import Literal
from urllib.parse import quote

from appservice.domain.ids import RoomId, UserId
from appservice.domain.signalement import Role, Signalement

Language = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class Words:
    """A message in both forms that Matrix carries: plain text, and HTML that says the same."""

    plain: str
    html: str


@dataclass(frozen=True, slots=True)
class _Phrases:
    """One language's part of the announcements."""

    roles: dict[Role, str]
    department: str
    danger: str
    waiting: str
    claimed: str


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
        claimed="pris en charge par {}",
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
        claimed="taken by {}",
    ),
}


def announcement(
    signalement: Signalement,
    *,
    server_name: str,
    zone: tzinfo,
    language: Language = "fr",
    department: str | None = None,
) -> Words:
    """Tells agents that somebody waits: danger first, the reference as a link to the room, since when in `zone`."""
    phrases = _PHRASES[language]
    since = phrases.waiting.format(f"{signalement.opened_at.astimezone(zone):%H:%M}")
    return _line(signalement, server_name, phrases, department, Words(since, since))


def claimed(
    signalement: Signalement, *, server_name: str, language: Language = "fr", department: str | None = None
) -> Words:
    """What the announcement becomes once `signalement.agent_mxid`, which must be set, has taken it.

    The agent is named by Matrix id: Element shows it as a pill with the display name, and notifies nobody.
    """
    if signalement.agent_mxid is None:
        raise ValueError("nobody has claimed this signalement")
    phrases = _PHRASES[language]
    agent = signalement.agent_mxid
    plain = phrases.claimed.format(agent)
    html = phrases.claimed.format(f'<a href="{_link(agent)}">{escape(agent)}</a>')
    return _line(signalement, server_name, phrases, department, Words(plain, html))


def _line(
    signalement: Signalement, server_name: str, phrases: _Phrases, department: str | None, ending: Words
) -> Words:
    about = [phrases.roles[signalement.role]]
    if department is not None:
        about.append(phrases.department.format(department))
    room = f"{_link(signalement.room_id)}?via={quote(server_name, safe='')}"
    reference = signalement.reference
    plain = [*([phrases.danger] if signalement.in_danger else []), reference, *about, ending.plain]
    html = [
        *([f"<strong>{phrases.danger}</strong>"] if signalement.in_danger else []),
        f'<a href="{escape(room)}">{escape(reference)}</a>',
        *map(escape, about),
        ending.html,
    ]
    return Words(f"{' · '.join(plain)}\n{room}", " · ".join(html))


def _link(target: RoomId | UserId) -> str:
    """Element opens these itself, without any request to matrix.to (specification, appendix "matrix.to navigation")."""
    return f"https://matrix.to/#/{quote(target, safe='!@:')}"
