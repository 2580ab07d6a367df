"""The one form of each thing that may be said in clear in a signalement, and what passes for ciphertext. Pure.

State of the warden's: docs/protocol.md. What is not of its form could hold anything.
"""

import re
from binascii import a2b_base64
from collections.abc import Callable, Mapping

from policies.signalement_policy.rules import is_room_id

Content = Mapping[str, object]

MEGOLM = "m.megolm.v1.aes-sha2"
_EVENT_ID = re.compile(r"\$[A-Za-z0-9_-]{43}")
"""Of the room versions since 4: a hash."""

_USER_ID = re.compile(r"@[a-z0-9._=/+-]{1,255}:[A-Za-z0-9.:\[\]-]{1,255}")
_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
"""32 bytes in unpadded base64: of Curve25519 or Ed25519."""
_REFERENCE = re.compile(r"[A-Z0-9]{4}-[0-9]{2}")
_PROPOSAL = re.compile(r"[A-Za-z0-9_.~-]{1,128}")
_EVENT_TYPE = re.compile(r"(m\.room|org\.veilleuse)\.[a-z_]{1,32}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_VERSION = re.compile(r"[0-9]{1,2}")
_WISHES = (None, "as_soon_as_possible", "morning", "afternoon", "evening")
_LONGEST_NAME = 500
_LEVELS = {"users_default", "events_default", "state_default", "invite", "kick", "ban", "redact", "historical"}

# Of a message of Megolm: what stands around the ciphertext itself.
_BLOCK, _MAC_AND_SIGNATURE = 16, 8 + 64


def is_ciphertext(content: Content, device_id: str | None) -> bool:
    """Whether it is a message of Megolm with nothing beside it, from the sender's own device if it names one."""
    required, known = {"algorithm", "ciphertext", "session_id"}, {"sender_key", "device_id"}
    return (
        required <= content.keys() <= required | known
        and content["algorithm"] == MEGOLM
        and _matches(_KEY, content["session_id"])
        and ("sender_key" not in content or _matches(_KEY, content["sender_key"]))
        and ("device_id" not in content or (device_id is not None and content["device_id"] == device_id))
        and is_megolm(content["ciphertext"])
    )


def is_megolm(ciphertext: object) -> bool:
    """Whether it is laid out as Megolm has it, in unpadded base64: version 3, index, whole blocks of AES, MAC and
    signature (https://gitlab.matrix.org/matrix-org/olm/-/blob/master/docs/megolm.md).
    """
    if not isinstance(ciphertext, str) or ciphertext.endswith("="):
        return False
    try:
        message = a2b_base64(ciphertext + "=" * (-len(ciphertext) % 4), strict_mode=True)
    except ValueError:
        return False
    if message[:2] != b"\x03\x08":
        return False
    after_index = _number(message, 2)[1]
    length, start = _number(message, after_index + 1)
    return (
        message[after_index : after_index + 1] == b"\x12"
        and length > 0
        and length % _BLOCK == 0
        and len(message) == start + length + _MAC_AND_SIGNATURE
    )


def _number(message: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, the least first, as long as the eighth is set; and where it ends."""
    number = shift = 0
    while at < len(message) and shift < 35:  # a 32-bit number
        number |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if message[at - 1] < 0x80:
            break
    return number, at


def is_redaction(content: Content) -> bool:
    """Of one event, without a word about why."""
    return content.keys() <= {"redacts"} and ("redacts" not in content or _matches(_EVENT_ID, content["redacts"]))


def is_answer(content: Content) -> bool:
    """Of the guest to a proposal."""
    return (
        content.keys() == {"proposal", "accepted", "wish"}
        and _matches(_PROPOSAL, content["proposal"])
        and isinstance(content["accepted"], bool)
        and content["wish"] in _WISHES
    )


def is_wardens(kind: str, state_key: str, content: Content) -> bool:
    """Whether it is state that the warden sends, in its form."""
    well_formed = _WARDENS.get(kind)
    if well_formed is None or not well_formed(content):
        return False
    return _matches(_PROPOSAL, state_key) if kind == "org.veilleuse.orientation" else state_key == ""


def _creation(content: Content) -> bool:
    known = {"m.federate", "room_version", "creator", "additional_creators", "org.veilleuse.kind"}
    return (
        content.keys() <= known
        and content.get("m.federate") is False
        and not content.get("additional_creators")
        and content.get("org.veilleuse.kind", "signalement") == "signalement"
        and ("room_version" not in content or _matches(_VERSION, content["room_version"]))
        and ("creator" not in content or _matches(_USER_ID, content["creator"]))
    )


def _join_rules(content: Content) -> bool:
    if content.get("join_rule") == "restricted":
        return content.keys() <= {"join_rule", "allow"} and _each(content.get("allow", ()), _way)
    return content == {"join_rule": "invite"}


def _way(way: object) -> bool:
    return (
        isinstance(way, Mapping)
        and way.keys() == {"type", "room_id"}
        and way["type"] == "m.room_membership"
        and isinstance(way["room_id"], str)
        and is_room_id(way["room_id"])
    )


def _power_levels(content: Content) -> bool:
    return all(
        _is_level(value) if key in _LEVELS else key in _LEVELS_BY and _levels_by(_LEVELS_BY[key], value)
        for key, value in content.items()
    )


_LEVELS_BY = {"users": _USER_ID, "events": _EVENT_TYPE, "notifications": re.compile("room")}


def _levels_by(pattern: re.Pattern[str], levels: object) -> bool:
    return isinstance(levels, Mapping) and all(
        _matches(pattern, key) and _is_level(value) for key, value in levels.items()
    )


def _claim(content: Content) -> bool:
    if "agent" not in content:
        handed_over = content.keys() == {"reason", "to"} and content["reason"] == "handed_over"
        return content in ({}, {"reason": "agent_away"}) or (handed_over and _is_name(content["to"]))
    return _person(content, {"listeners"}) and _each(content.get("listeners", ()), _person)


def _person(named: object, more: frozenset[str] | set[str] = frozenset()) -> bool:
    return (
        isinstance(named, Mapping)
        and {"agent", "name"} <= named.keys() <= {"agent", "name", *more}
        and _matches(_USER_ID, named["agent"])
        and _is_name(named["name"])
    )


def _orientation(content: Content) -> bool:
    if not content:
        return True
    return (
        content.keys() == {"kind", "name", "address", "phone", "hours", "call_first", "source", "as_of", "has_desk"}
        and content["kind"] in ("complaint", "association")
        and _is_name(content["name"])
        and all(content[key] is None or _is_name(content[key]) for key in ("address", "phone", "source"))
        and (content["as_of"] is None or _matches(_DAY, content["as_of"]))
        and (content["hours"] is None or _each(content["hours"], _is_name))
        and all(isinstance(content[key], bool) for key in ("call_first", "has_desk"))
    )


_WARDENS: Mapping[str, Callable[[Content], bool]] = {
    "m.room.create": _creation,
    "m.room.encryption": lambda content: content == {"algorithm": MEGOLM},
    "m.room.guest_access": lambda content: content == {"guest_access": "forbidden"},
    "m.room.history_visibility": lambda content: content == {"history_visibility": "joined"},
    "m.room.join_rules": _join_rules,
    "m.room.name": lambda content: content.keys() == {"name"} and _matches(_REFERENCE, content["name"]),
    "m.room.power_levels": _power_levels,
    "org.veilleuse.claim": _claim,
    "org.veilleuse.closed": lambda content: content == {},
    "org.veilleuse.orientation": _orientation,
}


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_name(value: object) -> bool:
    """Particulars that are public, or an agent's pseudonym."""
    return isinstance(value, str) and len(value) <= _LONGEST_NAME


def _is_level(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _each(values: object, well_formed: Callable[[object], bool]) -> bool:
    return isinstance(values, (list, tuple)) and all(map(well_formed, values))
