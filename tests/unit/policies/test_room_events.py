"""What may be sent into a signalement, without a homeserver."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.signalement_policy.people import Role
from policies.signalement_policy.room_events import Sent, about_a_guest_elsewhere, decide
from policies.signalement_policy.verdicts import ALLOW, Deny

MEGOLM = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "c", "session_id": "s"}
ANSWER = {"proposal": "p-1", "accepted": True, "wish": None}
NAMES = {
    Role.WARDEN: "@veilleuse:example.org",
    Role.GUEST: "@guest:example.org",
    Role.ROBOT: "@veilleuse_desk_lyon:example.org",
    Role.PERSON: "@agent:example.org",
    Role.FOREIGNER: "@agent:elsewhere.example",
}
JOINED = {"history_visibility": "joined"}


def sent(kind: str, content: dict[str, Any], by: Role, state_key: str | None = None, **known: Any) -> Sent:
    return Sent(kind=kind, state_key=state_key, content=content, sender=NAMES[by], sender_is=by, **known)


def member(membership: str, by: Role, of: Role, *, own: bool = False, **more: Any) -> Sent:
    known = {name: more.pop(name) for name in ("has_other_guest",) if name in more}
    state_key = NAMES[by] if own else f"other{NAMES[of]}"
    return sent("m.room.member", {"membership": membership, **more}, by, state_key, member_is=of, **known)


@pytest.mark.parametrize(
    "event",
    [
        sent("m.room.encrypted", MEGOLM, Role.GUEST),
        sent("m.room.encrypted", MEGOLM, Role.PERSON),
        sent("m.room.encrypted", {**MEGOLM, "sender_key": "k", "device_id": "d"}, Role.PERSON),
        sent("m.room.redaction", {"redacts": "$e"}, Role.WARDEN),
        sent("m.room.redaction", {"redacts": "$e"}, Role.PERSON, redacts_own=True),
        sent("m.room.redaction", {}, Role.GUEST, redacts_own=True),
        sent("org.veilleuse.answer", ANSWER, Role.GUEST, NAMES[Role.GUEST]),
        sent("org.veilleuse.answer", {**ANSWER, "wish": "morning"}, Role.GUEST, NAMES[Role.GUEST]),
        member("join", Role.PERSON, Role.PERSON, own=True, displayname="Agent 27"),
        member("join", Role.GUEST, Role.GUEST, own=True),
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
        sent("m.room.power_levels", {"users_default": 0}, Role.WARDEN, ""),
        sent("org.veilleuse.claim", {"agent": "@a:b"}, Role.WARDEN, ""),
        sent("org.veilleuse.orientation", {}, Role.WARDEN, "p-1"),
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
        (sent("m.room.encrypted", {"body": "clear"}, Role.GUEST), "unencrypted_fields"),
        (sent("m.room.encrypted", {}, Role.GUEST), "unencrypted_fields"),
        (sent("m.room.encrypted", MEGOLM, Role.ROBOT), "speaker"),
        (sent("m.room.encrypted", MEGOLM, Role.WARDEN), "speaker"),
        (sent("m.room.encrypted", MEGOLM, Role.FOREIGNER), "federation"),
        (sent("m.room.encrypted", MEGOLM, Role.PERSON, ""), "room_state"),
        (sent("m.room.redaction", {"redacts": "$e"}, Role.PERSON), "foreign_redaction"),
        (sent("m.room.redaction", {"redacts": "$e", "reason": "clear"}, Role.WARDEN), "clear_reason"),
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
        (sent("m.room.create", {}, Role.WARDEN, ""), "room_creation"),
        (
            sent("m.room.create", {"m.federate": False, "additional_creators": ["@a:b"]}, Role.WARDEN, ""),
            "room_creation",
        ),
        (sent("m.room.name", {"name": "Anne, Versailles"}, Role.WARDEN, ""), "room_name"),
        (sent("m.room.name", {"name": "K7QM-42"}, Role.PERSON, ""), "room_name"),
        (sent("m.room.name", {}, Role.WARDEN, ""), "room_name"),
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
