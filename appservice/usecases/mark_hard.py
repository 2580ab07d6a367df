"""The agent says that a conversation weighs: when it has ended, a pause is offered."""

from appservice.domain.audit.acts import Act
from appservice.domain.ids import Reference, UserId
from appservice.domain.signalement import Signalement
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.rights import require_interlocutor


class MarkHard:
    def __init__(self, change: ChangeSignalement) -> None:
        self._change = change

    async def __call__(self, reference: Reference, by: UserId, hard: bool = True) -> Signalement:
        """By the agent who has it, alone. Raises a `Refusal`: `NotTheInterlocutor`, `NotTaken`, `NotReady`, `Ended`,
        `NoSuchSignalement`.
        """

        async def decide(stored: Signalement) -> Signalement:
            require_interlocutor(stored, by, as_leader=False)
            return stored if stored.hard == hard else stored.marked_hard(hard)

        return await self._change.by_reference(reference, decide, Act(by))
