"""The erasure of a signalement as a sequence of steps, in order of urgency: what a person could see goes first.

An erased room first becomes a *shell*: memberships and redacted stubs, no content. It stays one until every agent's
device has synced past the kick, because a client that was offline while its room vanished from the homeserver would
come back with every message still readable. Each step is safe to run twice.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

from appservice.domain.ids import RoomId, SignalementId, UserId
from appservice.domain.signalement import Cause


def room_hash(room: RoomId) -> str:
    """SHA-256, in hexadecimal: what remains of the room's name once it is erased."""
    return hashlib.sha256(room.encode()).hexdigest()


def guest_hash(guest: UserId) -> str:
    """The same of the guest's."""
    return hashlib.sha256(guest.encode()).hexdigest()


class Step(IntEnum):
    """What is to be done next, see `ORDER`. The numbers are stored: append, never renumber."""

    SILENCE = 1
    """Revoke the guest's token, and redact every message from the agents' screens."""

    KICK = 2
    """Put the agents out, without letting them forget the room; redact what was said meanwhile."""

    DESTROY = 3
    """Overwrite the originals in the homeserver's database."""

    UNLINK = 4
    """Take the room out of the desk's Space and the announcement out of the desk room."""

    PROBE = 5
    """Ask each agent's device to show that it has synced past the kick."""

    AWAIT_DEVICES = 6
    """Keep the shell until they have, or `shell_kept_for` has passed."""

    PURGE = 7
    """Have the homeserver delete the room."""

    SWEEP = 8
    """Erase what the homeserver's own purge leaves, and count again."""

    DONE = 9


ORDER = (
    Step.SILENCE,
    Step.KICK,
    Step.PROBE,
    Step.DESTROY,
    Step.UNLINK,
    Step.AWAIT_DEVICES,
    Step.PURGE,
    Step.SWEEP,
    Step.DONE,
)
"""What a person could see goes first. The devices are asked as soon as there is something to ask: the database is seen
to while they answer."""


class Stretch(IntEnum):
    """Steps that are taken in one go: of many erasures, those of the first stretch before any of the next."""

    IN_SIGHT = 1
    """After it nothing is left that anybody could read."""

    SHARED = 2
    """What the homeserver does for many together, in rooms that they share."""

    REST = 3

    @property
    def end(self) -> Step:
        """The first step that is not of it."""
        return _ENDS[self]


_ENDS = {Stretch.IN_SIGHT: Step.UNLINK, Stretch.SHARED: Step.AWAIT_DEVICES, Stretch.REST: Step.DONE}


def stretch_of(step: Step) -> Stretch:
    """The one in which the step is still to be taken."""
    return next((one for one in Stretch if ORDER.index(step) < ORDER.index(one.end)), Stretch.REST)


@dataclass(frozen=True, slots=True)
class Erasure:
    """A row: safe to resume at any step, after any crash."""

    signalement_id: SignalementId
    cause: Cause
    requested_at: datetime
    next_attempt_at: datetime
    step: Step = Step.SILENCE
    attempts: int = 0

    @property
    def stretch(self) -> Stretch:
        """That of the step that is next."""
        return stretch_of(self.step)

    def advanced(self, now: datetime) -> "Erasure":
        """The step is done; the next may begin at once."""
        return replace(self, step=ORDER[ORDER.index(self.step) + 1], attempts=0, next_attempt_at=now)

    def skipped_to(self, step: Step, now: datetime) -> "Erasure":
        """What is between has nothing to do any more."""
        return replace(self, step=step, attempts=0, next_attempt_at=now)

    def postponed(self, now: datetime) -> "Erasure":
        """The step could not be done now: try again after 0.25 s, doubling up to a minute."""
        wait_for = min(timedelta(seconds=0.25) * 2 ** min(self.attempts, 10), timedelta(minutes=1))
        return replace(self, attempts=self.attempts + 1, next_attempt_at=now + wait_for)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is kept of an erased signalement: that it was erased, when, why, and what was left. Nothing points back.

    `room_hash` and `guest_hash` are the SHA-256, in hexadecimal, of ids with 130 random bits at least, which nobody can
    draw again from it.
    `residue` counts rows that still name the room or the guest, by table of the homeserver's database.
    """

    room_hash: str
    cause: Cause
    requested_at: datetime
    purged_at: datetime
    residue: dict[str, int]
    guest_hash: str = ""
    """Empty for what was erased before it was kept."""
