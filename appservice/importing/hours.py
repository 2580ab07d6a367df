"""Opening hours as the official files write them.

Hours are understood as a whole or not at all: a unit of which one day makes no sense has no hours, and is offered with
its telephone number.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from appservice.domain.errors import InvalidInput
from appservice.domain.opening_hours import MIDNIGHT, OpeningHours, Span
from appservice.importing.reading import Notes, Oddity

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
HOLIDAYS = "jours_feries"
_EVENING, _MORNING = 18 * 60, 8 * 60

_TIME = re.compile(r"([0-9]{1,2})\s*[hH:]\s*([0-9]{0,2})(?::[0-9]{2})?")
_DAY_IN_WORDS = re.compile(rf"\b({'|'.join(DAYS)}|jours?\s+f[ée]ri[ée]s?)\s*:", re.IGNORECASE)
_SPAN_IN_WORDS = re.compile(r"([0-9]{1,2}\s*[hH:]\s*[0-9]{0,2})\s*(?:-|–|à)\s*([0-9]{1,2}\s*[hH:]\s*[0-9]{0,2})")
_BETWEEN_SPANS = re.compile(r"(?:\s|,|;|/|et\b)*", re.IGNORECASE)
_CLOSED = re.compile(r"ferm[ée]e?", re.IGNORECASE)

# What a row may say of one day: from and to, as written.
Written = tuple[str, str]


def minutes(written: str) -> int:
    """Minutes since midnight of `8h00`, `08h`, `8h5`, `08:00` or `08:00:00`. Raises `InvalidInput`."""
    match = _TIME.fullmatch(written.strip())
    if match is None:
        raise InvalidInput("An hour is not written like 8h30.")
    hour, minute = int(match[1]), int(match[2] or 0)
    if minute > 59 or hour * 60 + minute > MIDNIGHT:
        raise InvalidInput("An hour is past the end of the day.")
    return hour * 60 + minute


def span(opens: str, closes: str) -> Span:
    """Closing at 0h00 or 23h59 means the end of the day. Only an evening may end the next morning.

    Raises `InvalidInput` if it closes before it opens, or at once.
    """
    start, end = minutes(opens), minutes(closes)
    if end == MIDNIGHT - 1 or (end == 0 and start > 0):
        end = MIDNIGHT
    if start >= _EVENING and end <= _MORNING:
        end += MIDNIGHT
    if not start < end:
        raise InvalidInput("An opening ends before it begins.")
    return Span(start, end)


def weekly(days: Mapping[str, Iterable[Written]]) -> OpeningHours | None:
    """Hours by the names in `DAYS` and `HOLIDAYS`; None if no day has any.

    A day without hours is closed if others have some; holidays without hours are not known. Day and night all the week
    holds for holidays too. Raises `InvalidInput` if a day makes no sense.
    """
    week = tuple(_spans(days.get(day, ())) for day in DAYS)
    if not any(week):
        return None
    hours = OpeningHours(week, _spans(days.get(HOLIDAYS, ())) or None)
    return OpeningHours.always() if hours.week == OpeningHours.always().week else hours


def _spans(written: Iterable[Written]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for opens, closes in written:
        if bool(opens.strip()) != bool(closes.strip()):
            raise InvalidInput("An opening has a beginning without an end, or an end without a beginning.")
        if opens.strip():
            spans.append(span(opens, closes))
    spans.sort()
    joined: list[Span] = []
    for one in spans:
        # 0h00-12h00 and 12h00-24h00 are one opening.
        if joined and joined[-1].closes == one.opens:
            joined[-1] = Span(joined[-1].opens, one.closes)
        else:
            joined.append(one)
    return tuple(joined)


def in_words(text: str) -> OpeningHours | None:
    """Of `Lundi : 8h00-12h00 14h00-18h00 Mardi : …`; None if nothing is written.

    Raises `InvalidInput` if anything in it is not understood, or a day comes twice.
    """
    if not text.strip():
        return None
    parts = _DAY_IN_WORDS.split(text)
    if parts[0].strip() or len(parts) == 1:
        raise InvalidInput("Opening hours do not begin with a day.")
    days: dict[str, list[Written]] = {}
    for name, written in zip(parts[1::2], parts[2::2], strict=True):
        day = HOLIDAYS if name.lower().startswith("jour") else name.lower()
        if day in days:
            raise InvalidInput("A day comes twice in the opening hours.")
        days[day] = [(found[1], found[2]) for found in _SPAN_IN_WORDS.finditer(written)]
        rest = _SPAN_IN_WORDS.sub("", written).strip(" .")
        if _CLOSED.fullmatch(rest) and not days[day]:
            continue
        if not _BETWEEN_SPANS.fullmatch(rest):
            raise InvalidInput("Opening hours have words that are not understood.")
    return weekly(days)


def in_columns(row: Mapping[str, str]) -> OpeningHours | None:
    """Of columns like `lundi_plage1_debut`, `lundi_plage1_fin`, …, `jours_feries_plage3_fin`; None if all are empty.

    Raises `InvalidInput` if a day makes no sense.
    """
    return weekly(
        {
            day: [(row.get(f"{day}_plage{n}_debut", ""), row.get(f"{day}_plage{n}_fin", "")) for n in (1, 2, 3)]
            for day in (*DAYS, HOLIDAYS)
        }
    )


def in_ranges(ranges: Iterable[tuple[str, str, list[Written]]]) -> OpeningHours | None:
    """Of first day, last day and spans: `("Lundi", "Vendredi", [("09:00:00", "12:00:00")])`; None if there are none.

    Raises `InvalidInput` for a day that is none, or if a day makes no sense.
    """
    days: dict[str, list[Written]] = {}
    for first, last, written in ranges:
        names = [name.strip().lower() for name in (first, last or first)]
        if not set(names) <= set(DAYS):
            raise InvalidInput("Opening hours name a day that is none.")
        start, end = map(DAYS.index, names)
        for ahead in range((end - start) % 7 + 1):
            days.setdefault(DAYS[(start + ahead) % 7], []).extend(written)
    return weekly(days)


def noticed(read: Callable[[], OpeningHours | None], notes: Notes) -> OpeningHours | None:
    """The hours, or None, which is noticed: there are none, or they are not understood."""
    try:
        hours = read()
    except InvalidInput:
        notes.notice(Oddity.HOURS_NOT_UNDERSTOOD)
        return None
    if hours is None:
        notes.notice(Oddity.NO_HOURS)
    return hours
