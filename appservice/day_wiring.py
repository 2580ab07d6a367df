"""Builds the use cases of an agents' day from their ports: for the service, and for the tests that do without one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appservice.audit_port import AuditLog
from appservice.day_port import DayStore
from appservice.directory_port import UnitDirectory
from appservice.domain.day_rules import DayRules
from appservice.domain.ids import DeskId
from appservice.domain.units import PublicHolidays
from appservice.ports import AgentStatuses, Clock, Desks, DeskVoice, Randomness, SignalementRooms, Stores
from appservice.usecases.agent_away import AgentAway, SignsOfLife
from appservice.usecases.announce import Announce
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.claim import Claim
from appservice.usecases.close import Close
from appservice.usecases.hand_over import HandOver
from appservice.usecases.listen_in import ListenIn
from appservice.usecases.mark_danger import MarkDanger
from appservice.usecases.mark_hard import MarkHard
from appservice.usecases.offer_pause import OfferPause
from appservice.usecases.orient import Orient
from appservice.usecases.overflow_waiting import OverflowWaiting
from appservice.usecases.raise_emergency import RaiseEmergency
from appservice.usecases.record_changes import RecordChanges
from appservice.usecases.settle_room import SettleRoom, SettleUnsettled
from appservice.usecases.tell_places import TellPlaces
from appservice.usecases.workload import Workload


@dataclass(frozen=True)
class DayPorts:
    rooms: SignalementRooms
    stores: Stores
    day: DayStore
    audit: AuditLog
    desks: Desks
    voice: DeskVoice
    statuses: AgentStatuses
    directory: UnitDirectory
    holidays: PublicHolidays
    clock: Clock
    randomness: Randomness
    chain_of: Callable[[DeskId], Sequence[DeskId]]
    """A desk, then who helps out when it cannot."""


class Day:
    """One of each; what they share, they share."""

    def __init__(self, ports: DayPorts, rules: DayRules, signs: SignsOfLife) -> None:
        stores, desks, voice, clock = ports.stores, ports.desks, ports.voice, ports.clock
        self.change = ChangeSignalement(stores)
        self.settle = SettleRoom(ports.rooms, stores, ports.day, desks, voice, clock)
        self.settle_unsettled = SettleUnsettled(self.settle, stores)
        self.workload = Workload(stores, ports.day, ports.statuses, clock, rules.care)
        self.change.within(self.workload.keep_count)
        self.change.within(RecordChanges(ports.audit))
        self.emergency = RaiseEmergency(stores, clock, self.change)
        self.announce = Announce(clock, self.change, self.settle)
        self.claim = Claim(ports.rooms, stores, desks, voice, clock, self.change, self.settle, self.workload)
        self.hand_over = HandOver(desks, clock, self.change, self.settle, self.workload)
        self.listen_in = ListenIn(ports.day, desks, self.change, self.settle)
        self.orient = Orient(
            stores,
            ports.day,
            desks,
            ports.directory,
            ports.holidays,
            voice,
            clock,
            ports.randomness,
            self.change,
            self.settle,
        )
        self.close = Close(clock, self.change, self.settle)
        self.mark_danger = MarkDanger(desks, self.change, self.settle)
        self.mark_hard = MarkHard(self.change)
        self.overflow = OverflowWaiting(
            stores,
            desks,
            ports.statuses,
            voice,
            clock,
            self.change,
            self.settle,
            ports.chain_of,
            rules.patience,
        )
        self.away = AgentAway(stores, ports.day, voice, clock, self.change, self.settle, signs, rules.presumption)
        self.tell_places = TellPlaces(ports.rooms, stores, ports.day, clock)
        self.offer_pause = OfferPause(ports.day, desks, ports.statuses, voice, clock, rules.care)
        self.change.listen(self.tell_places.changed)
