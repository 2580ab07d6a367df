"""Opening hours as a card shows them: a line for days in a row that have the same, in French abbreviations."""

from itertools import groupby

from appservice.domain.opening_hours import MIDNIGHT, OpeningHours, Span

_DAYS = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")


def written(hours: OpeningHours) -> tuple[str, ...]:
    """`lun-ven 8:00-12:00 14:00-18:00`; days without hours are left out. `24 h/24` where it never closes."""
    if all(spans == (Span(0, MIDNIGHT),) for spans in hours.week):
        return ("24 h/24",)
    lines = []
    for spans, days in groupby(range(len(_DAYS)), key=lambda day: hours.week[day]):
        if spans:
            first, *others = days
            named = _DAYS[first] if not others else f"{_DAYS[first]}-{_DAYS[others[-1]]}"
            lines.append(" ".join((named, *(f"{_hour(span.opens)}-{_hour(span.closes)}" for span in spans))))
    return tuple(lines)


def _hour(minute: int) -> str:
    hour, minute = divmod(minute if minute <= MIDNIGHT else minute - MIDNIGHT, 60)
    return f"{hour}:{minute:02}"
