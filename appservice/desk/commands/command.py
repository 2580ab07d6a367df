"""The commands, each a value. `reference` is None where the agent left it out: it is then the one it can only be."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from appservice.domain.ids import Reference
from appservice.domain.signalement import Outcome

Language = Literal["fr", "en"]
TextLanguage = Literal["fr", "en", "es", "ar"]


class Verb(StrEnum):
    LIST = "list"
    TAKE = "take"
    HAND_OVER = "hand_over"
    COMPLAINT = "complaint"
    ASSOCIATION = "association"
    WITHDRAW = "withdraw"
    LISTEN_IN = "listen_in"
    STOP_LISTENING = "stop_listening"
    CLOSE = "close"
    DANGER = "danger"
    HARD = "hard"
    AVAILABLE = "available"
    PAUSE = "pause"
    END_OF_SHIFT = "end_of_shift"
    UNITS = "units"
    ASSOCIATIONS = "associations"
    TEXTS = "texts"
    HELP = "help"
    BOARD = "board"
    REASSIGN = "reassign"
    FORCE_CLOSE = "force_close"


@dataclass(frozen=True, slots=True)
class ListConversations:
    """Who waits, and whom the agent has."""


@dataclass(frozen=True, slots=True)
class Take:
    reference: Reference | None


@dataclass(frozen=True, slots=True)
class HandOver:
    """`to` names an agent or a desk, as the agent typed it."""

    reference: Reference | None
    to: str


@dataclass(frozen=True, slots=True)
class Propose:
    """`unit` is its name or number, as typed; None: the units to choose from are wanted."""

    verb: Literal[Verb.COMPLAINT, Verb.ASSOCIATION]
    reference: Reference | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Takes the open proposal back."""

    reference: Reference | None


@dataclass(frozen=True, slots=True)
class ListenIn:
    reference: Reference | None


@dataclass(frozen=True, slots=True)
class StopListening:
    """The listener's own; of whoever has the conversation, everybody's who listens in."""

    reference: Reference | None


@dataclass(frozen=True, slots=True)
class Close:
    reference: Reference | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class SetDanger:
    reference: Reference | None
    in_danger: bool


@dataclass(frozen=True, slots=True)
class MarkHard:
    """The conversation weighs, or was said to by mistake."""

    reference: Reference | None
    hard: bool


@dataclass(frozen=True, slots=True)
class BecomeAvailable:
    pass


@dataclass(frozen=True, slots=True)
class TakePause:
    """None: as long as the agent says nothing."""

    lasts_for: timedelta | None


@dataclass(frozen=True, slots=True)
class EndShift:
    pass


@dataclass(frozen=True, slots=True)
class FindUnits:
    """`place` is a commune or a postal code; None: the department of the signalement is all that is known."""

    verb: Literal[Verb.UNITS, Verb.ASSOCIATIONS]
    reference: Reference | None
    place: str | None


@dataclass(frozen=True, slots=True)
class ReadText:
    """A ready-made text; without a name, the list of them."""

    name: str | None
    language: TextLanguage


@dataclass(frozen=True, slots=True)
class AskHelp:
    about: Verb | None


@dataclass(frozen=True, slots=True)
class ShowBoard:
    pass


@dataclass(frozen=True, slots=True)
class Reassign:
    """A shift leader's: `to` names an agent or a desk."""

    reference: Reference | None
    to: str


@dataclass(frozen=True, slots=True)
class ForceClose:
    """A shift leader's."""

    reference: Reference | None
    outcome: Outcome


Command = (
    ListConversations
    | Take
    | HandOver
    | Propose
    | Withdraw
    | ListenIn
    | StopListening
    | Close
    | SetDanger
    | MarkHard
    | BecomeAvailable
    | TakePause
    | EndShift
    | FindUnits
    | ReadText
    | AskHelp
    | ShowBoard
    | Reassign
    | ForceClose
)


class Fault(StrEnum):
    """What is wrong with a command."""

    UNKNOWN = "unknown"
    BAD_REFERENCE = "bad_reference"
    WANTS_RECIPIENT = "wants_recipient"
    WANTS_OUTCOME = "wants_outcome"
    BAD_OUTCOME = "bad_outcome"
    BAD_DURATION = "bad_duration"
    BAD_SWITCH = "bad_switch"
    TOO_MUCH = "too_much"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Understood:
    command: Command
    language: Language


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """`verb` is known where the arguments are at fault; `word` is what was not understood; `nearest`: what it may have
    meant, the best first, each as it can be typed."""

    fault: Fault
    language: Language
    verb: Verb | None = None
    word: str = ""
    nearest: tuple[str, ...] = ()
