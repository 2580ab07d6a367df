"""From what a person said of the place to the desk that answers now. There is always one."""

from collections.abc import Sequence
from dataclasses import dataclass

from appservice.domain.availability import Choice, Staffing, choose
from appservice.domain.desk_routing import DeskRouting
from appservice.domain.errors import VeilleuseError
from appservice.domain.ids import DeskId
from appservice.domain.postal_code import PostalCode
from appservice.domain.signalement import Routed
from appservice.domain.territory import Commune
from appservice.ports import AgentStatuses, Clock, Desks, Stores

UNKNOWN_COMMUNE = "unknown"


class CommuneNeeded(VeilleuseError):
    """The postal code covers communes of several desks: the person has to say which it is, or that it is not known."""

    def __init__(self, communes: Sequence[Commune]) -> None:
        super().__init__("the postal code covers communes of several desks")
        self.communes = communes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a signalement goes. `department` is INSEE's code, None where the postal code does not tell."""

    desk_id: DeskId
    department: str | None
    routed: Routed


class FindDesk:
    """The territory tells the chain of desks; shifts, pauses and what agents hold tell which of them it is now."""

    def __init__(
        self, routing: DeskRouting, desks: Desks, stores: Stores, statuses: AgentStatuses, clock: Clock
    ) -> None:
        self._routing = routing
        self._desks = desks
        self._stores = stores
        self._statuses = statuses
        self._clock = clock

    def reroute(self, routing: DeskRouting) -> None:
        """From now on by another configuration."""
        self._routing = routing

    def overflow_of(self, desk_id: DeskId) -> tuple[DeskId, ...]:
        """See `DeskRouting.overflow_of`."""
        return self._routing.overflow_of(desk_id)

    async def __call__(self, postal_code: PostalCode, commune: str | None = None) -> Place:
        """`commune`: INSEE's code, or `UNKNOWN_COMMUNE`; None if it was not asked.

        Raises `CommuneNeeded`, or `InvalidInput` for a commune that is none of the code's.
        """
        department = self._routing.territory.department_of(postal_code)
        if commune == UNKNOWN_COMMUNE:
            route = self._routing.route_without_commune(postal_code)
        else:
            route = self._routing.route(postal_code, commune)
        if route.desk_id is None:
            raise CommuneNeeded([served.commune for served in route.communes])
        named = [served.commune for served in route.communes if served.commune.insee == commune]
        choice = await self.among(route.overflow)
        return Place(choice.desk_id, named[0].department if named else department, Routed(route.why, choice.passed))

    async def among(self, chain: Sequence[DeskId]) -> Choice:
        """Who of a chain, which must have the desk of last resort in it, answers now."""
        now = self._clock.now()
        desks = {desk_id: self._desks.desk(desk_id) for desk_id in chain}
        agents = {agent for desk in desks.values() for agent in desk.agents}
        staffing = Staffing(await self._statuses.statuses_of(agents), await self._stores.conversations_of(agents))
        return choose(chain, self._routing.last_resort, lambda desk_id: staffing.state_of(desks[desk_id], now))
