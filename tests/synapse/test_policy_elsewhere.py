"""Ways around the rules about rooms and guests: other servers, addresses, and what is to be sent later."""

import secrets
from typing import Any
from urllib.parse import quote

from appservice.domain.audit.events import PolicyViolation
from appservice.domain.audit.values import ActorKind, Code
from appservice.matrix.shells import ModuleRefusals
from appservice.usecases.record_violations import RecordViolations
from tests.synapse.clients import CLIENT, Answer, Person, refusal
from tests.synapse.server import FOREIGN_SERVER, Server, Signalement
from tests.unit.usecases.erasing import Outside


async def test_nobody_asks_another_server_whose_an_address_is(server: Server, signalement: Signalement) -> None:
    """That there is no such server would be another error."""
    body = {"medium": "email", "address": "a@b.example", "id_server": "127.0.0.1:1", "id_access_token": "t"}
    for person in (signalement.agent, server.warden):
        answer = await person.ask("POST", f"{CLIENT}/rooms/{quote(signalement.room)}/invite", body)
        assert refusal(answer) == (403, "M_FORBIDDEN", "invitation")


async def test_nothing_is_kept_to_be_sent_later(server: Server, signalement: Signalement) -> None:
    later = {"org.matrix.msc4140.delay": "60000"}
    person = await server.agent()
    room = await person.create_room()
    for kind in ("send/m.room.message", "state/m.room.topic"):
        path, content = f"rooms/{{}}/{kind}/later", {"msgtype": "m.text", "body": "clear", "topic": "clear"}
        answer = await signalement.agent.ask(
            "PUT", f"{CLIENT}/{path.format(quote(signalement.room))}", content, **later
        )
        assert refusal(answer) == (403, "M_FORBIDDEN", "delayed_event")
        ordinarily = await person.ask("PUT", f"{CLIENT}/{path.format(quote(room))}", content, **later)
        assert "org.veilleuse.rule" not in ordinarily.body


async def test_no_other_server_writes_to_a_guest_or_invites_it(server: Server, signalement: Signalement) -> None:
    origin, sender = "elsewhere.example", "@somebody:elsewhere.example"

    async def arrives(**what: Any) -> Answer:
        return await server.client(None)("POST", FOREIGN_SERVER, {"origin": origin, **what})

    def message(recipient: Person) -> dict[str, Any]:
        messages = {recipient.user_id: {recipient.device_id: {"text": "x"}}}
        return {
            "sender": sender,
            "type": "org.example.foreign",
            "message_id": secrets.token_hex(4),
            "messages": messages,
        }

    def invitation(recipient: Person, room: str) -> dict[str, Any]:
        content = {"membership": "invite"}
        return {"type": "m.room.member", "state_key": recipient.user_id, "sender": sender, "room_id": room,
                "content": content, "auth_events": [], "prev_events": [], "depth": 1, "origin_server_ts": 1,
                "hashes": {}, "signatures": {}}  # fmt: skip

    answer = await arrives(to_device=message(signalement.guest))
    assert refusal(answer) == (403, "M_FORBIDDEN", "to_device_by_strangers")
    assert (await arrives(to_device=message(signalement.agent))).status == 200
    elsewhere = "!room:elsewhere.example"
    answer = await arrives(invitation=invitation(signalement.guest, elsewhere))
    assert refusal(answer) == (403, "M_FORBIDDEN", "guest_elsewhere")
    assert refusal(await arrives(invitation=invitation(signalement.agent, signalement.room))) == (
        403,
        "M_FORBIDDEN",
        "federation",
    )
    assert (await arrives(invitation=invitation(signalement.agent, elsewhere))).status == 200


class Read:
    """How far the record has read, in memory."""

    def __init__(self, number: int) -> None:
        self._number = number

    async def last(self) -> int:
        return self._number

    async def keep(self, number: int) -> None:
        self._number = number


async def test_what_was_refused_comes_into_the_record_once(server: Server, signalement: Signalement) -> None:
    async def requests(method: str, path: str, *, query: dict[str, str]) -> dict[str, Any]:
        return await server.warden.ask.ok(method, f"/{path}", None, **query)

    requests_of_the_service: Any = requests
    refusals = ModuleRefusals(requests_of_the_service)
    before = max((refused.number for refused in await refusals.since(0)), default=0)
    path = f"{CLIENT}/rooms/{quote(signalement.room)}/send/m.reaction/{secrets.token_hex(4)}"
    assert (await signalement.agent.ask("PUT", path, {"m.relates_to": {}})).status == 403

    outside = Outside()
    record = RecordViolations(refusals, Read(before), outside.stores, outside.audit)
    for _ in range(2):
        await record()
    assert outside.audit.told == [PolicyViolation(Code("reaction"), ActorKind.AGENT, 1)]
