"""Points on the globe, in degrees (WGS 84), and distances between them."""

from collections.abc import Collection
from dataclasses import dataclass
from math import asin, cos, degrees, isfinite, radians, sin, sqrt

from appservice.domain.errors import InvalidInput

EARTH_RADIUS_KM = 6371.0088
"""The mean radius of the Earth (IUGG): great-circle distances are within 0.6 % of the true ones."""


@dataclass(frozen=True, slots=True)
class Position:
    """Raises `InvalidInput` if it is nowhere on Earth."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (isfinite(self.latitude) and isfinite(self.longitude)):
            raise InvalidInput("A position is two numbers.")
        if abs(self.latitude) > 90 or abs(self.longitude) > 180:
            raise InvalidInput("A position has a latitude up to 90 and a longitude up to 180 degrees.")

    def kilometres_to(self, other: "Position") -> float:
        """The great-circle distance, by the haversine formula."""
        south, north = radians(self.latitude), radians(other.latitude)
        half_chord = (
            sin((north - south) / 2) ** 2
            + cos(south) * cos(north) * sin(radians(other.longitude - self.longitude) / 2) ** 2
        )
        return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half_chord)))


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`estimated`: good enough to say what is nearer, but not to tell a distance."""

    position: Position
    estimated: bool


def middle(positions: Collection[Position]) -> Position:
    """Of some, at least one, that are not on both sides of the 180th meridian."""
    count = len(positions)
    return Position(sum(each.latitude for each in positions) / count, sum(each.longitude for each in positions) / count)


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """Between two parallels and two meridians, both included. It does not cross the 180th meridian."""

    south: float
    west: float
    north: float
    east: float

    def __contains__(self, position: Position) -> bool:
        return self.south <= position.latitude <= self.north and self.west <= position.longitude <= self.east

    @classmethod
    def around(cls, centre: Position, kilometres: float) -> "BoundingBox":
        """The smallest box that holds all points at most so far from `centre`, on this side of the 180th meridian."""
        reach = kilometres / EARTH_RADIUS_KM
        south, north = centre.latitude - degrees(reach), centre.latitude + degrees(reach)
        if south <= -90 or north >= 90:  # a pole is inside, and every meridian with it
            return cls(max(south, -90.0), -180.0, min(north, 90.0), 180.0)
        aside = degrees(asin(min(1.0, sin(reach) / cos(radians(centre.latitude)))))
        # A hair more, so that rounding leaves nobody out at the edge.
        aside, south, north = aside + 1e-9, south - 1e-9, north + 1e-9
        return cls(south, max(centre.longitude - aside, -180.0), north, min(centre.longitude + aside, 180.0))
