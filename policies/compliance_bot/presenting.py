"""How the bot shows what it read: times, durations, lists of entries and of breaches, in the words of a language."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median, quantiles

from appservice.desk.words import Words
from appservice.domain.audit.chain import AuditEntry
from appservice.domain.audit.events import PurgeReported
from appservice.domain.erasure import Step
from policies.compliance_bot.periods import ZONE, Period
from policies.compliance_bot.questions import Language
from policies.compliance_bot.record import DeskWaits, Waits
from policies.compliance_bot.rules import Breach
from policies.compliance_bot.tables import paragraph, table, together
from policies.compliance_bot.wording import WORDINGS, Wording

SHOWN = 40
"""Rows of a list; an export has all of them."""


def alarm(breach: Breach, language: Language) -> Words:
    """Of a breach, or of its end."""
    told = (breach.rule, breach.signalement, moment(breach.since), breach.detail)
    wording = WORDINGS[language]
    sentence = wording.restored if breach.over else wording.alarm
    return paragraph(sentence.format(" · ".join(each for each in told if each)))


def waiting_times(waits: Waits, period: Period, wording: Wording) -> Words:
    title = paragraph(wording.times.format(period))
    if not waits.by_desk:
        return together(title, paragraph(wording.none))
    rows = [_waiting_in(desk, some) for desk, some in sorted(waits.by_desk.items())]
    headings = (wording.desk, wording.number, wording.median, wording.nine_of_ten, wording.unanswered)
    return together(title, table(headings, rows))


def _waiting_in(desk: str, waits: DeskWaits) -> tuple[str, int, str, str, int]:
    taken = waits.milliseconds
    middle = median(taken) if taken else None
    nine = quantiles(taken, n=10, method="inclusive")[-1] if len(taken) > 1 else middle
    return desk, len(waits), _waited(middle), _waited(nine), waits.unanswered


def _waited(milliseconds: float | None) -> str:
    return "–" if milliseconds is None else duration(timedelta(milliseconds=milliseconds))


def breaches_listed(breaches: Sequence[Breach], wording: Wording) -> Words:
    if not breaches:
        return paragraph(wording.no_breach)
    rows = [(breach.rule, breach.signalement or "", moment(breach.since)) for breach in breaches[:SHOWN]]
    return together(
        paragraph(wording.breaches.format(len(breaches))),
        table((wording.rule, wording.signalement, wording.since), rows),
        *more_than_shown(len(breaches), wording),
    )


def entries_listed(entries: Sequence[AuditEntry], wording: Wording) -> Words:
    if not entries:
        return paragraph(wording.none)
    rows = [(moment(entry.at), str(entry.actor), entry.event.kind, _details(entry)) for entry in entries[:SHOWN]]
    return together(
        table((wording.when, wording.who, wording.what, wording.detail), rows), *more_than_shown(len(entries), wording)
    )


def _details(entry: AuditEntry) -> str:
    event = entry.event
    values = ((name, codec.write(getattr(event, name))) for name, codec in event.schema)
    return ", ".join(f"{name}: {value}" for name, value in values if value not in (None, [], {}))


def more_than_shown(count: int, wording: Wording) -> Iterable[Words]:
    return [paragraph(wording.more.format(count - SHOWN))] if count > SHOWN else []


def took_until(report: PurgeReported, step: Step) -> timedelta:
    """From the order to the end of a step."""
    return timedelta(milliseconds=sum(took for each, took in report.durations if each <= step))


def duration(duration: timedelta) -> str:
    seconds = duration.total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"


def moment(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
