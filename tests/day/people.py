"""People at the page, and what becomes of what they came with."""

import time
from dataclasses import dataclass, field

from tests.day.guests import Guest, Shown
from tests.day.plan import Course, Fate
from tests.day.setting import POSTAL_CODES

PATIENCE = 120.0
"""Seconds for anything that a client, the service or the homeserver is to do on a machine that has all of it to do."""

OVER = ("ended", "closed", "failed")
_WHOLE_DAY = 3600.0


@dataclass
class Talk:
    """One signalement's way through the day."""

    guest: Guest
    course: Course
    fates: list[Fate] = field(default_factory=list)
    waited_for: float | None = None
    """Seconds until an agent was there."""

    has_left: bool = False
    reference: str = ""
    room: str = ""
    """Once it is open. The page forgets both at its end."""


async def lives(talk: Talk, talks: dict[str, Talk]) -> None:
    """A person's time at the page: waits, answers whatever an agent says, and stays until the end is told.

    Once it is open it is among `talks`, by its room.
    """
    guest, course = talk.guest, talk.course
    await guest.opens(course.role, POSTAL_CODES[course.desk], in_danger=course.in_danger)
    shown = await guest.sees(lambda now: now.phase not in ("form", "opening"), PATIENCE)
    assert shown.room is not None, shown
    assert shown.reference is not None, shown
    began = time.monotonic()
    talk.room, talk.reference = shown.room, shown.reference
    talks[talk.room] = talk
    await guest.writes(f"{guest.name} : premier message")
    answered = 0
    while True:
        shown = await guest.sees(lambda now, n=answered: _wants_something(now, n), _WHOLE_DAY)  # type: ignore[misc] # n is bound now
        if shown.phase in OVER:
            return
        if shown.is_asked:
            await guest.passes_on(course.passes_on)
            continue
        talk.waited_for = talk.waited_for or time.monotonic() - began
        await guest.writes(answer_to(shown.received[answered]))
        answered += 1
        if Fate.GOES in course.fates:
            await guest.sees(lambda now: all(delivery == "sent" for _, delivery in now.own), PATIENCE)
            talk.has_left = True
            await guest.leaves()
            return


def _wants_something(shown: Shown, answered: int) -> bool:
    return shown.phase in OVER or shown.is_asked or len(shown.received) > answered


def answer_to(text: str) -> str:
    return f"Réponse à « {text} »"
