"""What the bot does unasked: alarms at once, a checkpoint a day, a report a week. Nothing twice, whatever crashes.

Whatever somebody does to the record or to the bot's own files is an alarm, and stops nothing else.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Any

from appservice.desk.keepsake import Keepsake
from appservice.domain.audit.chain import Head
from appservice.domain.audit.values import Code, Pseudonym
from appservice.domain.audit.verification import Fault, Flaw
from appservice.domain.errors import HomeserverError, InvalidInput, Unreadable
from appservice.ports import Clock
from policies.compliance_bot.answering import Answering, Notes
from policies.compliance_bot.answers import Answer, Answers
from policies.compliance_bot.following import Following
from policies.compliance_bot.periods import ZONE, week_before
from policies.compliance_bot.presenting import alarm
from policies.compliance_bot.questions import Language
from policies.compliance_bot.record import Record
from policies.compliance_bot.rules import CHECKPOINTS_DAMAGED, RECORD_BROKEN, RECORD_UNREADABLE, Breach, Watch
from policies.compliance_bot.service import ServiceUnavailable
from policies.compliance_bot.tables import code, paragraph, together
from policies.compliance_bot.wording import WORDINGS, flaw

_LOG = logging.getLogger(__name__)
_LOOK_EVERY = timedelta(seconds=2)
_AT_A_TIME = 2_000
_IN_ONE_MESSAGE = 20
_REPORT_AT = time(8)
_AWAY_FOR = timedelta(minutes=1)
"""A database that is not read for less than this may have been restarted."""


@dataclass(slots=True)
class _Kept:
    """What a restart must not forget. `told`: breaches that last; `faults`: of the record, which never end."""

    last: Head = Head(0, "")
    told: list[tuple[Code, Pseudonym]] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    """Each with when it was found."""

    def written(self) -> dict[str, Any]:
        return {"last": list(self.last), "told": [list(pair) for pair in self.told], "faults": dict(self.faults)}

    @classmethod
    def read(cls, kept: Any) -> "_Kept":
        if not isinstance(kept, dict):
            return cls()
        told = [(Code(rule), Pseudonym(whose)) for rule, whose in kept["told"]]
        if "last" not in kept:  # by the bot that did not look for changes
            return cls(Head(kept["sequence"], ""), told)
        return cls(Head(*kept["last"]), told, kept["faults"])


class Watching:
    def __init__(
        self,
        record: Record,
        watch: Watch,
        answers: Answers,
        answering: Answering,
        notes: Notes,
        keepsake: Keepsake,
        clock: Clock,
        *,
        horizon: timedelta,
        checkpoint_every: timedelta,
        language: Language = "fr",
    ) -> None:
        """`horizon`: how far back a signalement can have been opened that is not purged."""
        self._record = record
        self._following = Following(record)
        self._watch = watch
        self._answers = answers
        self._answering = answering
        self._notes = notes
        self._keepsake = keepsake
        self._clock = clock
        self._horizon = horizon
        self._checkpoint_every = checkpoint_every
        self._language: Language = language
        self._kept = _Kept()
        self._written: dict[str, Any] = {}
        self.caught_up = asyncio.Event()
        self._report: tuple[str, Answer] | None = None
        self._sign_at: datetime | None = None
        self._unreadable_since: datetime | None = None
        # Breaches not told yet.
        self._untold: list[Breach] = []

    async def catch_up(self) -> None:
        """Learns, from the record, which signalements there are, and what was told before the last stop.

        Raises `Unreadable` if the record cannot be read at all: to be called again.
        """
        found_before = self._kept.faults  # by an attempt that came to no end
        self._kept = kept = _Kept.read(self._kept_in("watch.json"))
        kept.faults.update(found_before)
        for explanation, since in kept.faults.items():
            self._watch.stand(Breach(RECORD_BROKEN, None, datetime.fromisoformat(since), explanation))
        self._following, untold = Following(self._record), []
        if kept.last.hash and (fault := await self._following.was_changed(kept.last)) is not None:
            self._found([fault])
        await self._following.begin(self._clock.now() - self._horizon)
        while (news := await self._following.news(_AT_A_TIME)).read:
            self._found(news.faults)
            fresh = [entry for entry in news.entries if entry.sequence > kept.last.sequence]
            self._watch.feed(news.entries[: len(news.entries) - len(fresh)])
            untold += self._watch.feed(fresh)
        self._watch.told_before(kept.told)
        self._untold += untold
        self.caught_up.set()

    def _kept_in(self, file: str) -> Any:
        """None also if somebody damaged it."""
        try:
            return self._keepsake.read(file)
        except ValueError:
            _LOG.error("%s is damaged", file)
            return None

    async def run(self) -> None:
        never = asyncio.Event()
        while True:
            try:
                await self.look()
            except (HomeserverError, ServiceUnavailable) as reason:
                _LOG.warning("What the auditors are to know waits: %s", reason)
            try:
                async with asyncio.timeout(_LOOK_EVERY.total_seconds()):
                    await never.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """One look at the record and the clock; what could not be said is said by the next."""
        now = self._clock.now()
        try:
            await self._read(now)
        except Unreadable as reason:
            self._cannot_read(reason, now)
        await self._raise_alarms()
        if self._unreadable_since is not None:
            return
        try:
            await self._sign_if_due(now)
            await self._report_if_due(now)
        except Unreadable as reason:
            self._cannot_read(reason, now)
        await self._raise_alarms()

    async def _read(self, now: datetime) -> None:
        if not self.caught_up.is_set():
            await self.catch_up()
        news = await self._following.news(_AT_A_TIME)
        self._found(news.faults)
        self._untold += [*self._watch.feed(news.entries), *self._watch.news(now)]
        self._unreadable_since = None
        self._lift(RECORD_UNREADABLE, now)

    def _cannot_read(self, reason: Unreadable, now: datetime) -> None:
        _LOG.warning("The record is not read: %s", reason)
        self._unreadable_since = self._unreadable_since or now
        if now - self._unreadable_since >= _AWAY_FOR:
            self._stand(Breach(RECORD_UNREADABLE, None, self._unreadable_since, str(reason)))

    def _found(self, faults: Sequence[Fault]) -> None:
        """Each is told once, and stands for good: a record that was edited is not made whole again."""
        for fault in faults:
            explanation = flaw(fault, self._language)
            if explanation not in self._kept.faults:
                breach = Breach(RECORD_BROKEN, None, self._clock.now(), explanation)
                self._kept.faults[explanation] = breach.since.isoformat()
                self._watch.stand(breach)
                self._untold.append(breach)

    def _stand(self, breach: Breach) -> None:
        if breach.rule not in {standing.rule for standing in self._watch.breaches(breach.since)}:
            self._watch.stand(breach)
            self._untold.append(breach)

    def _lift(self, rule: Code, now: datetime) -> None:
        if self._watch.lift(rule):
            self._untold.append(Breach(rule, None, now, over=True))

    async def _raise_alarms(self) -> None:
        while self._untold:
            some = self._untold[:_IN_ONE_MESSAGE]
            words = together(*(alarm(breach, self._language) for breach in some))
            await self._answering.tell(Answer(words), f"alarm-{sha256(words.plain.encode()).hexdigest()[:32]}")
            del self._untold[: len(some)]
        if not self.caught_up.is_set():
            return
        # Only now: after a crash, what was not told is found again.
        self._kept.last, self._kept.told = self._following.last, self._watch.told
        if self._written != (kept := self._kept.written()):
            self._keepsake.write("watch.json", kept)
            self._written = kept

    async def _sign_if_due(self, now: datetime) -> None:
        # What was signed and could not be said comes first, in the same words.
        if (signed := self._kept_in("checkpoint.json")) is not None:
            await self._post(signed)
            return
        if self._sign_at is not None and now < self._sign_at:
            return
        # Read, and each signature verified, only when it may be time: an auditor may have asked for one meanwhile.
        try:
            posted = self._answers.last_posted()
        except InvalidInput as reason:
            self._stand(Breach(CHECKPOINTS_DAMAGED, None, now, str(reason)))
            posted = None
        else:
            self._lift(CHECKPOINTS_DAMAGED, now)
        if posted is not None and now < posted.at + self._checkpoint_every:
            self._sign_at = posted.at + self._checkpoint_every
            return
        self._sign_at = now + self._checkpoint_every
        if await self._is_whole():
            line, covered = await self._answers.sign(now)
            signed = {"line": line, "covered": covered, "name": f"{now:%Y%m%dT%H%M%S}"}
            self._keepsake.write("checkpoint.json", signed)
            await self._post(signed)

    async def _is_whole(self) -> bool:
        """Nothing is signed that was edited: the whole record is verified before."""
        fault = (await self._answers.verified()).fault
        if fault is not None and fault.flaw is Flaw.UNREADABLE:
            await self._record.head()  # raises `Unreadable` while the database is away
            fault = (await self._answers.verified()).fault
        if fault is not None:
            self._found([fault])
        return fault is None

    async def _post(self, signed: dict[str, Any]) -> None:
        words = together(paragraph(WORDINGS[self._language].checkpoint), code(signed["line"]))
        await self._answering.tell(Answer(words), f"checkpoint-{signed['covered']}-{signed['name']}")
        await self._notes.posted(signed["covered"])
        self._keepsake.write("checkpoint.json", None)

    async def _report_if_due(self, now: datetime) -> None:
        period = week_before(now)
        due = datetime.combine(period.until.astimezone(ZONE).date(), _REPORT_AT, ZONE)
        name = f"{period.since.astimezone(ZONE):%Y-%m-%d}"
        if now < due or self._kept_in("report.json") == name:
            return
        if self._report is None or self._report[0] != name:
            verified = await self._answers.verified()
            self._report = name, await self._answers.report(period, now, self._language, verified)
        await self._answering.tell(self._report[1], f"report-{name}")
        self._keepsake.write("report.json", name)
        self._report = None
