"""What may be sent into a signalement, without a homeserver."""

import re
from typing import Any

import pytest
import vodozemac
from hypothesis import given
from hypothesis import strategies as st

from policies.signalement_policy.forms import is_megolm
from policies.signalement_policy.people import Role
from policies.signalement_policy.room_events import Profile, Sent, about_a_guest_elsewhere, decide
from policies.signalement_policy.verdicts import ALLOW, Deny
from tests.ciphertext import ALGORITHM, KEY, megolm, opened, sealed

MEGOLM = megolm("c")
EVENT = "$" + "A" * 43
CLAIM = {"agent": "@agent:example.org", "name": "Agent 27 (Lyon)"}
CARD = {
    "kind": "complaint", "name": "Brigade", "address": None, "phone": "17", "hours": ["lun 8:00"], "call_first": True,
    "source": "Service-Public.gouv.fr / DILA", "as_of": "2016-02-11", "has_desk": False,
}  # fmt: skip
ANSWER = {"proposal": "p-1", "accepted": True, "wish": None}
NAMES = {
    Role.WARDEN: "@veilleuse:example.org",
    Role.GUEST: "@guest:example.org",
    Role.ROBOT: "@veilleuse_desk_lyon:example.org",
    Role.PERSON: "@agent:example.org",
    Role.FOREIGNER: "@agent:elsewhere.example",
}
WAY = {"type": "m.room_membership", "room_id": "!" + "A" * 43}
JOINED = {"history_visibility": "joined"}


def sent(kind: str, content: dict[str, Any], by: Role, state_key: str | None = None, **known: Any) -> Sent:
    known = {"warden": NAMES[Role.WARDEN], "device_id": "DEVICE", **known}
    return Sent(kind=kind, state_key=state_key, content=content, sender=NAMES[by], sender_is=by, **known)


def member(membership: str, by: Role, of: Role, *, own: bool = False, **more: Any) -> Sent:
    known: dict[str, Any] = {name: more.pop(name) for name in ("has_other_guest", "is_of_a_desk") if name in more}
    known = {"is_of_a_desk": True, "profile": Profile("Agent 27", "mxc://a/b"), **known}
    state_key = NAMES[by] if own else f"other{NAMES[of]}"
    return sent("m.room.member", {"membership": membership, **more}, by, state_key, member_is=of, **known)


