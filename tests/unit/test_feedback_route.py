"""Answers to the question after a conversation are the portal's to bring, and one of three."""

from datetime import date

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from appservice.feedback_route import FeedbackRoute
from appservice.internal_interface import FEEDBACK_PATH
from appservice.usecases.count_feedback import CountFeedback
from tests.fakes.stores import FakeFeedbackCounts
from tests.fakes.world import FakeClock


@pytest.mark.parametrize(
    ("token", "body", "status"),
    [
        ("the portal's", {"answer": "yes"}, 204), ("another", {"answer": "yes"}, 401), ("", {"answer": "yes"}, 401),
        ("the portal's", {"answer": "perhaps"}, 400), ("the portal's", {"answer": "yes", "room": "!a"}, 400),
        ("the portal's", [], 400),
    ],
)  # fmt: skip
async def test_one_of_three_answers_is_counted_if_the_portal_brings_it(token: str, body: object, status: int) -> None:
    counts, app = FakeFeedbackCounts(), web.Application()
    FeedbackRoute(CountFeedback(counts, FakeClock()), ["the portal's"]).register(app)
    async with TestClient(TestServer(app)) as client:
        answer = await client.post(FEEDBACK_PATH, json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status == status
    assert sum((await counts.between(date.min, date.max)).values()) == (status == 204)
