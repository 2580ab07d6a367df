"""What a waiting guest is told: its place, and how long it may last, where that can be said honestly."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

CLAIMS_REMEMBERED_FOR = timedelta(hours=1)
_CLAIMS_NEEDED = 3
_LONGEST_TOLD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Place:
    """`place` counts the guest itself: 1 is next. `minutes` is None when nothing honest can be said."""

    place: int
    minutes: int | None


def places(waiting: int, claims: Sequence[datetime], now: datetime) -> list[Place]:
    """The places of a desk's queue, from the first.

    `claims` are the moments at which agents of that desk took somebody, of the last `CLAIMS_REMEMBERED_FOR`. The
    estimate is the mean time between them, with the time since the last one, so that it grows when nobody takes any
    more; times the place, rounded up. With too few claims, or beyond an hour, there is none.
    """
    if len(claims) < _CLAIMS_NEEDED:
        return [Place(place, None) for place in range(1, waiting + 1)]
    # Between n claims and now lie n gaps.
    gap = (now - min(claims)) / len(claims)
    return [Place(place, _minutes(place * gap)) for place in range(1, waiting + 1)]


def _minutes(wait_for: timedelta) -> int | None:
    if wait_for > _LONGEST_TOLD:
        return None
    return max(1, math.ceil(wait_for / timedelta(minutes=1)))
