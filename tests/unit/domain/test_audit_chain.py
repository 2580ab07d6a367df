"""The chain and its checkpoints: whatever is done to the record is found, and the first entry concerned is named."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.domain.audit.chain import GENESIS, START, AuditEntry, Head, StoredEntry, append
from appservice.domain.audit.checkpoint import Checkpoint, Signer, new_secret, read_checkpoints
from appservice.domain.audit.events import Alarm, Announced, Claimed, Event, PurgeStep, Recheck
from appservice.domain.audit.values import GUEST, SERVICE, Actor, ActorKind, Code, Pseudonym
from appservice.domain.audit.verification import Fault, Flaw, Verifier, verify
from appservice.domain.erasure import Step
from appservice.domain.errors import InvalidInput
from appservice.domain.ids import DeskId
from tests.fakes.world import START as NOW

LENGTH = 8
NAME = Pseudonym("abcdefghij234567")
AGENT = Actor(ActorKind.AGENT, NAME)
TOLD: tuple[tuple[Actor, Event, Pseudonym | None], ...] = (
    (GUEST, Announced(DeskId("rennes")), NAME),
    (AGENT, Claimed(DeskId("rennes")), NAME),
    (SERVICE, Alarm(Code("key_refused")), None),
    (SERVICE, PurgeStep(Step.SILENCE), NAME),
)


def entries(length: int = LENGTH) -> list[AuditEntry]:
    made: list[AuditEntry] = []
    for number in range(length):
        head = Head(made[-1].sequence, made[-1].hash) if made else START
        actor, event, signalement = TOLD[number % len(TOLD)]
        made.append(append(head, NOW + timedelta(seconds=number), actor, event, signalement))
    return made


def a_chain(length: int = LENGTH) -> list[StoredEntry]:
    return [entry.stored() for entry in entries(length)]


def head_of(chain: list[StoredEntry]) -> Head:
    return Head(chain[-1].sequence, chain[-1].hash)


def covering(chain: list[StoredEntry]) -> Checkpoint:
    return Checkpoint(head_of(chain), NOW)


def rebuilt(chain: list[StoredEntry]) -> list[StoredEntry]:
    """As somebody would who may write to the database and knows how hashes are made."""
    made: list[StoredEntry] = []
    for number, entry in enumerate(chain, start=1):
        linked = entry._replace(sequence=number, previous=made[-1].hash if made else GENESIS)
        made.append(linked._replace(hash=linked.hashed()))
    return made


CHAIN = a_chain()
PLACES = st.integers(0, LENGTH - 1)


def edited(place: int, column: str, value: Any) -> list[StoredEntry]:
    return [*CHAIN[:place], CHAIN[place]._replace(**{column: value}), *CHAIN[place + 1 :]]


@st.composite
def edits(draw: st.DrawFn) -> tuple[int, list[StoredEntry]]:
    place, column = draw(PLACES), draw(st.sampled_from(StoredEntry._fields))
    other = st.text() | st.integers(-(2**63), 2**63 - 1) | st.none() | st.binary() | st.just(getattr(CHAIN[0], column))
    value = draw(other.filter(lambda value: value != getattr(CHAIN[place], column)))
    return place, edited(place, column, value)


@st.composite
def rearrangements(draw: st.DrawFn) -> tuple[int, list[StoredEntry]]:
    """Something removed before the end, inserted, duplicated, or swapped; with the place of the first difference."""
    place, other = draw(PLACES), draw(PLACES)
    match draw(st.sampled_from(["remove", "insert", "duplicate", "swap"])):
        case "remove":
            changed = [*CHAIN[:place], *CHAIN[place + 1 :]]
        case "insert":
            changed = [*CHAIN[:place], draw(st.sampled_from(a_chain(LENGTH + 3)[LENGTH:])), *CHAIN[place:]]
        case "duplicate":
            changed = [*CHAIN[:place], CHAIN[other], *CHAIN[place:]]
        case _:
            changed = list(CHAIN)
            changed[place], changed[other] = changed[other], changed[place]
    differing = (number for number, (a, b) in enumerate(zip(CHAIN, changed, strict=False)) if a != b)
    return next(differing, min(len(CHAIN), len(changed))), changed


def test_a_chain_that_nobody_touched_is_whole() -> None:
    assert verify(CHAIN) is None
    assert verify([]) is None
    assert verify(CHAIN, [covering(CHAIN[:number]) for number in range(1, LENGTH + 1)], head_of(CHAIN)) is None


def test_an_entry_carries_the_hash_of_the_one_before() -> None:
    assert CHAIN[0].previous == GENESIS == "0" * 64
    assert all(after.previous == before.hash for before, after in pairwise(CHAIN))
    assert [entry.sequence for entry in CHAIN] == list(range(1, LENGTH + 1))


def test_the_hash_can_be_computed_by_anybody_from_a_line_of_an_export() -> None:
    for entry in CHAIN:
        exported = json.loads(entry.line)
        claimed = exported.pop("hash")
        text = json.dumps(exported, separators=(",", ":"))
        assert hashlib.sha256(b"veilleuse-audit-entry-v1\n" + text.encode()).hexdigest() == claimed
    assert CHAIN[1].text == (
        '{"sequence":2,"at":1795573801000,"actor":"agent:abcdefghij234567","kind":"claimed",'
        f'"signalement":"abcdefghij234567","fields":{{"desk":"rennes"}},"previous":"{CHAIN[0].hash}"}}'
    )


def test_a_stored_entry_is_read_as_it_was_written() -> None:
    assert [stored.parsed() for stored in CHAIN] == entries()


@given(at=st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 hypothesis adds zones
def test_the_time_is_kept_in_utc_to_the_millisecond(at: datetime) -> None:
    entry = append(START, at, SERVICE, Recheck(1, 0))
    assert entry.at.tzinfo is UTC
    assert timedelta(0) <= at - entry.at < timedelta(milliseconds=1)
    assert entry.stored().parsed() == entry


def test_a_time_without_its_offset_and_a_name_that_is_no_pseudonym_are_refused() -> None:
    with pytest.raises(InvalidInput):
        append(START, NOW.replace(tzinfo=None), SERVICE, Recheck(1, 0))
    with pytest.raises(InvalidInput):
        append(START, NOW, SERVICE, Recheck(1, 0), Pseudonym("@guest:example.org"))


@given(tampering=edits())
def test_an_edit_of_any_column_is_found_where_it_is(tampering: tuple[int, list[StoredEntry]]) -> None:
    place, changed = tampering
    fault = verify(changed)
    assert fault is not None
    assert fault.sequence == place + 1


@given(tampering=rearrangements())
def test_what_is_removed_inserted_repeated_or_swapped_is_found(tampering: tuple[int, list[StoredEntry]]) -> None:
    place, changed = tampering
    fault = verify(changed, [covering(CHAIN)])
    assert (fault is None) is (changed == CHAIN)
    assert fault is None or fault.sequence == place + 1


@given(kept=st.integers(0, LENGTH - 1), covered=st.integers(1, LENGTH))
def test_a_cut_is_found_by_any_checkpoint_that_covers_what_is_missing(kept: int, covered: int) -> None:
    assert verify(CHAIN[:kept]) is None
    fault = verify(CHAIN[:kept], [covering(CHAIN[:covered])])
    if covered <= kept:
        assert fault is None
    else:
        assert fault is not None
        assert (fault.sequence, fault.flaw) == (kept + 1, Flaw.TRUNCATED)


@given(tampering=edits() | rearrangements())
def test_a_chain_that_was_written_anew_is_found_by_a_checkpoint(tampering: tuple[int, list[StoredEntry]]) -> None:
    _, changed = tampering
    anew = rebuilt(changed)
    fault = verify(anew, [covering(CHAIN)])
    assert (fault is None) is (anew[:LENGTH] == CHAIN)


@given(tampering=edits())
def test_with_every_hash_recomputed_what_this_service_never_writes_is_still_found(
    tampering: tuple[int, list[StoredEntry]],
) -> None:
    place, changed = tampering
    anew = rebuilt(changed)
    fault = verify(anew)
    try:
        anew[place].parsed()
    except InvalidInput:
        assert fault is not None
        assert (fault.sequence, fault.flaw) == (place + 1, Flaw.MALFORMED)
    else:
        assert fault is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", 'service","kind":"alarm'),
        ("kind", 'claimed","signalement":null,"fields":{},"x":"'),
        ("fields", '{"desk":"rennes"},"note":"il crie"'),
        ("fields", '{"desk":"il crie"}'),
        ("fields", "{}"),
        ("kind", "confessed"),
        ("signalement", "null"),
        ("signalement", "@guest:example.org"),
        ("at", 2**62),
        ("at", "1795573801000"),
    ],
)
def test_content_smuggled_into_a_column_is_malformed_even_with_a_right_hash(column: str, value: Any) -> None:
    fault = verify(rebuilt(edited(1, column, value)))
    assert fault is not None
    assert (fault.sequence, fault.flaw) == (2, Flaw.MALFORMED)
    assert str(value) not in str(fault)


@pytest.mark.parametrize(
    ("changed", "sequence", "flaw"),
    [
        (edited(3, "hash", "0" * 64), 4, Flaw.ALTERED),
        (edited(3, "at", 0), 4, Flaw.ALTERED),
        (edited(3, "previous", "0" * 64), 4, Flaw.UNLINKED),
        ([*CHAIN[:3], *CHAIN[4:]], 4, Flaw.OUT_OF_SEQUENCE),
        ([*CHAIN[:2], *rebuilt(CHAIN[:4])[2:3], *CHAIN[2:]], 4, Flaw.OUT_OF_SEQUENCE),
    ],
)
def test_the_first_fault_is_named_with_what_is_wrong(changed: list[StoredEntry], sequence: int, flaw: Flaw) -> None:
    fault = verify(changed)
    assert fault is not None
    assert (fault.sequence, fault.flaw) == (sequence, flaw)
    assert re.match(rf"Entry {sequence}: .+\({flaw}\)\.$", str(fault))


def test_the_record_s_own_account_shows_a_careless_cut_and_checkpoints_that_contradict_each_other_both_count() -> None:
    fault = verify(CHAIN[:-1], recorded=head_of(CHAIN))
    assert fault is not None
    assert (fault.sequence, fault.flaw) == (LENGTH, Flaw.TRUNCATED)
    other = Checkpoint(Head(LENGTH, "f" * 64), NOW)
    fault = verify(CHAIN, [covering(CHAIN), other])
    assert fault is not None
    assert (fault.sequence, fault.flaw) == (LENGTH, Flaw.REWRITTEN)
    fault = verify(CHAIN, [Checkpoint(Head(0, "f" * 64), NOW)])
    assert fault is not None
    assert fault.flaw is Flaw.REWRITTEN


def test_a_chain_is_verified_piece_by_piece_as_it_is_whole() -> None:
    def first_fault(chain: list[StoredEntry], size: int) -> Fault | None:
        verifier = Verifier([covering(CHAIN)])
        for first in range(0, len(chain), size):
            verifier.feed(chain[first : first + size])
        return verifier.finish()

    broken = edited(4, "kind", "announced")
    for size in (1, 3, LENGTH):
        assert first_fault(CHAIN, size) is None
        assert first_fault(broken, size) == verify(broken)
        assert first_fault(CHAIN[:5], size) == verify(CHAIN[:5], [covering(CHAIN)])


def test_nothing_is_kept_of_what_was_verified() -> None:
    alive = 0

    class Counted(StoredEntry):
        def __init__(self, *_: object) -> None:
            nonlocal alive
            alive += 1

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def stream() -> Iterator[StoredEntry]:
        for entry in a_chain(300):
            yield Counted(*entry)
            assert alive <= 2

    assert verify(stream()) is None


SIGNER = Signer(new_secret())
TRUSTED = {SIGNER.public_key}


@given(head=st.builds(Head, st.integers(0, 10**12), st.from_regex(r"[0-9a-f]{64}", fullmatch=True)))
def test_a_checkpoint_is_one_line_and_is_read_as_it_was_signed(head: Head) -> None:
    line = SIGNER.sign(head, NOW.astimezone(timezone(timedelta(hours=2))))
    assert re.fullmatch(r"veilleuse-checkpoint v1 [0-9]+ [0-9a-f]{64} \S+Z \S{43} \S{86}", line)
    assert read_checkpoints(line, TRUSTED) == [Checkpoint(head, NOW)]


def test_checkpoints_are_found_in_what_people_paste() -> None:
    first, second = SIGNER.sign(head_of(CHAIN[:3]), NOW), SIGNER.sign(head_of(CHAIN), NOW)
    pasted = f"> From the bot, on Monday:\n> \n\n{first.replace(' ', chr(10), 4)}\r\n\tand\n  {second}  \n"
    assert [checkpoint.head for checkpoint in read_checkpoints(pasted, TRUSTED)] == [
        head_of(CHAIN[:3]),
        head_of(CHAIN),
    ]


@given(data=st.data())
def test_a_checkpoint_with_any_character_changed_is_refused(data: st.DataObject) -> None:
    line = SIGNER.sign(head_of(CHAIN), NOW)
    place = data.draw(st.integers(0, len(line) - 1))
    other = data.draw(st.sampled_from("0Az_- \u00e9").filter(lambda character: character != line[place]))
    with pytest.raises(InvalidInput):
        read_checkpoints(line[:place] + other + line[place + 1 :], TRUSTED)


def test_a_checkpoint_of_another_key_and_a_text_without_any_are_refused() -> None:
    line = SIGNER.sign(head_of(CHAIN), NOW)
    for text, trusted in ((line, {Signer(new_secret()).public_key}), ("", TRUSTED), (line[:-1], TRUSTED)):
        with pytest.raises(InvalidInput):
            read_checkpoints(text, trusted)
    for secret in ("", "short", new_secret()[:-1], new_secret() + "AAAA", "é" * 43):
        with pytest.raises(InvalidInput):
            Signer(secret)


def test_a_key_signs_the_same_line_twice_and_another_key_another() -> None:
    secret = new_secret()
    line = Signer(secret).sign(START, NOW)
    assert Signer(secret).sign(START, NOW) == line
    assert Signer(new_secret()).sign(START, NOW) != line


def test_an_entry_cannot_be_changed_once_made() -> None:
    (entry,) = entries(1)
    with pytest.raises(AttributeError):
        entry.sequence = 2  # type: ignore[misc]
    assert verify([replace(entry, event=Recheck(1, 0)).stored()]) is not None
