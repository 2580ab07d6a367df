"""The audit record of a year: what an append costs, how long verification and the answers of the auditors' bot take.

python -m tests.benchmarks.audit [SIGNALEMENTS]
"""

import asyncio
import json
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from sqlite3 import connect
from tempfile import TemporaryDirectory

from appservice.audit_command import verdict, verify_record
from appservice.domain.audit.chain import START as NO_ENTRY
from appservice.domain.audit.chain import StoredEntry, append
from appservice.domain.audit.checkpoint import Signer, new_secret
from appservice.domain.audit.events import (
    Announced,
    Claimed,
    Closed,
    DeskMemberAdded,
    Event,
    HandedOver,
    Opened,
    PurgeReported,
    PurgeStep,
)
from appservice.domain.audit.pseudonyms import Pseudonyms
from appservice.domain.audit.values import (
    GUEST,
    SERVICE,
    Actor,
    ActorKind,
    Department,
    Pseudonym,
    TableName,
    tally,
)
from appservice.domain.erasure import Step
from appservice.domain.errors import InvalidInput
from appservice.domain.ids import DeskId, SignalementId, UserId
from appservice.domain.signalement import Cause, Outcome, Role
from appservice.store.audit import KeyFiles, SqlAuditLog
from appservice.store.database import Database
from appservice.world import SystemClock, SystemRandomness
from policies.compliance_bot.answers import Answers
from policies.compliance_bot.checkpoints import CheckpointFile
from policies.compliance_bot.following import Following
from policies.compliance_bot.questions import Question, ask
from policies.compliance_bot.record import Record
from policies.compliance_bot.rules import Limits, Watch
from policies.compliance_bot.service import Grave
from tests.fakes.world import START
from tests.unit.factories import a_signalement

RESULTS = Path(__file__).parent / "results" / "audit.json"
APPENDS = 2_000
ROWS_AT_ONCE = 10_000
BETWEEN_ENTRIES = timedelta(days=365) / (100_000 * 12)


def life(number: int, agents: list[Actor]) -> Iterator[tuple[Actor, Event]]:
    """The entries of one signalement, twelve of them."""
    desk, other = DeskId("guyancourt"), DeskId("rennes")
    first, second = agents[number % len(agents)], agents[(number * 7 + 1) % len(agents)]
    yield GUEST, Opened(desk, Department(f"{number % 89 + 1:02}"), Role.VICTIM, in_danger=number % 10 == 0)
    yield SERVICE, Announced(desk)
    yield first, Claimed(desk)
    yield first, HandedOver(desk, first.pseudonym, other, second.pseudonym)
    yield second, Closed(Outcome.INFORMED)
    for step in (Step.SILENCE, Step.KICK, Step.DESTROY, Step.PROBE, Step.PURGE, Step.SWEEP):
        yield SERVICE, PurgeStep(step)
    durations = tally({Step.SILENCE: number % 300, Step.KICK: number % 700, Step.PURGE: number % 5_000})
    yield (
        SERVICE,
        PurgeReported(Cause.GUEST_LEFT, tally({TableName("device_inbox"): 2} if number % 1000 == 0 else {}), durations),
    )


def chain(signalements: int, pseudonyms: Pseudonyms) -> Iterator[StoredEntry]:
    agents = [
        Actor(ActorKind.AGENT, pseudonyms.of_person(UserId(f"@agent{number}:example.org"), START))
        for number in range(200)
    ]
    head, at = NO_ENTRY, START
    for agent in agents:
        entry = append(head, at, SERVICE, DeskMemberAdded(DeskId("guyancourt"), agent.pseudonym or Pseudonym("")))
        head = type(head)(entry.sequence, entry.hash)
        yield entry.stored()
    for number in range(signalements):
        pseudonym = pseudonyms.of_signalement(SignalementId(f"signalement {number}"), START)
        for actor, event in life(number, agents):
            at += BETWEEN_ENTRIES
            entry = append(head, at, actor, event, pseudonym)
            head = type(head)(entry.sequence, entry.hash)
            yield entry.stored()


async def append_takes(url: str, pseudonyms: Pseudonyms) -> list[float]:
    """In ms, each in a transaction of its own, and so with a commit."""
    database = Database(url)
    await database.start()
    log = SqlAuditLog(database, pseudonyms, SystemClock())
    took = []
    for number in range(APPENDS):
        signalement = replace(a_signalement(), signalement_id=SignalementId(f"signalement {number}"))
        before = time.perf_counter()
        await log.append(Claimed(signalement.desk_id), SERVICE, signalement)
        took.append((time.perf_counter() - before) * 1000)
    await database.stop()
    return took


