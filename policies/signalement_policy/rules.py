"""What the module decides, without a homeserver: pure functions of names and times."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

PROBE = "org.veilleuse.probe"
"""To-device event whose disappearance from a device's inbox proves that the device has synced past it."""


class Moment(StrEnum):
    """When a probe was sent. A device that has not fetched the first holds nothing of the room."""

    JOIN = "join"
    """The agent joined, and nothing has been said yet."""

    KICK = "kick"
    """The agent was put out, and everything is redacted."""


LAST_SEEN_LAGS_BY = timedelta(minutes=15)
"""How much later than Synapse's `last_seen` a device may really have been there. Synapse writes it at most every two
minutes, five seconds late (synapse/storage/databases/main/client_ips.py); the rest is margin for clocks."""

_ROOM_ID = re.compile(r"![A-Za-z0-9_-]{43}|![A-Za-z0-9._~-]{1,200}:[A-Za-z0-9.:\[\]-]{1,200}")
"""Of room versions from 12 on, a hash; before, with a server's name."""

_GUEST_TOKEN = re.compile(r"[a-z2-7]{26}")


def has_guest_name(user_id: str, warden: str) -> bool:
    """Whether the id is formed like a guest's: the warden's localpart, `_guest_`, 26 base32 letters, the same server.

    The form alone proves nothing: whoever relies on it must also ask whose namespace the id is in.
    """
    localpart, _, server = warden.partition(":")
    prefix, suffix = f"{localpart}_guest_", f":{server}"
    if not (user_id.startswith(prefix) and user_id.endswith(suffix)):
        return False
    return _GUEST_TOKEN.fullmatch(user_id[len(prefix) : -len(suffix)]) is not None


def example_of_a_guest(warden: str) -> str:
    """An id of that form."""
    name, _, server = warden.partition(":")
    return f"{name}_guest_{'a' * 26}:{server}"


def localpart(user_id: str) -> str:
    """A user's id without its sigil and its server."""
    return user_id[1:].partition(":")[0]


def is_room_id(text: str) -> bool:
    """Whether it is one, as a whole: what is looked for in texts must not occur in anything else."""
    return _ROOM_ID.fullmatch(text) is not None


def room_hash(room_id: str) -> str:
    """SHA-256 in hexadecimal: the name under which a probe speaks of a room."""
    return hashlib.sha256(room_id.encode()).hexdigest()


def probe_moment(message: object, warden: str, room_id: str) -> Moment | None:
    """The moment that a to-device message, as parsed from JSON, probes if it is the warden's and for this room."""
    match message:
        case {"type": kind, "sender": sender, "content": {"room": room, "moment": moment}}:
            if (kind, sender, room) == (PROBE, warden, room_hash(room_id)) and moment in list(Moment):
                return Moment(moment)
    return None


def without_names(value: object, names: Sequence[str]) -> object:
    """JSON as parsed, less each entry of a list or an object that names one of these, as a key or within a text."""

    def speaks(one: object) -> bool:
        return isinstance(one, str) and any(name in one for name in names)

    if isinstance(value, Mapping):
        return {key: without_names(of, names) for key, of in value.items() if not speaks(key) and not speaks(of)}
    if isinstance(value, (list, tuple)):
        return [without_names(one, names) for one in value if not speaks(one)]
    return value


def may_hold_room(last_seen_ms: int | None, joined_ms: int) -> bool:
    """Whether a device may have downloaded the room after its user joined. Both in Unix milliseconds.

    A device that was never seen counts as one that may: waiting for it needlessly harms nobody.
    """
    return last_seen_ms is None or last_seen_ms >= joined_ms - LAST_SEEN_LAGS_BY // timedelta(milliseconds=1)
