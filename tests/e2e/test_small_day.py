"""A small day on a real Synapse, with clients that encrypt: the same as `make day`, with few people and few agents.

Three desks, hand-overs, agents who go and one who vanishes, pauses, a desk that begins late. At the end none
is lost, none was answered by two at once, nobody was passed over, and nothing was undecryptable anywhere.
"""

import pytest

from tests.databases import OF_THE_WHOLE
from tests.day.day import FastDay
from tests.day.record import Verdict
from tests.day.setting import set_up

SIGNALEMENTS, AGENTS = 12, 6
HAPPENS = (
    "overflowed",
    "handed_over",
    "released",
    "agent_silent",
    "called to give a sign",
    "left by the guest",
    "asked whether to pass on",
    "pauses",
    "in danger",
)


@pytest.mark.timeout(420)
async def test_on_a_small_day_nobody_is_lost_nobody_is_answered_by_two_and_everything_can_be_read() -> None:
    async with set_up(AGENTS, OF_THE_WHOLE) as setting:
        report = await FastDay(setting).takes_place(SIGNALEMENTS, print)
    assert report.verdict == Verdict(figures=report.verdict.figures)
    assert {what for what in HAPPENS if not report.happened[what]} == set(), "all of it has happened"
    assert report.happened["closed"] + report.happened["left by the guest"] == SIGNALEMENTS
