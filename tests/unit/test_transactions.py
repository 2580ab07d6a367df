"""What the homeserver pushes: kept before it is answered, and of it only what the service acts on."""

import logging
from collections.abc import AsyncIterator

import aiohttp
import pytest

from appservice.config import Registration
from appservice.domain.ids import EventId, ProposalId, RoomId, UserId
from appservice.domain.orientation import Wish
from appservice.matrix.transactions import InboxAppService
from appservice.ports import GuestAnswered, Membership, MembershipChange
from appservice.usecases.agent_away import SignsOfLife
from tests.fakes.stores import FakeInbox
from tests.fakes.world import FakeClock
from tests.ports import free_ports

REGISTRATION = Registration.model_validate(
    {
        "id": "veilleuse", "url": "http://127.0.0.1:1", "as_token": "a" * 16, "hs_token": "h" * 16,
        "sender_localpart": "veilleuse", "namespaces": {"users": []},
    }
)  # fmt: skip
JOIN = {
    "type": "m.room.member", "event_id": "$1", "room_id": "!r", "state_key": "@a:x", "sender": "@a:x",
    "content": {"membership": "join", "displayname": "Agent"},
}  # fmt: skip
MESSAGE = {
    "type": "m.room.encrypted", "event_id": "$2", "room_id": "!r", "sender": "@a:x",
    "content": {"ciphertext": "secret"},
}  # fmt: skip


class Pushed:
    def __init__(self, inbox: FakeInbox, signs: SignsOfLife, address: str, session: aiohttp.ClientSession) -> None:
        self.inbox = inbox
        self.signs = signs
        self._address = address
        self._session = session

    async def push(self, body: object, token: str = "h" * 16) -> int:
        url = f"{self._address}/_matrix/app/v1/transactions/1"
        async with self._session.put(url, json=body, headers={"Authorization": f"Bearer {token}"}) as answer:
            return answer.status


@pytest.fixture
async def pushed() -> AsyncIterator[Pushed]:
    inbox, signs, port = FakeInbox(), SignsOfLife(FakeClock()), free_ports(1)
    appservice = InboxAppService("http://127.0.0.1:1", "x", REGISTRATION, inbox, signs)
    await appservice.start("127.0.0.1", port)
    async with aiohttp.ClientSession() as session:
        yield Pushed(inbox, signs, f"http://127.0.0.1:{port}", session)
    await appservice.stop()


async def test_only_membership_changes_are_kept(pushed: Pushed) -> None:
    assert await pushed.push({"events": [JOIN, MESSAGE]}) == 200
    (received,) = await pushed.inbox.pending(10)
    assert isinstance(received.change, MembershipChange)
    assert (received.change.user_id, received.change.membership) == ("@a:x", Membership.JOIN)
    assert "secret" not in repr(vars(pushed.inbox))


async def test_of_messages_typing_and_receipts_only_who_and_where_is_kept_in_memory_alone(pushed: Pushed) -> None:
    typing = {"type": "m.typing", "room_id": "!r", "content": {"user_ids": ["@b:x"]}}
    receipt = {"type": "m.receipt", "room_id": "!r2", "content": {"$secret": {"m.read": {"@c:x": {"ts": 1}}}}}
    presence = {"type": "m.presence", "sender": "@d:x", "content": {"presence": "online"}}
    odd = [{"type": "m.typing", "room_id": 7}, {"type": "m.receipt", "room_id": "!r", "content": {"$e": []}}, "x"]
    assert await pushed.push({"events": [MESSAGE], "ephemeral": [typing, receipt, presence, *odd]}) == 200
    taken = pushed.signs.taken()
    assert {who: signs.agent_wrote_at is not None for who, signs in taken.items()} == {
        ("!r", "@a:x"): True,
        ("!r", "@b:x"): False,
        ("!r2", "@c:x"): False,
    }
    assert "secret" not in repr(taken)
    assert await pushed.inbox.pending(10) == []


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, True),
        ({"sender": "@other:x"}, False),
        ({"content": {"proposal": "p1", "accepted": "yes", "wish": None}}, False),
        ({"content": {"proposal": "p1", "accepted": True, "wish": "tomorrow at ten"}}, False),
    ],
)
async def test_an_answer_is_kept_if_it_has_the_form_and_is_under_its_sender_s_name(
    pushed: Pushed, changes: dict[str, object], kept: bool
) -> None:
    answer = {
        "type": "org.veilleuse.answer", "event_id": "$a", "room_id": "!r", "sender": "@g:x", "state_key": "@g:x",
        "content": {"proposal": "p1", "accepted": True, "wish": "morning"},
    }  # fmt: skip
    assert await pushed.push({"events": [answer | changes]}) == 200
    expected = GuestAnswered(EventId("$a"), RoomId("!r"), UserId("@g:x"), ProposalId("p1"), True, Wish.MORNING)
    assert [one.change for one in await pushed.inbox.pending(10)] == ([expected] if kept else [])


async def test_a_transaction_number_that_comes_again_with_other_events_is_another_transaction(pushed: Pushed) -> None:
    await pushed.push({"events": [JOIN]})
    await pushed.push({"events": [JOIN | {"event_id": "$3"}]})
    assert [received.change.event_id for received in await pushed.inbox.pending(10)] == ["$1", "$3"]


async def test_what_cannot_be_kept_is_not_acknowledged(pushed: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(pushed.inbox, "receive", full)
    assert await pushed.push({"events": [JOIN]}) == 500


@pytest.mark.parametrize("token", ["", "h" * 15, "a" * 16])
async def test_somebody_who_is_not_the_homeserver_is_refused(pushed: Pushed, token: str) -> None:
    assert await pushed.push({"events": [JOIN]}, token) == 401
    assert await pushed.inbox.pending(10) == []


@pytest.mark.parametrize("body", [{}, [], "x", None, {"events": 7}])
async def test_what_is_not_a_transaction_is_refused(pushed: Pushed, body: object) -> None:
    assert await pushed.push(body) == 400


async def test_an_event_that_cannot_be_read_is_left_out_and_not_written_to_the_log(
    pushed: Pushed, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        broken = JOIN | {"content": {"membership": "secret-word"}}
        assert await pushed.push({"events": [broken, "secret-word", 7, JOIN]}) == 200
    assert len(await pushed.inbox.pending(10)) == 1
    assert "secret-word" not in caplog.text
