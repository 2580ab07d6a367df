"""What the bot does unasked: alarms at once, a checkpoint a day, a report a week. Nothing twice, whatever crashes."""

import asyncio
import logging
from datetime import datetime, time, timedelta
from typing import Any

from appservice.audit_port import Selection
from appservice.desk.keepsake import Keepsake
from appservice.domain.audit.values import Code, Pseudonym
from appservice.domain.errors import HomeserverError
from appservice.ports import Clock
from policies.compliance_bot.answering import Answering, Notes
from policies.compliance_bot.answers import Answer, Answers
from policies.compliance_bot.periods import ZONE, week_before
from policies.compliance_bot.presenting import alarm
from policies.compliance_bot.questions import Language
from policies.compliance_bot.record import Record
from policies.compliance_bot.rules import Breach, Watch
from policies.compliance_bot.service import ServiceUnavailable
from policies.compliance_bot.tables import together
from policies.compliance_bot.wording import WORDINGS

_LOG = logging.getLogger(__name__)
_LOOK_EVERY = timedelta(seconds=2)
_AT_A_TIME = 2_000
_IN_ONE_MESSAGE = 20
_REPORT_AT = time(8)
_FILE = "watch.json"


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
        self._watch = watch
        self._answers = answers
        self._answering = answering
        self._notes = notes
        self._keepsake = keepsake
        self._clock = clock
        self._horizon = horizon
        self._checkpoint_every = checkpoint_every
        self._language: Language = language
        self._kept: dict[str, Any] = {}
        self._sign_at: datetime | None = None
        # Breaches not told yet.
        self._untold: list[Breach] = []

    async def catch_up(self) -> None:
        """Learns, from the record, which signalements there are, and what was told before the last stop."""
        self._kept = kept = self._keepsake.read(_FILE) or {"sequence": 0, "told": []}
        since = self._clock.now() - self._horizon
        async for entries in self._record.entries(Selection(since=since)):
            fresh = [entry for entry in entries if entry.sequence > kept["sequence"]]
            self._watch.feed(entries[: len(entries) - len(fresh)])
            self._untold += self._watch.feed(fresh)
        self._watch.told_before((Code(rule), Pseudonym(whose)) for rule, whose in kept["told"])

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
        entries = await self._record.after(self._watch.sequence, _AT_A_TIME)
        self._untold += [*self._watch.feed(entries), *self._watch.news(now)]
        await self._raise_alarms()
        await self._sign_if_due(now)
        await self._report_if_due(now)

    async def _raise_alarms(self) -> None:
        while self._untold:
            some = self._untold[:_IN_ONE_MESSAGE]
            words = together(*(alarm(breach, self._language) for breach in some))
            first = some[0]
            await self._answering.tell(
                Answer(words), f"alarm-{first.rule}-{first.signalement}-{first.since.timestamp():.3f}"
            )
            del self._untold[: len(some)]
        # Only now: after a crash, what was not told is found again.
        kept = {"sequence": self._watch.sequence, "told": [list(pair) for pair in self._watch.told]}
        if kept != self._kept:
            self._keepsake.write(_FILE, kept)
            self._kept = kept

    async def _sign_if_due(self, now: datetime) -> None:
        if self._sign_at is not None and now < self._sign_at:
            return
        # Read, and each signature verified, only when it may be time: an auditor may have asked for one meanwhile.
        posted = self._answers.last_posted()
        if posted is not None:
            self._sign_at = posted.at + self._checkpoint_every
            if now < self._sign_at:
                return
        words = await self._answers.checkpoint(WORDINGS[self._language], now)
        covered = self._answers.last_signed()
        await self._answering.tell(Answer(words), f"checkpoint-{covered}-{now:%Y%m%dT%H%M%S}")
        await self._notes.posted(covered)

    async def _report_if_due(self, now: datetime) -> None:
        period = week_before(now)
        due = datetime.combine(period.until.astimezone(ZONE).date(), _REPORT_AT, ZONE)
        name = f"{period.since.astimezone(ZONE):%Y-%m-%d}"
        if now < due or self._keepsake.read("report.json") == name:
            return
        await self._answering.tell(await self._answers.report(period, now, self._language), f"report-{name}")
        self._keepsake.write("report.json", name)
