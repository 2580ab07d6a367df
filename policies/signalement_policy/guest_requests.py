"""What a guest's token may ask of the homeserver: this list, and nothing else, whatever a new Synapse may offer.

Paths are those of the Matrix specification, Client-Server API, `/_matrix/client/v3`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from policies.signalement_policy.verdicts import ALLOW, Deny, Verdict

CLIENT = "/_matrix/client/v3"

REQUEST = Deny(
    "guest_request",
    "Cette requête n’est pas permise à une personne qui écrit depuis la page.",
    "Somebody who writes from the page may not ask this.",
)
OTHER_ROOM = Deny("guest_elsewhere", "Ce n’est pas votre conversation.", "This is not your conversation.")
OTHER_PERSON = Deny(
    "guest_asks_about_others",
    "Cette personne n’est pas dans votre conversation.",
    "This person is not in your conversation.",
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`{room}` must be the guest's own signalement, `{guest}` the guest itself, `{any}` is anything.

    `people`: the body's key under which an object has user ids as keys; "" for the body itself.
    """

    method: str
    path: str
    people: str | None = None


FOR_GUESTS = (
    Endpoint("GET", "/sync"),
    Endpoint("POST", "/rooms/{room}/join"),
    Endpoint("POST", "/rooms/{room}/leave"),
    Endpoint("GET", "/rooms/{room}/joined_members"),
    Endpoint("PUT", "/rooms/{room}/send/m.room.encrypted/{any}"),
    Endpoint("PUT", "/rooms/{room}/state/org.veilleuse.answer/{guest}"),
    # Its own messages only, by `room_events`.
    Endpoint("PUT", "/rooms/{room}/redact/{any}/{any}"),
    Endpoint("PUT", "/rooms/{room}/typing/{guest}"),
    Endpoint("POST", "/keys/upload"),
    Endpoint("POST", "/keys/query", people="device_keys"),
    Endpoint("POST", "/keys/claim", people="one_time_keys"),
    Endpoint("POST", "/keys/device_signing/upload"),
    Endpoint("POST", "/keys/signatures/upload", people=""),
    Endpoint("PUT", "/sendToDevice/m.room.encrypted/{any}", people="messages"),
    Endpoint("PUT", "/sendToDevice/m.room_key.withheld/{any}", people="messages"),
)
"""With a guest's own token: what `guest_portal/relay.py` relays, and what the portal itself asks."""

IN_A_GUESTS_NAME = (
    Endpoint("PUT", "/profile/{guest}/displayname"),
    Endpoint("POST", "/rooms/{room}/join"),
    Endpoint("POST", "/rooms/{room}/leave"),
    Endpoint("POST", "/account/deactivate"),
)
"""With the application service's token, on behalf of a guest: to introduce and to erase it; not to speak for it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is on a list, and the room it is about, if it is about one."""

    endpoint: Endpoint
    room_id: str | None = None


def find(endpoints: Iterable[Endpoint], method: str, path: str, guest: str) -> Asked | None:
    """The endpoint that a request asks for; `None` if it is on no list. `path` is as it came, percent-encoded."""
    asked_method = "GET" if method == "HEAD" else method  # as Synapse does
    for endpoint in endpoints:
        if endpoint.method == asked_method:
            asked = _match(endpoint, path, guest)
            if asked is not None:
                return asked
    return None


def _match(endpoint: Endpoint, path: str, guest: str) -> Asked | None:
    wanted, given = (CLIENT + endpoint.path).split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    room_id = None
    for pattern, segment in zip(wanted, given, strict=True):
        match pattern:
            case "{any}":
                continue
            case "{room}":
                room_id = unquote(segment)
            case "{guest}":
                if unquote(segment) != guest:
                    return None
            case _:
                if segment != pattern:
                    return None
    return Asked(endpoint, room_id)


def people_in(endpoint: Endpoint, body: Mapping[str, object]) -> frozenset[str]:
    """The users that a body speaks of. Raises `ValueError` if it does not have the form of this endpoint."""
    if endpoint.people is None:
        return frozenset()
    named = body if endpoint.people == "" else body.get(endpoint.people)
    if not isinstance(named, Mapping):
        raise ValueError(f"`{endpoint.people}` must be an object")
    return frozenset(named)


def on_people(asked: frozenset[str], guest: str, joined: frozenset[str]) -> Verdict:
    """On a request about people: only those who are `joined` to the guest's conversation, and the guest itself."""
    return ALLOW if asked <= joined | {guest} else OTHER_PERSON


DENIES = (REQUEST, OTHER_ROOM, OTHER_PERSON)
