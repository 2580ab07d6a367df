"""A desk: a Space, a desk room, a team room, and the agents in it."""

from dataclasses import dataclass, field
from enum import StrEnum

from appservice.domain.ids import DeskId, RoomId, UserId


class Force(StrEnum):
    POLICE = "police"
    GENDARMERIE = "gendarmerie"
    NONE = "none"


class DeskKind(StrEnum):
    REGIONAL = "regional"
    STATION = "station"
    ASSOCIATION = "association"


@dataclass(frozen=True, slots=True)
class Desk:
    """What the configuration says of a desk."""

    desk_id: DeskId
    name: str
    kind: DeskKind
    force: Force
    agents: tuple[UserId, ...]


@dataclass(frozen=True, slots=True)
class DeskRooms:
    """What a desk is on Matrix. The desk room has the desk bot in it, the team room no bot."""

    desk_id: DeskId
    space_id: RoomId
    desk_room_id: RoomId
    team_room_id: RoomId


@dataclass(frozen=True, slots=True)
class BotAccount:
    """The account of a desk's bot, with its one device."""

    user_id: UserId
    device_id: str
    access_token: str = field(repr=False)
