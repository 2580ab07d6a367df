"""What an agent reads who does not get what it asked for: why not, and what to do instead. No colleague is named."""

from appservice.desk.commands.command import Language
from appservice.desk.console.marked import marked, quoted
from appservice.desk.words import Words
from appservice.domain.desk import PARIS
from appservice.domain.errors import VeilleuseError
from appservice.domain.refusals import (
    AlreadyTaken,
    AlreadyThere,
    CapacityReached,
    Ended,
    Hindrance,
    NoSuchAgent,
    NoSuchDesk,
    NoSuchSignalement,
    NoSuchUnit,
    NotFree,
    NothingProposed,
    NotListening,
    NotOfTheDesk,
    NotReady,
    NotTaken,
    NotTheInterlocutor,
    PauseFirst,
    Refusal,
    TooManyListeners,
)


class NeedsReference(VeilleuseError):
    """Which conversation is meant cannot be told. `references` are those it may be; none: the agent has none."""

    def __init__(self, references: list[str]) -> None:
        super().__init__("a reference is needed")
        self.references = references


_NAMED = 6
_SAID: dict[type[Refusal], dict[Language, str]] = {
    AlreadyTaken: {
        "fr": "{} est déjà pris en charge : rien à faire, merci. `liste` dit qui attend encore.",
        "en": "{} is taken already: nothing to do, thank you. `list` tells who waits still.",
    },
    NotTaken: {
        "fr": "{} attend encore : `prendre {}` d'abord.",
        "en": "{} still waits: `take {}` first.",
    },
    Ended: {
        "fr": "{} est terminé : il n'y a plus rien à faire.",
        "en": "{} has ended: there is nothing left to do.",
    },
    NotReady: {
        "fr": "{} n'est pas encore prêt : il sera annoncé ici dans un instant.",
        "en": "{} is not ready yet: it will be announced here in a moment.",
    },
    NotOfTheDesk: {
        "fr": "{} est à un autre guichet : c'est dans son salon qu'on s'en occupe.",
        "en": "{} is at another desk: it is looked after in that desk's room.",
    },
    NotTheInterlocutor: {
        "fr": "{} n'est pas à vous : demandez à qui l'a pris, ou à votre responsable.",
        "en": "{} is not yours: ask whoever has it, or your shift leader.",
    },
    AlreadyThere: {
        "fr": "C'est déjà le cas pour {} : il n'y a rien à faire.",
        "en": "That is so already for {}: there is nothing to do.",
    },
    TooManyListeners: {
        "fr": "D'autres écoutent déjà {} : attendez que l'un d'eux sorte.",
        "en": "Others listen to {} already: wait until one of them has left.",
    },
    NotListening: {
        "fr": "Dans {}, il n'y a pas d'écoute à arrêter.",
        "en": "There is no listening to end in {}.",
    },
    NoSuchAgent: {
        "fr": "Cet agent n'est d'aucun guichet : écrivez son nom comme Element l'affiche, ou un guichet.",
        "en": "No desk has that agent: type the name as Element shows it, or a desk.",
    },
    NoSuchDesk: {
        "fr": "Il n'y a pas de guichet de ce nom, ou il ne reçoit pas ce genre de demande.",
        "en": "There is no desk of that name, or it does not receive such a request.",
    },
    NoSuchUnit: {
        "fr": "L'annuaire n'a pas cette unité : `unités {} COMMUNE` donne la liste, avec des numéros.",
        "en": "The directory has no such unit: `units {} TOWN` gives a list, with numbers.",
    },
    NothingProposed: {
        "fr": "Rien n'est proposé dans {}.",
        "en": "Nothing is proposed in {}.",
    },
    NoSuchSignalement: {
        "fr": "Il n'y a pas de {} : vérifiez la référence ; ou la personne est partie, et tout est effacé.",
        "en": "There is no {}: check the reference; or the person has left, and all of it is erased.",
    },
}


