"""A report's picture: signalements over time, and how long people waited: for auditors, who may know of each."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from itertools import pairwise

from matplotlib.figure import Figure

from policies.compliance_bot.periods import ZONE, Period
from policies.compliance_bot.record import Waits
from policies.compliance_bot.wording import Wording

_INK, _BAR, _LATE = "#1e2233", "#4c6ef5", "#c92a2a"
_LIMITS = (1, 2, 5, 10, 30)
"""Minutes."""
_BARS_WITH_FIGURES = 31
_DATES_BELOW = 8


def chart(waits: Waits, period: Period, wording: Wording) -> bytes:
    """A PNG of 900 × 420 pixels, legible in black and white too. Of a long period the bars are weeks, or months."""
    figure = Figure(figsize=(9, 4.2), dpi=100, layout="constrained")
    by_time, by_wait = figure.subplots(1, 2)

    days = [period.since.astimezone(ZONE).date() + timedelta(days=day) for day in range(_length(period))]
    title, first_day = _unit(len(days), wording)
    starts = list(dict.fromkeys(map(first_day, days)))
    counts: Counter[date] = Counter()
    for hour, count in waits.by_hour.items():
        counts[first_day(hour.astimezone(ZONE).date())] += count
    bars = by_time.bar(range(len(starts)), [counts[start] for start in starts], color=_BAR)
    if len(starts) <= _BARS_WITH_FIGURES:
        by_time.bar_label(bars, color=_INK)
    dated = range(0, len(starts), -(-len(starts) // _DATES_BELOW))
    by_time.set_xticks(dated, [f"{starts[place]:%d/%m}" for place in dated])
    by_time.set_title(title, color=_INK)

    labels = [*(f"≤ {limit}" for limit in _LIMITS), f"> {_LIMITS[-1]}", wording.never]
    colours = [_BAR] * 4 + [_LATE] * 3
    bars = by_wait.bar(labels, _by_length(waits), color=colours)
    by_wait.bar_label(bars, color=_INK)
    by_wait.set_title(wording.by_wait, color=_INK)

    for axes in (by_time, by_wait):
        axes.spines[["top", "right"]].set_visible(False)
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.margins(y=0.15)
    picture = BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()


def _unit(days: int, wording: Wording) -> tuple[str, Callable[[date], date]]:
    """What a bar stands for: the title that says so, and the first day of the bar that a day is in."""
    if days <= 31:
        return wording.by_day, lambda day: day
    if days <= 366:
        return wording.by_week, lambda day: day - timedelta(days=day.weekday())
    return wording.by_month, lambda day: day.replace(day=1)


def _length(period: Period) -> int:
    return round((period.until - period.since) / timedelta(days=1))


def _by_length(waits: Waits) -> list[int]:
    """How many were taken up within each limit and not within the one before, after the last, and never."""
    taken = [desk.milliseconds for desk in waits.by_desk.values()]
    within = [sum(bisect_right(each, limit * 60_000) for each in taken) for limit in _LIMITS]
    never = sum(desk.unanswered for desk in waits.by_desk.values())
    return [later - earlier for earlier, later in pairwise([0, *within, sum(map(len, taken))])] + [never]
