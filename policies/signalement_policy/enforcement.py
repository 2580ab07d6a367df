"""The rules at work: gathers what they need to know, asks them, and refuses what they deny."""

from collections.abc import Mapping
from typing import Any, NoReturn

from synapse.events import EventBase
from synapse.http.servlet import parse_json_object_from_request
from synapse.module_api import Requester, SynapseRequest
from synapse.module_api.errors import Codes, SynapseError

from policies.signalement_policy import guest_requests, interception, refusals, room_events
from policies.signalement_policy.homeserver import Caller, Homeserver
from policies.signalement_policy.members import ever_members
from policies.signalement_policy.people import Role
from policies.signalement_policy.verdicts import Deny, Verdict
from policies.signalement_policy.violations import Violations

RULE = "org.veilleuse.rule"
"""Beside `errcode` and `error` in a refusal: which rule was broken."""


class Enforcement:
    def __init__(self, homeserver: Homeserver, violations: Violations) -> None:
        self._homeserver = homeserver
        self._violations = violations

    def stand_in_the_way(self) -> None:
        """Raises `ConfigError` if this Synapse has not the places where the rules are to be asked."""
        interception.before_each_request(self._homeserver, self.check_request)
        interception.before_each_event(self._homeserver, self.check_event)
        interception.before_each_device(self._homeserver, self.check_device)
        interception.before_each_upload_of_keys(self._homeserver, self.check_keys)
        interception.before_each_to_device(self._homeserver, self.check_to_device)
        interception.before_each_alias(self._homeserver, self.check_alias)
        interception.before_each_publication(self._homeserver, self.check_publication)
        interception.before_each_room(self._homeserver, self.check_room)
        interception.before_each_login(self._homeserver, self.check_login)
        interception.before_each_delayed_event(self._homeserver, self.check_delayed_event)
        interception.before_each_invitation_by_address(self._homeserver, self.check_invitation_by_address)
        interception.before_each_foreign_invitation(self._homeserver, self.check_foreign_invitation)
        interception.before_each_foreign_to_device(self._homeserver, self.check_foreign_to_device)

    async def check_request(self, request: SynapseRequest) -> None:
        caller = await self._homeserver.caller(request)
        if caller is None:
            return
        path = request.path.decode("ascii", "replace")
        if self._homeserver.is_guest(caller.user_id):
            await self._enforce(await self._on_guests_request(caller, request, path), caller.user_id)
        elif path.endswith("/preview_url") and await self._homeserver.signalements_of(caller.user_id):
            await self._refuse(refusals.URL_PREVIEW, caller.user_id)

    async def _on_guests_request(self, caller: Caller, request: SynapseRequest, path: str) -> Verdict:
        listed = guest_requests.IN_A_GUESTS_NAME if caller.is_service else guest_requests.FOR_GUESTS
        asked = guest_requests.find(listed, request.get_method(), path, caller.user_id)
        if asked is None:
            return guest_requests.REQUEST
        if asked.room_id is not None and not await self._homeserver.is_own_signalement(caller.user_id, asked.room_id):
            return guest_requests.OTHER_ROOM
        if asked.endpoint.people is None:
            return None
        people = _people_in(asked.endpoint, request)
        return guest_requests.on_people(people, caller.user_id, await self._homeserver.joined_with(caller.user_id))

    async def check_event(self, event: EventBase) -> None:
        if event.type == "m.room.create" and event.is_state():
            self._homeserver.note_creation(event)
        if await self._homeserver.is_signalement(event.room_id):
            await self._enforce(room_events.decide(await self._sent(event)), event.sender)
            return
        member = event.state_key if event.type == room_events.MEMBER and event.is_state() else ""
        if self._homeserver.is_guest(event.sender) or self._homeserver.is_guest(member):
            verdict = room_events.about_a_guest_elsewhere(
                event.type,
                event.content.get("membership"),
                sender_is=await self._homeserver.role(event.sender),
                member_is=await self._homeserver.role(member) if member else None,
            )
            await self._enforce(verdict, event.sender)

    async def _sent(self, event: EventBase) -> room_events.Sent:
        content = dict(event.content)
        state_key = event.get_state_key()
        is_member = event.type == room_events.MEMBER and state_key is not None
        member_is = await self._homeserver.role(state_key) if is_member and state_key else None
        known = member_is is not None and member_is is not Role.FOREIGNER
        return room_events.Sent(
            kind=event.type,
            state_key=state_key,
            content=content,
            sender=event.sender,
            sender_is=await self._homeserver.role(event.sender),
            warden=self._homeserver.warden,
            device_id=getattr(event.internal_metadata, "device_id", None),
            member_is=member_is,
            profile=await self._homeserver.profile(state_key) if known and state_key else room_events.Profile(),
            redacts_own=event.type == room_events.REDACTION and await self._redacts_own(event),
            is_of_a_desk=member_is is Role.PERSON and await self._homeserver.is_of_a_desk(state_key or ""),
            has_other_guest=member_is is Role.GUEST and await self._has_other_guest(event),
            admits_strangers=event.type == "m.room.join_rules" and await self._admits_strangers(content),
        )

    async def _redacts_own(self, event: EventBase) -> bool:
        redacts = event.redacts
        return redacts is not None and await self._homeserver.sender_of(redacts) == event.sender

    async def _has_other_guest(self, event: EventBase) -> bool:
        members = await self._homeserver.transaction("veilleuse_members", ever_members, event.room_id)
        return any(self._homeserver.is_guest(member) for member in members - {event.state_key})

    async def _admits_strangers(self, content: Mapping[str, object]) -> bool:
        """Whether a rule of joining lets in by a room that is not a desk's Space; also if it cannot be understood."""
        allowed = content.get("allow", [])
        if not isinstance(allowed, (list, tuple)):
            return True
        for way in allowed:
            room_id = way.get("room_id") if isinstance(way, Mapping) else None
            if not isinstance(room_id, str) or not await self._homeserver.is_space(room_id):
                return True
        return False

    async def check_device(self, user_id: str, device_id: str | None) -> None:
        await self.check_keys(user_id)
        if self._homeserver.is_guest(user_id):
            devices = await self._homeserver.devices_of(user_id)
            if devices and device_id not in devices:
                await self._refuse(refusals.SECOND_DEVICE, user_id)

    async def check_login(self, user_id: str) -> None:
        """A guest is given one token, with its one device."""
        if self._homeserver.is_guest(user_id) and await self._homeserver.devices_of(user_id):
            await self._refuse(refusals.SECOND_DEVICE, user_id)

    async def check_keys(self, user_id: str) -> None:
        if user_id == self._homeserver.warden:
            await self._refuse(refusals.WARDEN_DEVICE, user_id)

    async def check_to_device(self, requester: Requester, messages: Mapping[str, Any]) -> None:
        """A guest hears the warden, and who is in its conversation: nobody else."""
        sender = requester.user.to_string()
        if sender == self._homeserver.warden:
            return
        for recipient in messages:
            if recipient != sender and self._homeserver.is_guest(recipient):
                if sender not in await self._homeserver.joined_with(recipient):
                    await self._refuse(refusals.TO_DEVICE, sender)

    async def check_foreign_to_device(self, origin: str, content: object) -> None:
        """No conversation has anybody of another homeserver in it."""
        messages = content.get("messages") if isinstance(content, Mapping) else None
        if any(map(self._homeserver.is_guest, messages if isinstance(messages, Mapping) else ())):
            await self._refuse(refusals.TO_DEVICE, f"@:{origin}")

    async def check_foreign_invitation(self, event: EventBase) -> None:
        if self._homeserver.is_guest(event.get_state_key() or ""):
            await self._refuse(refusals.GUEST_ELSEWHERE, event.sender)
        if await self._homeserver.is_signalement(event.room_id):
            await self._refuse(refusals.FEDERATION, event.sender)

    async def check_invitation_by_address(self, requester: Requester, room_id: str) -> None:
        if await self._homeserver.is_signalement(room_id):
            await self._refuse(refusals.INVITATION, requester.user.to_string())

    async def check_delayed_event(self, requester: Requester, room_id: str) -> None:
        if await self._homeserver.is_signalement(room_id):
            await self._refuse(refusals.DELAYED, requester.user.to_string())

    async def check_alias(self, requester: Requester, room_id: str) -> None:
        if await self._homeserver.is_wardens(room_id):
            await self._refuse(refusals.ALIAS, requester.user.to_string())

    async def check_publication(self, user_id: str, room_id: str, visibility: str) -> None:
        if visibility != "private" and await self._homeserver.is_wardens(room_id):
            await self._refuse(refusals.DIRECTORY, user_id)

    async def check_room(self, requester: Requester, asked: Mapping[str, object]) -> None:
        creator = requester.user.to_string()
        if creator == self._homeserver.warden and asked.get("visibility", "private") != "private":
            await self._refuse(refusals.DIRECTORY, creator)

    async def _enforce(self, verdict: Verdict, user_id: str) -> None:
        if isinstance(verdict, Deny):
            await self._refuse(verdict, user_id)

    async def _refuse(self, denied: Deny, user_id: str) -> NoReturn:
        await self._violations.count(denied.rule, user_id)
        raise SynapseError(403, denied.reason, Codes(denied.code), {RULE: denied.rule})


def _people_in(endpoint: guest_requests.Endpoint, request: SynapseRequest) -> frozenset[str]:
    body = parse_json_object_from_request(request)
    if request.content is not None:
        request.content.seek(0)  # the endpoint reads it again
    try:
        return guest_requests.people_in(endpoint, body)
    except ValueError as error:
        raise SynapseError(400, str(error), Codes.BAD_JSON) from None
