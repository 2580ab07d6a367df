"""A desk: a Space, a desk room, a team room, and the agents in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

from appservice.domain.ids import DeskId, RoomId, UserId
from appservice.domain.reception import Reception
from appservice.domain.shifts import Shifts

PARIS = ZoneInfo("Europe/Paris")


SUPERVISION = DeskId("supervision")
"""The shift leaders' rooms are kept like a desk's; no signalement is ever led there."""


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
    """What the configuration says of a desk.

    `names` is what the people an agent talks with read instead of a Matrix id; whoever has none is "Agent", numbered.
    `capacity`: how many conversations an agent holds at once. `reception` is of stations and associations.
    """

    desk_id: DeskId
    name: str
    kind: DeskKind
    force: Force
    agents: tuple[UserId, ...]
    names: Mapping[UserId, str] = field(default_factory=dict)
    capacity: int = 5
    shifts: Shifts = Shifts(PARIS)
    reception: Reception = Reception()

    def name_of(self, agent: UserId) -> str:
        """Raises `ValueError` for who is no agent of the desk."""
        return self.names.get(agent) or f"Agent {self.agents.index(agent) + 1}"


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
