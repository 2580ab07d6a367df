"""The module's decisions, without a homeserver."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.signalement_policy.rules import (
    PROBE,
    Moment,
    has_guest_name,
    may_hold_room,
    probe_moment,
    room_hash,
    without_names,
)

WARDEN = "@veilleuse:example.org"
TOKEN = "abcdefghijklmnopqrstuvwx27"
JOINED = 1_700_000_000_000
MINUTE = timedelta(minutes=1) // timedelta(milliseconds=1)


def test_a_guests_name_is_the_wardens_with_26_random_letters() -> None:
    assert has_guest_name(f"@veilleuse_guest_{TOKEN}:example.org", WARDEN)


@pytest.mark.parametrize(
    "user_id",
    [
        WARDEN,
        "@veilleuse_guest_:example.org",
        "@veilleuse_desk_lyon:example.org",
        f"@veilleuse_guest_{TOKEN}a:example.org",
        f"@veilleuse_guest_{TOKEN[1:]}:example.org",
        f"@veilleuse_guest_{TOKEN.upper()}:example.org",
        f"@veilleuse_guest_{TOKEN[1:]}1:example.org",
        f"@veilleuse_guest_{TOKEN}\n:example.org",
        f"@veilleuse_guest_{TOKEN}:example.org.evil.example",
        f"@veilleuse_guest_{TOKEN}:evil.example",
        f"@other_guest_{TOKEN}:example.org",
        f"veilleuse_guest_{TOKEN}:example.org",
        "",
    ],
)
def test_nothing_else_is_a_guests_name(user_id: str) -> None:
    assert not has_guest_name(user_id, WARDEN)


@given(st.text())
def test_no_text_makes_the_name_rule_stumble(text: str) -> None:
    assert not has_guest_name(text, WARDEN) or len(text) == len(f"@veilleuse_guest_{TOKEN}:example.org")


def test_a_room_is_spoken_of_by_its_sha_256() -> None:
    assert room_hash("!a") == "0266b93cf3014995a269f322cc0dee93b5fa794a67e1105486f31b49575515dc"


def a_probe(**changes: object) -> dict[str, object]:
    return {"type": PROBE, "sender": WARDEN, "content": {"room": room_hash("!room"), "moment": "kick"}} | changes


@pytest.mark.parametrize("moment", list(Moment))
def test_the_wardens_probe_for_the_room_tells_its_moment(moment: Moment) -> None:
    probe = a_probe(content={"room": room_hash("!room"), "moment": moment.value})
    assert probe_moment(probe, WARDEN, "!room") is moment


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        {},
        {"type": PROBE, "sender": WARDEN},
        a_probe(content=None),
        a_probe(sender="@agent:example.org"),
        a_probe(type="m.room.encrypted"),
        a_probe(content={"room": room_hash("!other"), "moment": "kick"}),
        a_probe(content={"room": [room_hash("!room")], "moment": "kick"}),
        a_probe(content={"room": room_hash("!room"), "moment": "lunch"}),
        a_probe(content={"room": room_hash("!room"), "moment": ["kick"]}),
        a_probe(content={"room": room_hash("!room")}),
    ],
)
def test_nothing_else_is_a_probe_for_the_room(message: object) -> None:
    assert probe_moment(message, WARDEN, "!room") is None


def test_a_device_last_seen_well_before_the_join_cannot_hold_the_room() -> None:
    assert not may_hold_room(JOINED - 16 * MINUTE, JOINED)


def test_a_device_seen_shortly_before_the_join_or_after_it_may_hold_the_room() -> None:
    assert may_hold_room(JOINED - 15 * MINUTE, JOINED)
    assert may_hold_room(JOINED + 1, JOINED)


def test_a_device_never_seen_may_hold_the_room() -> None:
    assert may_hold_room(None, JOINED)


@pytest.mark.parametrize(
    ("setting", "remains"),
    [
        ({}, {}),
        ({"n": 1, "of": None, "on": True}, {"n": 1, "of": None, "on": True}),
        ({"recent_rooms": ["!room", "!other"]}, {"recent_rooms": ["!other"]}),
        ({"@guest:example.org": ["!room"], "@else": ["!other", "!room"]}, {"@else": ["!other"]}),
        ({"deep": [{"in": {"room": "!room", "n": 1}}, ["!room"]]}, {"deep": [{"in": {"n": 1}}, []]}),
        ({"link": "https://matrix.to/#/!room/x", "seen @guest:example.org": 1}, {}),
    ],
)
def test_of_a_setting_entries_that_name_them_go_and_the_others_stay(setting: object, remains: object) -> None:
    assert without_names(setting, ("!room", "@guest:example.org")) == remains