def refused(refusal: Refusal, reference: str, language: Language) -> Words:
    """`reference` is what the agent asked about."""
    if isinstance(refusal, CapacityReached):
        return marked(_at_capacity(refusal, reference, language))
    if isinstance(refusal, PauseFirst):
        return marked(_pause_first(refusal, reference, language))
    if isinstance(refusal, NotFree):
        return marked(_not_free(refusal, reference, language))
    said = _SAID.get(type(refusal), _SAID[Ended])[language]
    return marked(said.replace("{}", reference))


def _at_capacity(refusal: CapacityReached, reference: str, language: Language) -> str:
    if language == "fr":
        return (
            f"{reference} : déjà {refusal.capacity} conversations, c'est le maximum. "
            "`clore` ou `transférer` en une, et reprenez."
        )
    return (
        f"{reference}: {refusal.capacity} conversations already, which is the most. "
        "`close` or `hand over` one, then try again."
    )


def _pause_first(refusal: PauseFirst, reference: str, language: Language) -> str:
    until = f"{refusal.until.astimezone(PARIS):%H:%M}"
    if language == "fr":
        return (
            f"Plusieurs conversations éprouvantes de suite : d'abord votre pause, jusqu'à {until}. "
            f"Un collègue prendra {reference}."
        )
    return f"Several hard conversations in a row: first your pause, until {until}. A colleague will take {reference}."


def _not_free(refusal: NotFree, reference: str, language: Language) -> str:
    """Said of the colleague, to whoever asked; and who could have it instead."""
    name, free = quoted(refusal.name), ", ".join(quoted(each) for each in refusal.free[:_NAMED])
    until = f"{refusal.until.astimezone(PARIS):%H:%M}" if refusal.until else None
    if language == "fr":
        why = {
            Hindrance.OFF: "a fini son service",
            Hindrance.PAUSED: f"est en pause jusqu'à {until}" if until else "est en pause",
            Hindrance.FULL: "a déjà autant de conversations que possible",
        }[refusal.why]
        instead = f"Libres : {free}." if free else "Personne d'autre n'y est libre : confiez-le plutôt à un guichet."
        return f"{name} {why} : {reference} reste où il est. {instead}"
    why = {
        Hindrance.OFF: "has ended the shift",
        Hindrance.PAUSED: f"pauses until {until}" if until else "pauses",
        Hindrance.FULL: "has as many conversations as possible",
    }[refusal.why]
    instead = f"Free: {free}." if free else "Nobody else is free there: give it to a desk instead."
    return f"{name} {why}: {reference} stays where it is. {instead}"


def which(needed: NeedsReference, language: Language) -> Words:
    """Asks which conversation is meant."""
    if needed.references:
        choices = ", ".join(needed.references)
        return marked(f"Laquelle ? {choices}." if language == "fr" else f"Which one? {choices}.")
    if language == "fr":
        return marked("Vous n'avez pas de conversation en cours : ajoutez la référence, comme K7QM-42.")
    return marked("You have no conversation: add the reference, like K7QM-42.")


def unavailable(language: Language) -> Words:
    """The homeserver did not answer: whether the command was carried out is not known."""
    if language == "fr":
        return marked("Le serveur n'a pas répondu à temps : vérifiez par `liste`, et réessayez s'il le faut.")
    return marked("The server did not answer in time: check with `list`, and try again if need be.")


def for_leaders(language: Language) -> Words:
    if language == "fr":
        return marked("Cela se fait dans le salon de supervision, par les responsables : adressez-vous à l'un d'eux.")
    return marked("That is done in the supervision room, by shift leaders: please ask one of them.")


def for_desks(language: Language) -> Words:
    if language == "fr":
        return marked(
            "Cela se fait dans le salon du guichet. Ici : `liste`, `tableau`, `réattribuer`, `forcer la clôture`."
        )
    return marked("That is done in the desk's room. Here: `list`, `board`, `reassign`, `force close`.")


def leaders_only(language: Language) -> Words:
    if language == "fr":
        return marked("Seuls les responsables peuvent agir ici : adressez-vous à l'un d'eux, merci.")
    return marked("Only shift leaders can act here: please ask one of them.")
