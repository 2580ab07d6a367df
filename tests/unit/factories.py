"""Small factories: a test names only what it is about."""

from appservice.domain.desk import Desk, DeskKind, Force
from appservice.domain.ids import DeskId, Reference, RoomId, SignalementId, UserId
from appservice.domain.signalement import Role, Signalement
from tests.fakes.world import START


def a_signalement(
    room: str = "!room1", guest: str = "@veilleuse_guest_a:fake", reference: str = "K7QM-42", desk: str = "guyancourt"
) -> Signalement:
    return Signalement(
        signalement_id=SignalementId(f"signalement of {room}"),
        reference=Reference(reference),
        room_id=RoomId(room),
        guest_mxid=UserId(guest),
        desk_id=DeskId(desk),
        department="78",
        role=Role.VICTIM,
        in_danger=False,
        opened_at=START,
    )


def a_desk(desk: str = "guyancourt", agents: tuple[str, ...] = ("@agent:fake",)) -> Desk:
    return Desk(
        DeskId(desk),
        name=f"Desk {desk}",
        kind=DeskKind.REGIONAL,
        force=Force.POLICE,
        agents=tuple(UserId(agent) for agent in agents),
    )