async def append_within_takes(url: str, pseudonyms: Pseudonyms) -> list[float]:
    """In ms, within a transaction that somebody else commits: what an act pays for its entry."""
    database = Database(url)
    await database.start()
    log = SqlAuditLog(database, pseudonyms, SystemClock())
    took = []
    for _ in range(APPENDS):
        async with database.transaction():
            before = time.perf_counter()
            await log.append(Claimed(DeskId("guyancourt")), SERVICE, a_signalement())
            took.append((time.perf_counter() - before) * 1000)
    await database.stop()
    return took


async def fill(path: Path, entries: Iterator[StoredEntry]) -> int:
    """Writes past the log, which would take an hour: what is measured is the reading."""
    database = Database(f"sqlite:///{path}")
    await database.start()
    await database.stop()
    count = 0
    with closing(connect(path)) as connection:
        while rows := list(islice(entries, ROWS_AT_ONCE)):
            connection.executemany("INSERT INTO audit_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            count += len(rows)
        connection.commit()
    return count


class Nobody:
    """Names, where no service runs."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms

    async def of_signalement(self, reference: str) -> Pseudonym:
        raise InvalidInput(reference)

    async def tombstone(self, room_hash: str) -> Grave:
        raise InvalidInput(room_hash)

    async def of_person(self, user_id: str) -> list[Pseudonym]:
        return self._pseudonyms.names_of(UserId(user_id))


async def answers_take(path: Path, pseudonyms: Pseudonyms) -> dict[str, float]:
    """In s, of each command, of the whole year where it has a period; and what the bot needs to start."""
    database = Database(f"sqlite:///{path}", read_only=True)
    await database.start()
    record = Record(database)
    (last,) = await record.after((await record.head()).sequence - 1, 1)
    now = last.at
    took: dict[str, float] = {}
    watch = Watch(Limits())
    checkpoints = CheckpointFile(path.parent / "checkpoints.txt", (Signer(new_secret()),))
    answers = Answers(record, Nobody(pseudonyms), checkpoints, watch)
    before = time.perf_counter()
    following = Following(record)
    await following.begin(now - timedelta(days=70))
    while (news := await following.news(2_000)).read:
        watch.feed(news.entries)
    took["start of the bot, s"] = time.perf_counter() - before
    a_life = pseudonyms.of_signalement(SignalementId("signalement 500"), START)
    for text in (
        "status", f"life {a_life}", "purges 365 d", "times 365 d", "violations 365 d", f"access {a_life}",
        "access @agent7:example.org 365 d", "members guyancourt", "due", "export 7 d",
        "report", "report 365 d", "checkpoint", "help", "access @nobody:example.org",
    ):  # fmt: skip
        question = ask(text, now)
        if not isinstance(question, Question):
            raise SystemExit(f"{text} is no question")
        before = time.perf_counter()
        with suppress(InvalidInput):  # nobody is known by that name
            await answers.to(question, now)
        took[f"{text.replace(a_life, 'one')}, s"] = time.perf_counter() - before
    await database.stop()
    return took


def peak_mb() -> float:
    """The most memory this process ever had (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def main(signalements: int) -> None:
    figures: dict[str, float] = {}
    with TemporaryDirectory(prefix="veilleuse-audit-") as directory:
        pseudonyms = Pseudonyms(KeyFiles(Path(directory) / "keys"), SystemRandomness())
        alone = await append_takes(f"sqlite:///{directory}/appends.db", pseudonyms)
        within = await append_within_takes(f"sqlite:///{directory}/appends.db", pseudonyms)
        figures["append with its commit, median, ms"] = statistics.median(alone)
        figures["append with its commit, 99 of 100, ms"] = statistics.quantiles(alone, n=100)[98]
        figures["append within a transaction, median, ms"] = statistics.median(within)

        path = Path(directory) / "record.db"
        figures["entries"] = await fill(path, chain(signalements, pseudonyms))
        figures["database, MB"] = path.stat().st_size / 1_000_000
        figures["peak memory before, MB"] = peak_mb()
        before, processor = time.perf_counter(), time.process_time()
        verified = await verify_record(f"sqlite:///{path}")
        figures["verify, s"] = time.perf_counter() - before
        figures["verify, s of processor"] = time.process_time() - processor
        figures["peak memory after, MB"] = peak_mb()
        print(verdict(verified))
        figures |= await answers_take(path, pseudonyms)
        figures["peak memory at the end, MB"] = peak_mb()

    width = max(map(len, figures))
    for what, figure in figures.items():
        print(f"  {what:<{width}}  {figure:12.2f}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({what: round(figure, 2) for what, figure in figures.items()}, indent=2))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
