"""The guests' list of requests, without a homeserver."""

import pytest

from policies.signalement_policy.guest_requests import CLIENT, FOR_GUESTS, Asked, find, on_people, people_in
from policies.signalement_policy.verdicts import ALLOW

GUEST = "@veilleuse_guest_abcdefghijklmnopqrstuvwx27:example.org"


def asked(method: str, path: str) -> Asked | None:
    return find(FOR_GUESTS, method, path, GUEST)


@pytest.mark.parametrize(
    ("method", "path", "room"),
    [
        ("GET", "/sync", None),
        ("HEAD", "/sync", None),
        ("POST", "/rooms/!r%3Aexample.org/leave", "!r:example.org"),
        ("PUT", "/rooms/%21r/send/m.room.encrypted/1", "!r"),
        ("PUT", f"/rooms/!r/typing/{GUEST}", "!r"),
        ("PUT", f"/rooms/!r/typing/{GUEST.replace('@', '%40')}", "!r"),
    ],
)
def test_what_is_on_the_list_is_found_with_its_room(method: str, path: str, room: str | None) -> None:
    found = asked(method, CLIENT + path)
    assert found is not None
    assert found.room_id == room


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{CLIENT}/sync"),
        ("GET", f"{CLIENT}/sync/"),
        ("GET", "/_matrix/client/r0/sync"),
        ("GET", "/_matrix/client/v3/../v3/sync"),
        ("GET", f"{CLIENT}/SYNC"),
        ("GET", "//_matrix/client/v3/sync"),
        ("PUT", f"{CLIENT}/rooms/!r/send/m.room.message/1"),
        ("PUT", f"{CLIENT}/rooms/!r/send/m.room.encrypted%2F..%2Fm.room.message/1"),
        ("PUT", f"{CLIENT}/rooms/!r/typing/@agent:example.org"),
        ("PUT", f"{CLIENT}/rooms/!r/state/org.veilleuse.answer/@agent:example.org"),
        ("PUT", f"{CLIENT}/rooms/!r/state/org.veilleuse.answer"),
        ("PUT", f"{CLIENT}/sendToDevice/m.room_key/1"),
        ("POST", f"{CLIENT}/createRoom"),
        ("GET", ""),
    ],
)
def test_nothing_else_is(method: str, path: str) -> None:
    assert asked(method, path) is None


def test_the_people_in_a_body_are_found_or_the_body_is_no_good() -> None:
    query = next(one for one in FOR_GUESTS if one.path == "/keys/query")
    signatures = next(one for one in FOR_GUESTS if one.path == "/keys/signatures/upload")
    assert people_in(query, {"device_keys": {"@a:b": [], "@c:d": []}}) == {"@a:b", "@c:d"}
    assert people_in(signatures, {"@a:b": {}}) == {"@a:b"}
    for body in ({}, {"device_keys": None}, {"device_keys": ["@a:b"]}):
        with pytest.raises(ValueError, match="device_keys"):
            people_in(query, body)


def test_only_who_is_in_the_conversation_may_be_asked_about() -> None:
    assert on_people(frozenset({GUEST, "@a:b"}), GUEST, frozenset({"@a:b"})) is ALLOW
    assert on_people(frozenset(), GUEST, frozenset()) is ALLOW
    assert on_people(frozenset({"@c:d"}), GUEST, frozenset({"@a:b"})) is not ALLOW
