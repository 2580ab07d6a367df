"""What is going to happen to whom: the same on every day of the same length."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import cycle, islice

_ROLES = ("victim", "witness", "relative", "professional")
_DESKS = ("guyancourt", "rennes", "guyancourt", "national")
_DANGER_EVERY = 7


class Fate(Enum):
    """What comes between the greeting and the end."""

    TO_AGENT = "handed over to an agent"
    TO_DESK = "handed over to a desk"
    LEAVES = "left by the agent"
    VANISHES = "agent vanished"
    LISTENED = "listened in to"
    HARD = "said to be hard"
    GOES = "ended by the guest"


_FATES: tuple[tuple[Fate, ...], ...] = (
    (Fate.TO_AGENT,),
    (Fate.VANISHES,),
    (Fate.TO_DESK,),
    (Fate.LISTENED,),
    (Fate.GOES,),
    (Fate.LEAVES,),
    (Fate.HARD,),
    (),
    (Fate.TO_AGENT, Fate.TO_DESK),
    *((),) * 3,
    (Fate.LISTENED, Fate.TO_AGENT),
    *((),) * 7,
)


@dataclass(frozen=True, slots=True)
class Course:
    """One signalement. `desk`: where it comes in; `passes_on`: what the guest answers when asked."""

    desk: str
    role: str
    in_danger: bool
    passes_on: bool
    fates: tuple[Fate, ...]


def courses(signalements: int) -> Iterator[Course]:
    ahead = zip(cycle(_DESKS), cycle(_ROLES), cycle(_FATES), strict=False)
    for number, (desk, role, fates) in enumerate(islice(ahead, signalements)):
        yield Course(desk, role, number % _DANGER_EVERY == 3, number % 2 == 0, fates)
