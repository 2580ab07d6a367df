"""Questions to answers. Whatever is answered stands in the record, or is counted from it."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from appservice.audit_port import Selection
from appservice.desk.words import Words
from appservice.domain.audit.chain import AuditEntry, Head
from appservice.domain.audit.checkpoint import Checkpoint
from appservice.domain.audit.events import (
    AgentSilent,
    Alarm,
    Claimed,
    Closed,
    ErasureOrdered,
    HandedOver,
    JoinRefused,
    ListenerJoined,
    ListenerLeft,
    PolicyViolation,
    PurgeReported,
    Reassigned,
    Released,
)
from appservice.domain.audit.values import FORMS, Pseudonym
from appservice.domain.erasure import Step
from appservice.domain.errors import InvalidInput
from appservice.store.audit_verification import Verified
from policies.compliance_bot.charts import chart
from policies.compliance_bot.exporting import EXPORTED_AT_MOST, files_of, lines_of
from policies.compliance_bot.periods import ZONE, Period, last_days, week_before
from policies.compliance_bot.presenting import (
    SHOWN,
    breaches_listed,
    duration,
    entries_listed,
    moment,
    more_than_shown,
    took_until,
    waiting_times,
)
from policies.compliance_bot.questions import Language, Question, Topic
from policies.compliance_bot.record import Record
from policies.compliance_bot.rules import RECORD_BROKEN, Watch
from policies.compliance_bot.service import Grave
from policies.compliance_bot.tables import code, heading, paragraph, table, together
from policies.compliance_bot.wording import EXPLANATIONS, WORDINGS, Wording, flaw

_ROOM_HASH = re.compile(r"[0-9a-f]{64}")
_REFERENCE = re.compile(r"[A-Z0-9]{4}-?[0-9]{2}")
_ACCESS = (
    Claimed,
    Released,
    AgentSilent,
    HandedOver,
    Reassigned,
    ListenerJoined,
    ListenerLeft,
    JoinRefused,
    Closed,
    ErasureOrdered,
)
"""Where somebody comes in, goes out or is kept out. With the order to erase, everybody is out."""


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    mimetype: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """`covered`: the last entry of a checkpoint that it has in it."""

    words: Words
    attachments: tuple[Attachment, ...] = ()
    covered: int | None = None


class Names(Protocol):
    """How the record calls what an auditor names. Raises `InvalidInput` for what the service does not know."""

    async def of_signalement(self, reference: str) -> Pseudonym: ...

    async def tombstone(self, room_hash: str) -> Grave: ...

    async def of_person(self, user_id: str) -> Sequence[Pseudonym]:
        """One for each year that is not forgotten."""


class Checkpoints(Protocol):
    """The checkpoints that the bot has signed."""

    def posted(self) -> list[Checkpoint]:
        """The oldest first. Raises `InvalidInput` if one was changed."""

    def sign(self, head: Head, at: datetime) -> str:
        """The line; it is among those posted from now on."""


class Answers:
    def __init__(self, record: Record, names: Names, checkpoints: Checkpoints, watch: Watch) -> None:
        self._record = record
        self._names = names
        self._checkpoints = checkpoints
        self._watch = watch
        self._by_topic: dict[Topic, Callable[[Question, datetime], Awaitable[Words | Answer]]] = {
            Topic.STATUS: self._status,
            Topic.VERIFY: self._verified,
            Topic.LIFE: self._life,
            Topic.PURGES: self._purges,
            Topic.TIMES: self._times,
            Topic.VIOLATIONS: self._violations,
            Topic.ACCESS: self._access,
            Topic.MEMBERS: self._members,
            Topic.DUE: self._due,
            Topic.EXPORT: self._export,
            Topic.REPORT: self._last_report,
            Topic.CHECKPOINT: self._checkpoint,
            Topic.HELP: self._help,
        }

    async def to(self, question: Question, now: datetime) -> Answer:
        """Raises `InvalidInput` with a sentence in the question's language."""
        answered = await self._by_topic[question.topic](question, now)
        return answered if isinstance(answered, Answer) else Answer(answered)

    async def _status(self, question: Question, now: datetime) -> Words:
        wording = WORDINGS[question.language]
        lives = self._watch.lives.values()
        erasing = sum(life.ordered_at is not None for life in lives)
        waiting = sum(life.waiting_since is not None for life in lives)
        try:
            last, damage = self.last_posted(), None
        except InvalidInput as error:
            last, damage = None, error
        return together(
            paragraph(wording.entries.format((await self._record.head()).sequence)),
            paragraph(wording.open_ones.format(len(lives), waiting, len(lives) - waiting - erasing, erasing)),
            breaches_listed(self._watch.breaches(now), wording),
            paragraph(
                wording.checkpoints_damaged.format(damage)
                if damage
                else wording.last_checkpoint.format(last.head.sequence, moment(last.at))
                if last
                else wording.no_checkpoint
            ),
        )

    async def _verified(self, question: Question, _: datetime) -> Words:
        return _verdict(await self.verified(), question.language)

    async def verified(self) -> Verified:
        """The whole chain, and against every checkpoint that the bot has signed, unless they are damaged."""
        try:
            posted = self._checkpoints.posted()
        except InvalidInput:
            posted = []
        return await self._record.verified(posted)

    async def _life(self, question: Question, _: datetime) -> Words:
        wording = WORDINGS[question.language]
        if _ROOM_HASH.fullmatch(question.about.lower()):
            try:
                grave = await self._names.tombstone(question.about.lower())
            except InvalidInput:
                raise InvalidInput(wording.unknown_tombstone) from None
            return paragraph(wording.tombstone.format(grave.purged_on, grave.cause, grave.left))
        signalement, entries = await self._entries_of(question.about, wording)
        return together(paragraph(wording.life.format(signalement)), entries_listed(entries, wording))

    async def _access(self, question: Question, now: datetime) -> Words:
        about, wording = question.about, WORDINGS[question.language]
        if about.startswith("@"):
            return await self._acts_of(about, question.period or last_days(now), wording)
        signalement, entries = await self._entries_of(about, wording)
        seen = [entry for entry in entries if isinstance(entry.event, _ACCESS) and _within(question.period, entry)]
        return together(paragraph(wording.access_hint.format(signalement)), entries_listed(seen, wording))

    async def _acts_of(self, user_id: str, period: Period, wording: Wording) -> Words:
        """Of an agent or an auditor, under all the names that the years of the period may have given them."""
        try:
            names = await self._names.of_person(user_id)
        except InvalidInput:
            raise InvalidInput(wording.unknown_person) from None
        acts = await self._record.acts_of(names, period, SHOWN)
        if not acts and not await self._record.knows(names):
            raise InvalidInput(wording.unknown_person)
        return together(paragraph(wording.access.format(" · ".join(names), period)), entries_listed(acts, wording))

    async def _entries_of(self, about: str, wording: Wording) -> tuple[Pseudonym, Sequence[AuditEntry]]:
        """Raises `InvalidInput` if the record knows nothing under this name."""
        name = about.strip()
        if _REFERENCE.fullmatch(name.upper()):
            try:
                signalement = await self._names.of_signalement(name.upper())
            except InvalidInput:
                raise InvalidInput(wording.unknown_signalement) from None
        else:
            signalement = Pseudonym(name.lower())
        entries = await self._record.life(signalement) if FORMS[Pseudonym].fullmatch(signalement) else []
        if not entries:
            raise InvalidInput(wording.unknown_signalement)
        return signalement, entries

    async def _purges(self, question: Question, now: datetime) -> Words:
        period, wording = question.period or last_days(now), WORDINGS[question.language]
        rows = [
            (
                moment(entry.at),
                entry.signalement or "",
                entry.event.cause.value,
                entry.event.left_over,
                duration(took_until(entry.event, Step.DESTROY)),
                duration(took_until(entry.event, Step.SWEEP)),
            )
            for entry in await self._record.last(PurgeReported.kind, SHOWN, period)
            if isinstance(entry.event, PurgeReported)
        ]
        headings = (wording.when, wording.pseudonym, wording.cause, wording.left, wording.to_silence, wording.took)
        in_short, count = await self._purges_in_short(period, wording)
        return together(in_short, *([table(headings, rows)] if rows else []), *more_than_shown(count, wording))

    async def _purges_in_short(self, period: Period, wording: Wording) -> tuple[Words, int]:
        """How many there were, and whether anything was left after one."""
        count = await self._record.count(PurgeReported.kind, period)
        unclean = await self._record.unclean_purges(period)
        verdict = wording.purges_unclean.format(unclean) if unclean else wording.purges_clean
        return together(
            paragraph(wording.purges.format(period, count)), paragraph(verdict if count else wording.none)
        ), count

    async def _times(self, question: Question, now: datetime) -> Words:
        period = question.period or last_days(now)
        return waiting_times(await self._record.waits(period), period, WORDINGS[question.language])

    async def _violations(self, question: Question, now: datetime) -> Words:
        return await self._refused_in(question.period or last_days(now), WORDINGS[question.language])

    async def _refused_in(self, period: Period, wording: Wording) -> Words:
        parts = [paragraph(wording.violations.format(period))]
        refused: Counter[str] = Counter()
        selection = Selection(period.since, period.until, (PolicyViolation, Alarm))
        async for entries in self._record.entries(selection):
            for entry in entries:
                match entry.event:
                    case PolicyViolation(rule=rule, count=count):
                        refused[rule] += count
                    case Alarm(code=alarm):
                        refused[alarm] += 1
        if not refused:
            return together(*parts, paragraph(wording.none))
        return together(*parts, table((wording.rule, wording.number), refused.most_common()))

    async def _members(self, question: Question, now: datetime) -> Words:
        desk, at, wording = question.about.lower(), question.at or now, WORDINGS[question.language]
        desks = await self._record.desks()
        if desk not in desks:
            raise InvalidInput(wording.unknown_desk.format(desk, ", ".join(desks) or "–"))
        members = await self._record.members(desk, at)
        day = at.astimezone(ZONE)
        parts = [paragraph(wording.members.format(desk, f"{day:%Y-%m-%d %H:%M}", len(members)))]
        if members:
            parts.append(table((wording.pseudonym,), [(member,) for member in members]))
        return together(*parts)

    async def _due(self, question: Question, _: datetime) -> Words:
        wording = WORDINGS[question.language]
        lives = sorted(self._watch.lives.items(), key=lambda pair: pair[1].opened_at)
        rows = [
            (
                signalement,
                life.state.value,
                moment(life.opened_at),
                moment(self._watch.due(life)),
            )
            for signalement, life in lives[:SHOWN]
        ]
        if not rows:
            return paragraph(wording.none)
        return together(
            paragraph(wording.due),
            table((wording.signalement, wording.state, wording.since, wording.due_at), rows),
            *more_than_shown(len(lives), wording),
        )

    async def _export(self, question: Question, now: datetime) -> Answer:
        period, form, wording = question.period or last_days(now), question.form, WORDINGS[question.language]
        lines: list[str] = []
        async for entries in self._record.entries(Selection(period.since, period.until)):
            if len(lines) + len(entries) > EXPORTED_AT_MOST:
                raise InvalidInput(wording.too_many.format(EXPORTED_AT_MOST))
            lines += lines_of(entries, form)
        attachments = tuple(
            Attachment(name, mimetype, content)
            for name, mimetype, content in files_of(lines, form, f"{period.since.astimezone(ZONE):%Y-%m-%d}")
        )
        return Answer(paragraph(wording.exported.format(len(lines), period)), attachments)

    async def _last_report(self, question: Question, now: datetime) -> Answer:
        return await self.report(question.period or week_before(now), now, question.language)

    async def report(
        self, period: Period, now: datetime, language: Language, verified: Verified | None = None
    ) -> Answer:
        """Of a week: what happened, how long people waited, what was refused, with a picture; and the verdict on the
        whole record, if there is one.
        """
        wording = WORDINGS[language]
        waits = await self._record.waits(period)
        counts = await self._record.counts(period)
        words = together(
            heading(wording.report.format(period)),
            table((wording.what, wording.count), sorted(counts.items())) if counts else paragraph(wording.none),
            waiting_times(waits, period, wording),
            (await self._purges_in_short(period, wording))[0],
            await self._refused_in(period, wording),
            breaches_listed(self._watch.breaches(now), wording),
            *([_verdict(verified, language)] if verified is not None else []),
        )
        picture = chart(waits, period, wording)
        name = f"{period.since.astimezone(ZONE):%Y-%m-%d}.png"
        return Answer(words, (Attachment(name, "image/png", picture),))

    def last_posted(self) -> Checkpoint | None:
        posted = self._checkpoints.posted()
        return posted[-1] if posted else None

    async def _checkpoint(self, question: Question, now: datetime) -> Answer:
        wording = WORDINGS[question.language]
        for breach in self._watch.breaches(now):
            if breach.rule == RECORD_BROKEN:
                return Answer(paragraph(wording.broken.format(breach.detail)))
        line, covered = await self.sign(now)
        return Answer(together(paragraph(wording.checkpoint), code(line)), covered=covered)

    async def sign(self, now: datetime) -> tuple[str, int]:
        """Signs for what the record is now: the checkpoint's line, and the last entry that it covers."""
        head = await self._record.head()
        return self._checkpoints.sign(head, now), head.sequence

    async def _help(self, question: Question, _: datetime) -> Words:
        wording = WORDINGS[question.language]
        return together(paragraph(wording.help), table((wording.what, wording.detail), EXPLANATIONS[question.language]))


def _within(period: Period | None, entry: AuditEntry) -> bool:
    return period is None or period.since <= entry.at < period.until


def _verdict(verified: Verified, language: Language) -> Words:
    wording = WORDINGS[language]
    if verified.fault is not None:
        return paragraph(wording.broken.format(flaw(verified.fault, language)))
    sentence = wording.in_order if verified.checkpoints else wording.in_order_alone
    return paragraph(sentence.format(verified.entries, verified.checkpoints))
