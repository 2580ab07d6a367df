"""What may be sent into a signalement: ciphertext, the warden's state events, the guest's answer, comings and goings.

Everything else is refused, whatever power its sender has. `decide` is asked of every event that this homeserver makes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from policies.signalement_policy import refusals
from policies.signalement_policy.people import Role
from policies.signalement_policy.verdicts import ALLOW, Deny, Rule, Verdict, first_verdict

ANSWER = "org.veilleuse.answer"
ENCRYPTED = "m.room.encrypted"
REDACTION = "m.room.redaction"
MEMBER = "m.room.member"

_CIPHERTEXT_KEYS = {"algorithm", "ciphertext", "session_id", "sender_key", "device_id"}
"""Of Megolm. Replies, edits and threads would add `m.relates_to`, which names another message in clear."""

_MEMBER_KEYS = {"membership", "displayname", "avatar_url", "is_direct", "join_authorised_via_users_server"}
_REFERENCE = re.compile(r"[A-Z0-9]{4}-[0-9]{2}")
_PROPOSAL = re.compile(r"[A-Za-z0-9_.~-]{1,128}")
_WISHES = (None, "as_soon_as_possible", "morning", "afternoon", "evening")

WARDENS_STATE = frozenset({"org.veilleuse.claim", "org.veilleuse.orientation", "org.veilleuse.closed"})
"""Named in docs/protocol.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An event on its way into a signalement, and what the homeserver knows about it."""

    kind: str
    state_key: str | None
    content: Mapping[str, object]
    sender: str
    sender_is: Role
    member_is: Role | None = None
    """Of `m.room.member`: whom it is about."""
    redacts_own: bool = False
    """Of `m.room.redaction`: whether the redacted event is by the same sender."""
    has_other_guest: bool = False
    """Of an invitation of a guest: whether another one is or was in the room."""
    admits_strangers: bool = False
    """Of `m.room.join_rules`: whether a room that the warden did not create opens the door."""


def decide(sent: Sent) -> Verdict:
    """Never without a decision."""
    verdict = first_verdict(RULES, sent)
    return refusals.by_type(sent.kind, is_state=sent.state_key is not None) if verdict is None else verdict


def _federation(sent: Sent) -> Verdict:
    if sent.sender_is is Role.FOREIGNER or sent.member_is is Role.FOREIGNER:
        return refusals.FEDERATION
    return None


def _ciphertext(sent: Sent) -> Verdict:
    if sent.kind != ENCRYPTED or sent.state_key is not None:
        return None
    if sent.sender_is not in (Role.GUEST, Role.PERSON):
        return refusals.SPEAKER
    if "m.relates_to" in sent.content:
        return refusals.RELATION
    named = all(isinstance(value, str) for value in sent.content.values())
    if not named or not {"ciphertext", "session_id"} <= sent.content.keys() <= _CIPHERTEXT_KEYS:
        return refusals.CIPHERTEXT
    return ALLOW if sent.content.get("algorithm") == "m.megolm.v1.aes-sha2" else refusals.CIPHERTEXT


def _redaction(sent: Sent) -> Verdict:
    if sent.kind != REDACTION or sent.state_key is not None:
        return None
    if sent.sender_is is not Role.WARDEN and not sent.redacts_own:
        return refusals.REDACTION
    return ALLOW if sent.content.keys() <= {"redacts"} else refusals.REASON


def _answer(sent: Sent) -> Verdict:
    if sent.kind != ANSWER or sent.state_key is None:
        return None
    if sent.sender_is is not Role.GUEST or sent.state_key != sent.sender:
        return refusals.ANSWER_BY_OTHERS
    match sent.content:
        case {"proposal": str(proposal), "accepted": bool(), "wish": wish} if (
            len(sent.content) == 3 and _PROPOSAL.fullmatch(proposal) and wish in _WISHES
        ):
            return ALLOW
    return refusals.ANSWER_FORM


def _membership(sent: Sent) -> Verdict:
    if sent.kind != MEMBER or sent.state_key is None:
        return None
    if "reason" in sent.content:
        return refusals.REASON
    if not sent.content.keys() <= _MEMBER_KEYS:
        return refusals.MEMBER_FORM
    if sent.content.get("membership") == "leave":
        return ALLOW if sent.state_key == sent.sender or sent.sender_is is Role.WARDEN else refusals.EXPULSION
    if sent.member_is is Role.ROBOT:
        return refusals.ROBOT
    return _arrival(sent)


def _arrival(sent: Sent) -> Verdict:
    match sent.content.get("membership"):
        case "join":
            return ALLOW if sent.state_key == sent.sender else refusals.MEMBER_FORM
        case "invite":
            if sent.sender_is is not Role.WARDEN:
                return refusals.INVITATION
            return refusals.SECOND_GUEST if sent.has_other_guest else ALLOW
        case "ban":
            return ALLOW if sent.sender_is is Role.WARDEN else refusals.EXPULSION
    return refusals.KNOCK


def _warden(sent: Sent) -> Verdict:
    if sent.sender_is is not Role.WARDEN or sent.state_key is None:
        return None
    if sent.kind in WARDENS_STATE or sent.kind == "m.room.power_levels":
        return ALLOW
    well_formed = _WARDENS_FORMS.get(sent.kind)
    if well_formed is None or not well_formed(sent):
        return refusals.by_type(sent.kind, is_state=True)
    return ALLOW


_WARDENS_FORMS: Mapping[str, Callable[[Sent], object]] = {
    "m.room.create": lambda sent: (
        sent.content.get("m.federate") is False and not sent.content.get("additional_creators")
    ),
    "m.room.encryption": lambda sent: sent.content.get("algorithm") == "m.megolm.v1.aes-sha2",
    "m.room.guest_access": lambda sent: sent.content.get("guest_access") == "forbidden",
    "m.room.history_visibility": lambda sent: sent.content.get("history_visibility") == "joined",
    "m.room.join_rules": lambda sent: (
        sent.content.get("join_rule") in ("invite", "restricted") and not sent.admits_strangers
    ),
    "m.room.name": lambda sent: isinstance(name := sent.content.get("name"), str) and _REFERENCE.fullmatch(name),
}
"""State that the warden sends in one form only: the door does not open wider, and the name tells nothing."""

RULES: tuple[Rule[Sent], ...] = (
    Rule(_federation, (refusals.FEDERATION,)),
    Rule(_ciphertext, (refusals.SPEAKER, refusals.RELATION, refusals.CIPHERTEXT)),
    Rule(_redaction, (refusals.REDACTION, refusals.REASON)),
    Rule(_answer, (refusals.ANSWER_BY_OTHERS, refusals.ANSWER_FORM)),
    Rule(
        _membership,
        (
            refusals.REASON,
            refusals.MEMBER_FORM,
            refusals.EXPULSION,
            refusals.ROBOT,
            refusals.INVITATION,
            refusals.SECOND_GUEST,
            refusals.KNOCK,
        ),
    ),
    Rule(_warden, (*refusals.BY_TYPE.values(), refusals.STATE)),
)


def about_a_guest_elsewhere(kind: str, membership: object, *, sender_is: Role, member_is: Role | None) -> Deny | None:
    """On an event in a room that is no signalement: a guest does nothing there, and is not brought there."""
    if sender_is is Role.GUEST:
        leaves = kind == MEMBER and membership == "leave"
        return None if leaves else refusals.GUEST_ELSEWHERE
    if member_is is Role.GUEST and membership != "leave":
        return refusals.GUEST_ELSEWHERE
    return None
