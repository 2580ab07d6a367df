"""The question after a conversation: one answer for each conversation, and only the answer goes on to the service."""

import base64
import json
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from guest_portal.errors import Refusal
from guest_portal.tickets import Tickets
from tests.fakes.world import FakeClock
from tests.unit.guest_portal.conftest import Portal

KEY = Fernet.generate_key().decode()


async def ticket_of(portal: Portal) -> str:
    opened = await (await portal.asks_to_open()).json()
    portal.session = opened["session"]
    portal.appservice.answers["feedback"] = (204, None)
    ticket: str = opened["ticket"]
    return ticket


async def test_an_answer_goes_on_alone_and_counts_once(portal: Portal) -> None:
    ticket = await ticket_of(portal)
    statuses = [
        (await portal.client.post("/feedback", json={"ticket": ticket, "answer": "a_little"})).status for _ in range(3)
    ]
    assert statuses == [204, 403, 403]
    asked = [asked for asked in portal.appservice.asked if asked.path.endswith("/feedback")]
    assert [json.loads(one.body) for one in asked] == [{"answer": "a_little"}]
    assert portal.session not in str(asked[0].headers)
    assert ticket not in str(asked[0].headers)
    assert portal.homeserver.asked == []


async def test_an_answer_that_was_not_counted_can_be_given_again(portal: Portal) -> None:
    ticket = await ticket_of(portal)
    answer = {"ticket": ticket, "answer": "no"}
    portal.appservice.answers["feedback"] = (503, {})
    assert (await portal.client.post("/feedback", json=answer)).status == 503
    portal.appservice.answers["feedback"] = (204, None)
    assert (await portal.client.post("/feedback", json=answer)).status == 204


@pytest.mark.parametrize(
    "body",
    [
        {}, {"answer": "yes"}, {"ticket": "x", "answer": "maybe"}, {"ticket": "x", "answer": "yes", "text": "words"},
        {"ticket": "x" * 300, "answer": "yes"},
    ],
)  # fmt: skip
async def test_nothing_but_one_of_three_answers_is_taken(portal: Portal, body: object) -> None:
    assert (await portal.client.post("/feedback", json=body)).status == 400
    assert portal.appservice.asked == []


async def test_a_session_is_no_ticket_and_a_ticket_no_session(portal: Portal) -> None:
    ticket = await ticket_of(portal)
    answered = await portal.client.post("/feedback", json={"ticket": portal.session[:256], "answer": "yes"})
    portal.session = ticket
    assert (answered.status, (await portal.ask("GET", "/_matrix/client/v3/sync")).status) == (403, 401)


def test_a_ticket_expires_survives_a_change_of_keys_and_tells_no_more_than_the_hour() -> None:
    clock = FakeClock()
    tickets = Tickets([KEY], timedelta(hours=1), clock.now)
    first = tickets.new()
    clock.advance(timedelta(minutes=7))
    second = tickets.new()
    # The first nine bytes of such a token are a version and the time in seconds.
    times = [int.from_bytes(base64.urlsafe_b64decode(ticket)[1:9]) for ticket in (first, second)]
    assert [time % 3600 for time in times] == [0, 0]
    with Tickets([Fernet.generate_key().decode(), KEY], timedelta(hours=1), clock.now).use(first):
        pass
    clock.advance(timedelta(hours=3))
    with pytest.raises(Refusal), tickets.use(second):
        pass
