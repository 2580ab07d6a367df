"""What may be sent into a signalement: ciphertext, the warden's state events, the guest's answer, comings and goings.

Everything else is refused, whatever power its sender has. `decide` is asked of every event that this homeserver makes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.signalement_policy import forms, refusals
from policies.signalement_policy.people import Role
from policies.signalement_policy.verdicts import ALLOW, Deny, Rule, Verdict, first_verdict

ANSWER = "org.veilleuse.answer"
ENCRYPTED = "m.room.encrypted"
REDACTION = "m.room.redaction"
MEMBER = "m.room.member"

_MEMBER_KEYS = {"membership", "displayname", "avatar_url", "is_direct", "join_authorised_via_users_server"}


@dataclass(frozen=True, slots=True)
class Profile:
    """As the homeserver has it; None for what is not set."""

    displayname: str | None = None
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An event on its way into a signalement, and what the homeserver knows about it."""

    kind: str
    state_key: str | None
    content: Mapping[str, object]
    sender: str
    sender_is: Role
    warden: str
    device_id: str | None = None
    """The sender's, as far as the homeserver knows."""
    member_is: Role | None = None
    """Of `m.room.member`: whom it is about."""
    profile: Profile = Profile()
    """Of `m.room.member`: whom it is about, everywhere."""
    is_of_a_desk: bool = False
    """Of `m.room.member`: whether whom it is about is in a room of a desk."""
    redacts_own: bool = False
    """Of `m.room.redaction`: whether the redacted event is by the same sender."""
    has_other_guest: bool = False
    """Of an invitation of a guest: whether another one is or was in the room."""
    admits_strangers: bool = False
    """Of `m.room.join_rules`: whether a room that is not a desk's Space opens the door."""


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
    if "m.relates_to" in sent.content:  # replies, edits and threads, which name another message in clear
        return refusals.RELATION
    return ALLOW if forms.is_ciphertext(sent.content, sent.device_id) else refusals.CIPHERTEXT


def _redaction(sent: Sent) -> Verdict:
    if sent.kind != REDACTION or sent.state_key is not None:
        return None
    if sent.sender_is is not Role.WARDEN and not sent.redacts_own:
        return refusals.REDACTION
    return ALLOW if forms.is_redaction(sent.content) else refusals.REASON


def _answer(sent: Sent) -> Verdict:
    if sent.kind != ANSWER or sent.state_key is None:
        return None
    if sent.sender_is is not Role.GUEST or sent.state_key != sent.sender:
        return refusals.ANSWER_BY_OTHERS
    return ALLOW if forms.is_answer(sent.content) else refusals.ANSWER_FORM


def _membership(sent: Sent) -> Verdict:
    if sent.kind != MEMBER or sent.state_key is None:
        return None
    if "reason" in sent.content:
        return refusals.REASON
    if not _is_member(sent):
        return refusals.MEMBER_FORM
    if sent.content.get("membership") == "leave":
        return ALLOW if sent.state_key == sent.sender or sent.sender_is is Role.WARDEN else refusals.EXPULSION
    if sent.member_is is Role.ROBOT:
        return refusals.ROBOT
    return _arrival(sent)


def _is_member(sent: Sent) -> bool:
    """Whether it says of the member what is known everywhere: a name for one room only would be any text."""
    content = sent.content
    return (
        content.keys() <= _MEMBER_KEYS
        and content.get("displayname") in (None, sent.profile.displayname)
        and content.get("avatar_url") in (None, sent.profile.avatar_url)
        and content.get("is_direct") in (None, True, False)
        and content.get("join_authorised_via_users_server") in (None, sent.warden)
    )


def _arrival(sent: Sent) -> Verdict:
    is_stranger = sent.member_is is Role.PERSON and not sent.is_of_a_desk
    match sent.content.get("membership"):
        case "join":
            if sent.state_key != sent.sender:
                return refusals.MEMBER_FORM
            return refusals.STRANGER if is_stranger else ALLOW
        case "invite":
            if sent.sender_is is not Role.WARDEN:
                return refusals.INVITATION
            if is_stranger:
                return refusals.STRANGER
            return refusals.SECOND_GUEST if sent.has_other_guest else ALLOW
        case "ban":
            return ALLOW if sent.sender_is is Role.WARDEN else refusals.EXPULSION
    return refusals.KNOCK


def _warden(sent: Sent) -> Verdict:
    if sent.sender_is is not Role.WARDEN or sent.state_key is None:
        return None
    if sent.admits_strangers or not forms.is_wardens(sent.kind, sent.state_key, sent.content):
        return refusals.by_type(sent.kind, is_state=True)
    return ALLOW


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
            refusals.STRANGER,
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