@pytest.mark.parametrize(
    "event",
    [
        sent("m.room.encrypted", MEGOLM, Role.GUEST),
        sent("m.room.encrypted", MEGOLM, Role.PERSON),
        sent("m.room.encrypted", {**MEGOLM, "sender_key": KEY, "device_id": "DEVICE"}, Role.PERSON),
        sent("m.room.redaction", {"redacts": EVENT}, Role.WARDEN),
        sent("m.room.redaction", {"redacts": EVENT}, Role.PERSON, redacts_own=True),
        sent("m.room.redaction", {}, Role.GUEST, redacts_own=True),
        sent("org.veilleuse.answer", ANSWER, Role.GUEST, NAMES[Role.GUEST]),
        sent("org.veilleuse.answer", {**ANSWER, "wish": "morning"}, Role.GUEST, NAMES[Role.GUEST]),
        member("join", Role.PERSON, Role.PERSON, own=True, displayname="Agent 27"),
        member("join", Role.PERSON, Role.PERSON, own=True, displayname=None, avatar_url="mxc://a/b", is_direct=True),
        member("join", Role.PERSON, Role.PERSON, own=True, join_authorised_via_users_server=NAMES[Role.WARDEN]),
        member("join", Role.GUEST, Role.GUEST, own=True, is_of_a_desk=False),
        member("leave", Role.PERSON, Role.PERSON, own=True),
        member("leave", Role.WARDEN, Role.PERSON),
        member("leave", Role.WARDEN, Role.ROBOT),
        member("ban", Role.WARDEN, Role.PERSON),
        member("invite", Role.WARDEN, Role.PERSON),
        member("invite", Role.WARDEN, Role.GUEST),
        sent("m.room.create", {"m.federate": False}, Role.WARDEN, ""),
        sent("m.room.name", {"name": "K7QM-42"}, Role.WARDEN, ""),
        sent("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}, Role.WARDEN, ""),
        sent("m.room.history_visibility", JOINED, Role.WARDEN, ""),
        sent("m.room.guest_access", {"guest_access": "forbidden"}, Role.WARDEN, ""),
        sent("m.room.join_rules", {"join_rule": "invite"}, Role.WARDEN, ""),
        sent("m.room.join_rules", {"join_rule": "restricted", "allow": []}, Role.WARDEN, ""),
        sent("m.room.join_rules", {"join_rule": "restricted", "allow": [WAY]}, Role.WARDEN, ""),
        sent("m.room.power_levels", {"users_default": 0, "events": {"m.room.encrypted": 50}}, Role.WARDEN, ""),
        sent("m.room.power_levels", {"users": {"@a:b": 100}, "notifications": {"room": 100}}, Role.WARDEN, ""),
        sent("org.veilleuse.claim", {}, Role.WARDEN, ""),
        sent("org.veilleuse.claim", {"reason": "agent_away"}, Role.WARDEN, ""),
        sent("org.veilleuse.claim", {"reason": "handed_over", "to": "Plateforme"}, Role.WARDEN, ""),
        sent("org.veilleuse.claim", CLAIM, Role.WARDEN, ""),
        sent("org.veilleuse.claim", {**CLAIM, "listeners": [CLAIM]}, Role.WARDEN, ""),
        sent("org.veilleuse.orientation", {}, Role.WARDEN, "p-1"),
        sent("org.veilleuse.orientation", CARD, Role.WARDEN, "p-1"),
        sent("org.veilleuse.closed", {}, Role.WARDEN, ""),
    ],
    ids=lambda event: f"{event.kind} by {event.sender_is}",
)
def test_what_a_conversation_needs_passes(event: Sent) -> None:
    assert decide(event) == ALLOW


@pytest.mark.parametrize(
    ("event", "rule"),
    [
        (sent("m.room.message", {"body": "clear"}, Role.PERSON), "clear_message"),
        (sent("m.room.message", {"body": "clear"}, Role.WARDEN), "clear_message"),
        (sent("m.sticker", {}, Role.GUEST), "clear_message"),
        (sent("m.call.invite", {}, Role.PERSON), "clear_message"),
        (sent("m.reaction", {"m.relates_to": {}}, Role.PERSON), "reaction"),
        (sent("m.room.encrypted", {**MEGOLM, "m.relates_to": {}}, Role.PERSON), "clear_relation"),
        (sent("m.room.encrypted", {**MEGOLM, "body": "clear"}, Role.PERSON), "unencrypted_fields"),
        (sent("m.room.encrypted", {**MEGOLM, "ciphertext": {"body": "clear"}}, Role.GUEST), "unencrypted_fields"),
        (sent("m.room.encrypted", {**MEGOLM, "algorithm": "m.none"}, Role.GUEST), "unencrypted_fields"),
        (sent("m.room.encrypted", {**MEGOLM, "ciphertext": "clear"}, Role.GUEST), "unencrypted_fields"),
        (sent("m.room.encrypted", {**MEGOLM, "session_id": "clear"}, Role.GUEST), "unencrypted_fields"),
        (sent("m.room.encrypted", {**MEGOLM, "sender_key": "clear"}, Role.GUEST), "unencrypted_fields"),
        (sent("m.room.encrypted", {**MEGOLM, "device_id": "clear"}, Role.GUEST), "unencrypted_fields"),
        (sent("m.room.encrypted", {**MEGOLM, "device_id": None}, Role.GUEST, device_id=None), "unencrypted_fields"),
        (sent("m.room.encrypted", {"body": "clear"}, Role.GUEST), "unencrypted_fields"),
        (sent("m.room.encrypted", {}, Role.GUEST), "unencrypted_fields"),
        (sent("m.room.encrypted", MEGOLM, Role.ROBOT), "speaker"),
        (sent("m.room.encrypted", MEGOLM, Role.WARDEN), "speaker"),
        (sent("m.room.encrypted", MEGOLM, Role.FOREIGNER), "federation"),
        (sent("m.room.encrypted", MEGOLM, Role.PERSON, ""), "room_state"),
        (sent("m.room.redaction", {"redacts": EVENT}, Role.PERSON), "foreign_redaction"),
        (sent("m.room.redaction", {"redacts": EVENT, "reason": "clear"}, Role.WARDEN), "clear_reason"),
        (sent("m.room.redaction", {"redacts": "clear"}, Role.WARDEN), "clear_reason"),
        (sent("org.veilleuse.answer", ANSWER, Role.WARDEN, NAMES[Role.GUEST]), "answer_by_others"),
        (sent("org.veilleuse.answer", ANSWER, Role.PERSON, NAMES[Role.PERSON]), "answer_by_others"),
        (sent("org.veilleuse.answer", ANSWER, Role.GUEST, NAMES[Role.PERSON]), "answer_by_others"),
        (sent("org.veilleuse.answer", {}, Role.GUEST, NAMES[Role.GUEST]), "answer_form"),
        (sent("org.veilleuse.answer", {**ANSWER, "wish": "whenever"}, Role.GUEST, NAMES[Role.GUEST]), "answer_form"),
        (sent("org.veilleuse.answer", {**ANSWER, "wish": []}, Role.GUEST, NAMES[Role.GUEST]), "answer_form"),
        (sent("org.veilleuse.answer", {**ANSWER, "accepted": 1}, Role.GUEST, NAMES[Role.GUEST]), "answer_form"),
        (sent("org.veilleuse.answer", {**ANSWER, "proposal": "a b"}, Role.GUEST, NAMES[Role.GUEST]), "answer_form"),
        (sent("org.veilleuse.answer", {**ANSWER, "note": "clear"}, Role.GUEST, NAMES[Role.GUEST]), "answer_form"),
        (member("leave", Role.PERSON, Role.PERSON, own=True, reason="clear"), "clear_reason"),
        (member("leave", Role.WARDEN, Role.PERSON, reason="clear"), "clear_reason"),
        (member("leave", Role.PERSON, Role.GUEST), "expulsion"),
        (member("ban", Role.PERSON, Role.PERSON), "expulsion"),
        (member("invite", Role.PERSON, Role.PERSON), "invitation"),
        (member("invite", Role.GUEST, Role.PERSON), "invitation"),
        (member("invite", Role.WARDEN, Role.ROBOT), "robot_member"),
        (member("join", Role.ROBOT, Role.ROBOT, own=True), "robot_member"),
        (member("invite", Role.WARDEN, Role.FOREIGNER), "federation"),
        (member("invite", Role.WARDEN, Role.GUEST, has_other_guest=True), "second_guest"),
        (member("knock", Role.PERSON, Role.PERSON, own=True), "knock"),
        (member("dance", Role.PERSON, Role.PERSON, own=True), "knock"),
        (member("join", Role.PERSON, Role.PERSON, own=True, note="clear"), "member_form"),
        (member("join", Role.PERSON, Role.PERSON), "member_form"),
        (member("join", Role.PERSON, Role.PERSON, own=True, displayname="clear"), "member_form"),
        (member("leave", Role.PERSON, Role.PERSON, own=True, displayname="clear"), "member_form"),
        (member("join", Role.PERSON, Role.PERSON, own=True, avatar_url="mxc://clear/text"), "member_form"),
        (member("join", Role.PERSON, Role.PERSON, own=True, is_direct="clear"), "member_form"),
        (member("join", Role.PERSON, Role.PERSON, own=True, join_authorised_via_users_server="clear"), "member_form"),
        (member("invite", Role.WARDEN, Role.PERSON, is_of_a_desk=False), "stranger"),
        (member("join", Role.PERSON, Role.PERSON, own=True, is_of_a_desk=False), "stranger"),
        (sent("m.room.create", {}, Role.WARDEN, ""), "room_creation"),
        (
            sent("m.room.create", {"m.federate": False, "additional_creators": ["@a:b"]}, Role.WARDEN, ""),
            "room_creation",
        ),
        (sent("m.room.name", {"name": "Anne, Versailles"}, Role.WARDEN, ""), "room_name"),
        (sent("m.room.name", {"name": "K7QM-42"}, Role.PERSON, ""), "room_name"),
        (sent("m.room.name", {}, Role.WARDEN, ""), "room_name"),
        (sent("m.room.create", {"m.federate": False, "note": "clear"}, Role.WARDEN, ""), "room_creation"),
        (sent("m.room.create", {"m.federate": False, "room_version": "clear"}, Role.WARDEN, ""), "room_creation"),
        (sent("m.room.name", {"name": "K7QM-42", "note": "clear"}, Role.WARDEN, ""), "room_name"),
        (sent("m.room.name", {"name": "K7QM-42"}, Role.WARDEN, "clear"), "room_name"),
        (sent("m.room.encryption", {"algorithm": ALGORITHM, "note": "clear"}, Role.WARDEN, ""), "encryption"),
        (sent("m.room.guest_access", {"guest_access": "forbidden", "note": "clear"}, Role.WARDEN, ""), "guest_access"),
        (sent("m.room.history_visibility", {**JOINED, "note": "clear"}, Role.WARDEN, ""), "history_visibility"),
        (sent("m.room.join_rules", {"join_rule": "invite", "note": "clear"}, Role.WARDEN, ""), "join_rules"),
        (sent("m.room.join_rules", {"join_rule": "restricted", "allow": ["clear"]}, Role.WARDEN, ""), "join_rules"),
        (
            sent(
                "m.room.join_rules", {"join_rule": "restricted", "allow": [{**WAY, "note": "clear"}]}, Role.WARDEN, ""
            ),
            "join_rules",
        ),
        (sent("m.room.power_levels", {"note": "clear"}, Role.WARDEN, ""), "power_levels"),
        (sent("m.room.power_levels", {"ban": "clear"}, Role.WARDEN, ""), "power_levels"),
        (sent("m.room.power_levels", {"users": {"clear": 0}}, Role.WARDEN, ""), "power_levels"),
        (sent("m.room.power_levels", {"events": {"clear text": 0}}, Role.WARDEN, ""), "power_levels"),
        (sent("m.room.power_levels", {"events": {"m.room.name": "clear"}}, Role.WARDEN, ""), "power_levels"),
        (sent("m.room.power_levels", {"notifications": {"clear": 1}}, Role.WARDEN, ""), "power_levels"),
        (sent("m.room.power_levels", {}, Role.WARDEN, "clear"), "power_levels"),
        (sent("org.veilleuse.claim", {"note": "clear"}, Role.WARDEN, ""), "room_state"),
        (sent("org.veilleuse.claim", {"reason": "clear"}, Role.WARDEN, ""), "room_state"),
        (sent("org.veilleuse.claim", {**CLAIM, "note": "clear"}, Role.WARDEN, ""), "room_state"),
        (sent("org.veilleuse.claim", {**CLAIM, "listeners": ["clear"]}, Role.WARDEN, ""), "room_state"),
        (sent("org.veilleuse.claim", CLAIM, Role.WARDEN, "clear"), "room_state"),
        (sent("org.veilleuse.closed", {"note": "clear"}, Role.WARDEN, ""), "room_state"),
        (sent("org.veilleuse.orientation", CARD, Role.WARDEN, "clear text"), "room_state"),
        (sent("org.veilleuse.orientation", {**CARD, "note": "clear"}, Role.WARDEN, "p-1"), "room_state"),
        (sent("org.veilleuse.orientation", {**CARD, "hours": "clear"}, Role.WARDEN, "p-1"), "room_state"),
        (sent("org.veilleuse.orientation", {**CARD, "as_of": "yesterday"}, Role.WARDEN, "p-1"), "room_state"),
        (sent("m.room.topic", {"topic": "clear"}, Role.WARDEN, ""), "room_topic"),
        (sent("m.room.avatar", {"url": "mxc://a/b"}, Role.PERSON, ""), "room_avatar"),
        (sent("m.room.canonical_alias", {"alias": "#a:b"}, Role.PERSON, ""), "room_alias"),
        (sent("m.room.pinned_events", {"pinned": []}, Role.PERSON, ""), "pinned_events"),
        (sent("m.room.encryption", {"algorithm": "m.none"}, Role.WARDEN, ""), "encryption"),
        (sent("m.room.encryption", {}, Role.PERSON, ""), "encryption"),
        (sent("m.room.history_visibility", {"history_visibility": "shared"}, Role.WARDEN, ""), "history_visibility"),
        (sent("m.room.history_visibility", JOINED, Role.PERSON, ""), "history_visibility"),
        (sent("m.room.guest_access", {"guest_access": "can_join"}, Role.WARDEN, ""), "guest_access"),
        (sent("m.room.join_rules", {"join_rule": "public"}, Role.WARDEN, ""), "join_rules"),
        (sent("m.room.join_rules", {"join_rule": "knock"}, Role.WARDEN, ""), "join_rules"),
        (sent("m.room.join_rules", {"join_rule": "restricted"}, Role.WARDEN, "", admits_strangers=True), "join_rules"),
        (sent("m.room.join_rules", {"join_rule": "invite"}, Role.PERSON, ""), "join_rules"),
        (sent("m.room.power_levels", {}, Role.PERSON, ""), "power_levels"),
        (sent("m.room.tombstone", {"replacement_room": "!r"}, Role.WARDEN, ""), "room_upgrade"),
        (sent("m.room.third_party_invite", {}, Role.PERSON, "t"), "invitation"),
        (sent("org.veilleuse.claim", {}, Role.PERSON, ""), "room_state"),
        (sent("org.veilleuse.claim", {}, Role.GUEST, ""), "room_state"),
        (sent("im.vector.modular.widgets", {}, Role.PERSON, "w"), "room_state"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_everything_else_is_refused_by_its_rule(event: Sent, rule: str) -> None:
    verdict = decide(event)
    assert isinstance(verdict, Deny)
    assert (verdict.rule, verdict.code) == (rule, "M_FORBIDDEN")


@given(st.text(max_size=300))
def test_what_passes_for_ciphertext_is_laid_out_as_one(text: str) -> None:
    assert is_megolm(sealed(text))
    assert opened(sealed(text)) == text.rstrip("\0")
    for wrong in (sealed(text)[:-4], sealed(text) + "AAAA", "A" + sealed(text), sealed(text) + "=", f"{sealed(text)} "):
        assert not is_megolm(wrong)


def test_ciphertext_of_the_page_and_of_element_passes() -> None:
    """By the library that both use: short and long, the first of its session and the two hundredth."""
    session = vodozemac.GroupSession()
    assert re.fullmatch("[A-Za-z0-9+/]{43}", session.session_id)
    for length in (0, 1, 15, 16, 127, 128, 5000, *[20] * 200):
        assert is_megolm(session.encrypt(b"x" * length).to_base64())


@given(st.text() | st.none() | st.binary())
def test_no_other_text_passes_for_ciphertext(text: str | bytes | None) -> None:
    assert not is_megolm(text)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(["m.room.message", "m.reaction", "m.room.topic", "m.room.encrypted", "m.room.member", "x"])
    | st.text(),
    st.dictionaries(st.sampled_from(["body", "membership", "redacts", "algorithm"]) | st.text(), json, max_size=4),
    st.sampled_from(Role),
    st.none() | st.just("") | st.text(),
)
def test_every_event_is_decided_upon_whatever_it_holds(
    kind: str, content: dict[str, Any], by: Role, state_key: str | None
) -> None:
    verdict = decide(sent(kind, content, by, state_key))
    assert isinstance(verdict, Deny) or verdict == ALLOW
    if state_key is None and kind not in ("m.room.encrypted", "m.room.redaction"):
        assert isinstance(verdict, Deny), "nothing but ciphertext is a message"


@pytest.mark.parametrize("kind", ["m.room.message", "m.room.create", "m.room.topic"])
def test_a_guest_does_nothing_in_another_room(kind: str) -> None:
    denied = about_a_guest_elsewhere(kind, None, sender_is=Role.GUEST, member_is=None)
    assert denied is not None
    assert denied.rule == "guest_elsewhere"


@pytest.mark.parametrize("membership", ["invite", "join", "ban", "knock"])
def test_a_guest_is_not_brought_into_another_room_and_may_leave_it(membership: str) -> None:
    for by in (Role.PERSON, Role.WARDEN):
        assert about_a_guest_elsewhere("m.room.member", membership, sender_is=by, member_is=Role.GUEST)
    for by in (Role.GUEST, Role.WARDEN):
        assert not about_a_guest_elsewhere("m.room.member", "leave", sender_is=by, member_is=Role.GUEST)
