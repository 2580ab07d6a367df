"""The board and its alarms in words: counts and times by desk, and nothing about anybody."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from appservice.desk.console.marked import listed, marked
from appservice.desk.words import Words
from appservice.domain.board import Alarm, AlarmKind, Row
from appservice.domain.desk import Desk


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


def alarm(raised: Alarm, desk: Desk, zone: tzinfo) -> Words:
    """Said once, with a mention of every leader; it says what can be done."""
    name, since = name_of(desk), _hour(raised.since, zone)
    said = {
        AlarmKind.DANGER_WAITS: f"une personne EN DANGER attend depuis {since}",
        AlarmKind.NOBODY_THERE: f"quelqu'un attend depuis {since}, et personne n'est disponible",
        AlarmKind.WAITS_LONG: f"quelqu'un attend depuis {since}",
    }[raised.kind]
    return marked(f"🔴 **{name}** : {said}. `réattribuer REF à AGENT ou GUICHET` confie la conversation.")


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
