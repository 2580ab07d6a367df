"""The board in words: counts and times by desk, and nothing about anybody. Beside it, references to act on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

from appservice.desk.commands.command import Language
from appservice.desk.console.marked import listed, marked
from appservice.desk.words import Words, summary
from appservice.domain.board import Alarm, AlarmKind, Row
from appservice.domain.desk import Desk
from appservice.domain.signalement import Signalement, State

_LISTED = 20
_CALLED = 5


def board(rows: Sequence[Row], alarms: Sequence[Alarm], at: datetime, zone: tzinfo) -> Words:
    """One line a desk. `at` is when it was last looked at."""
    alarmed = {alarm.desk_id for alarm in alarms}
    waiting, active = sum(row.load.waiting for row in rows), sum(row.load.active for row in rows)
    title = f"**Situation à {_hour(at, zone)}** · {waiting} en attente · {active} en cours"
    return marked(listed(title, [_line(row, row.desk.desk_id in alarmed, zone) for row in rows]))


def _line(row: Row, alarmed: bool, zone: tzinfo) -> str:
    load = row.load
    since = f" depuis {_hour(load.waiting_since, zone)}" if load.waiting_since is not None else ""
    danger = f", dont **{load.in_danger} EN DANGER**" if load.in_danger else ""
    off = "" if row.on_duty else " · hors horaires"
    return (
        f"{'🔴 ' if alarmed else ''}**{name_of(row.desk)}** : {load.waiting} en attente{since}{danger}"
        f" · {load.active} en cours · {_agents(row.available)}{off}"
    )


def alarm(raised: Alarm, desk: Desk, waiting: Sequence[Signalement], zone: tzinfo) -> Words:
    """Said once, with a mention of every leader; it says what can be done, and for whom. `waiting` is the desk's queue,
    the most urgent first."""
    name, since = name_of(desk), _hour(raised.since, zone)
    said = {
        AlarmKind.DANGER_WAITS: f"une personne EN DANGER attend depuis {since}",
        AlarmKind.NOBODY_THERE: f"quelqu'un attend depuis {since}, et personne n'est disponible",
        AlarmKind.WAITS_LONG: f"quelqu'un attend depuis {since}",
    }[raised.kind]
    meant = [one for one in waiting if one.in_danger or raised.kind is not AlarmKind.DANGER_WAITS]
    first = meant[0].reference if meant else "REF"
    title = f"🔴 **{name}** : {said}. `réattribuer {first} à AGENT ou GUICHET` confie la conversation."
    return marked(listed(title, _who_waits(meant, _CALLED, zone, "fr")))


def conversations(desks: Sequence[Desk], active: Sequence[Signalement], zone: tzinfo, language: Language) -> Words:
    """By desk, who waits, the most urgent first, and what is taken, with by whom."""
    parts = []
    for desk in desks:
        at_desk = [one for one in active if one.desk_id == desk.desk_id]
        lines = _who_waits([one for one in at_desk if one.state is State.WAITING], _LISTED, zone, language)
        if taken := [_who_has(one, desk) for one in at_desk if one.state is State.CLAIMED]:
            lines.append(f"{'en cours' if language == 'fr' else 'taken'} : {', '.join(taken)}")
        if lines:
            parts.append(listed(f"**{name_of(desk)}**", lines))
    nothing = (
        "Personne n'attend, et rien n'est en cours." if language == "fr" else "Nobody waits, and nothing is taken."
    )
    return marked("\n".join(parts) or nothing)


def _who_waits(waiting: Sequence[Signalement], at_most: int, zone: tzinfo, language: Language) -> list[str]:
    """What a leader needs to choose: from where somebody writes is for the desk alone."""
    lines = [summary(replace(one, department=None), zone, language) for one in waiting[:at_most]]
    if further := len(waiting) - len(lines):
        lines.append(f"… et {further} de plus" if language == "fr" else f"… and {further} more")
    return lines


def _who_has(taken: Signalement, desk: Desk) -> str:
    agent = taken.agent_mxid
    return f"{taken.reference} ({desk.name_of(agent)})" if agent in desk.agents else taken.reference


def over(desk: Desk) -> Words:
    """What an alarm becomes once its cause is gone."""
    return marked(f"🟢 {name_of(desk)} : l'alerte est levée.")


def replaced() -> Words:
    """What an earlier board becomes."""
    return marked("Tableau remplacé : voir plus bas.")


def name_of(desk: Desk) -> str:
    return " ".join(desk.name.replace("`", "'").replace("*", " ").split())


def _agents(count: int) -> str:
    if count == 0:
        return "**aucun agent disponible**"
    return "1 agent disponible" if count == 1 else f"{count} agents disponibles"


def _hour(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"
