"""Who may do what with a signalement: the questions that the use cases ask before they act."""

from appservice.domain.desk import Desk
from appservice.domain.ids import UserId
from appservice.domain.refusals import Ended, NotOfTheDesk, NotReady, NotTaken, NotTheInterlocutor
from appservice.domain.signalement import Signalement, State


def require_going_on(signalement: Signalement) -> None:
    """Raises `Ended` or `NotReady` where there is nothing to do any more, or not yet."""
    if signalement.state in (State.CLOSED, State.ERASING):
        raise Ended(f"signalement {signalement.reference} has ended")
    if signalement.state is State.OPENED:
        raise NotReady(f"signalement {signalement.reference} is not ready")


def require_interlocutor(signalement: Signalement, by: UserId, *, as_leader: bool) -> None:
    """Raises `Ended`, `NotReady`, `NotTaken`; `NotTheInterlocutor` unless it is the agent's own, or a leader asks."""
    require_going_on(signalement)
    if signalement.state is not State.CLAIMED:
        raise NotTaken(f"signalement {signalement.reference} waits")
    if not as_leader and signalement.agent_mxid != by:
        raise NotTheInterlocutor(f"signalement {signalement.reference} is not {by}'s")


def require_member(desk: Desk, agent: UserId) -> None:
    """Raises `NotOfTheDesk`."""
    if agent not in desk.agents:
        raise NotOfTheDesk(f"{agent} is no agent of the desk {desk.desk_id}")
