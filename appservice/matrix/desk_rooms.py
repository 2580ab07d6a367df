"""What the desks' Spaces and rooms must be like, in Matrix's terms. Pure: builds contents, sends nothing."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from appservice.domain.desk_plan import Blueprint, Kind, Trait
from appservice.matrix.rooms import ALGORITHM, ROOM_VERSION

_WARDEN_ONLY, _SPEAKER, _EVERYBODY = 100, 50, 0
_SPACES = (Kind.NATIONAL, Kind.SPACE)


class State(NamedTuple):
    """A state event that a room must have: with these keys at least."""

    type: str
    state_key: str
    content: dict[str, Any]

    def is_met_by(self, content: Mapping[str, Any] | None) -> bool:
        return content is not None and all(content.get(key) == value for key, value in self.content.items())


def powers(blueprint: Blueprint) -> dict[str, Any]:
    """Nobody but the warden changes the room or who is in it; in a Space nobody else says anything at all. The bot may
    call everybody of its desk's room.
    """
    silent = blueprint.kind in _SPACES
    return {
        "users": {} if blueprint.speaker is None else {blueprint.speaker: _SPEAKER},
        "users_default": _EVERYBODY,
        "events": {},
        "events_default": _WARDEN_ONLY if silent else _EVERYBODY,
        "state_default": _WARDEN_ONLY,
        "invite": _WARDEN_ONLY,
        "kick": _WARDEN_ONLY,
        "ban": _WARDEN_ONLY,
        "redact": _WARDEN_ONLY,
        "notifications": {"room": _SPEAKER},
    }


def states(blueprint: Blueprint, server_name: str) -> dict[Trait, State]:
    """What the room itself must say; of `Trait.LISTED`, its half of the bond with the parent."""
    wanted = {
        Trait.NAME: State("m.room.name", "", {"name": blueprint.name}),
        Trait.JOIN_RULE: State("m.room.join_rules", "", {"join_rule": "invite"}),
        Trait.HISTORY: State("m.room.history_visibility", "", {"history_visibility": "joined"}),
        Trait.GUEST_ACCESS: State("m.room.guest_access", "", {"guest_access": "forbidden"}),
        Trait.POWERS: State("m.room.power_levels", "", powers(blueprint)),
    }
    if blueprint.kind not in _SPACES:
        wanted[Trait.ENCRYPTION] = State("m.room.encryption", "", {"algorithm": ALGORITHM})
    if blueprint.parent is not None:
        wanted[Trait.LISTED] = State("m.space.parent", blueprint.parent, {"via": [server_name], "canonical": True})
    return wanted


def child(server_name: str) -> dict[str, Any]:
    """The parent's half: that it shows the room."""
    return {"via": [server_name], "suggested": True}


def creation(blueprint: Blueprint, server_name: str) -> dict[str, Any]:
    """The body of the request that makes the room as it must be."""
    wanted = states(blueprint, server_name)
    space = {"type": "m.space"} if blueprint.kind in _SPACES else {}
    at_once = (trait for trait in wanted if trait not in (Trait.NAME, Trait.POWERS))
    return {
        "room_version": ROOM_VERSION,
        "visibility": "private",
        "preset": "private_chat",
        "name": blueprint.name,
        "creation_content": {"m.federate": False, **space},
        "initial_state": [wanted[trait]._asdict() for trait in at_once],
        "power_level_content_override": wanted[Trait.POWERS].content,
    }
