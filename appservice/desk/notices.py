"""What the desk bot says of an agents' day, beside the announcement: short, by reference, and never about the guest.

In the form that `marked` takes.
"""

from datetime import datetime, tzinfo

from appservice.desk.console.marked import quoted
from appservice.domain.orientation import Orientation, OrientationKind, OrientationState, Wish
from appservice.domain.signalement import Signalement

_WISHES = {
    Wish.AS_SOON_AS_POSSIBLE: "dès que possible",
    Wish.MORNING: "le matin",
    Wish.AFTERNOON: "l’après-midi",
    Wish.EVENING: "le soir",
}


def waits_still(signalement: Signalement) -> str:
    danger = "**DANGER IMMÉDIAT** · " if signalement.in_danger else ""
    return f"{danger}{signalement.reference} attend toujours : qui peut prendre ? 👍 sur l’annonce suffit."


def given(signalement: Signalement) -> str:
    return f"{signalement.reference} vous est confié : la conversation vous attend dans vos salons ou invitations."


def asked(signalement: Signalement) -> str:
    return f"{signalement.reference} attend votre réponse : êtes-vous là ? Un mot, ici ou dans la conversation, suffit."


def away(signalement: Signalement) -> str:
    return f"{signalement.reference} attend à nouveau : l’agent ne donnait plus signe. Qui peut prendre ?"


def answer(signalement: Signalement, orientation: Orientation) -> str:
    name = quoted(orientation.particulars.name)
    waits = "" if signalement.agent_mxid is not None else " La personne attend toujours : qui peut prendre ?"
    if orientation.state is not OrientationState.ACCEPTED:
        return f"{signalement.reference} : « {name} » n’est pas souhaité. C’est à la personne de décider.{waits}"
    then = "ce guichet est prévenu" if orientation.desk_id is not None else "la personne a l’adresse et les horaires"
    return f"{signalement.reference} : « {name} » est accepté{_wish(orientation)} ; {then}.{waits}"


def oriented(signalement: Signalement, orientation: Orientation) -> str:
    what = "une plainte" if orientation.kind is OrientationKind.COMPLAINT else "un accompagnement"
    first = "" if signalement.agent_mxid is not None else "Dès qu’un agent l’aura reprise : "
    return (
        f"{signalement.reference} : une personne accepte d’être mise en relation avec vous pour {what}"
        f"{_wish(orientation)}. {first}`écouter {signalement.reference}` pour entrer dans la conversation."
    )


def pause_offered(until: datetime, zone: tzinfo) -> str:
    return (
        f"Cette conversation a pesé : merci. Une pause est à vous jusqu’à {until.astimezone(zone):%H:%M}, et rien de "
        "nouveau ne vous sera confié. `disponible` y met fin plus tôt ; parlez-en à quelqu’un si vous en avez besoin."
    )


def rest(until: datetime, zone: tzinfo) -> str:
    return (
        "Plusieurs conversations éprouvantes de suite : merci. Votre pause va jusqu’à "
        f"{until.astimezone(zone):%H:%M} : rien de nouveau ne vous sera confié d’ici là, et ensuite vous serez de "
        "nouveau disponible. Parlez-en à quelqu’un si vous en avez besoin."
    )


def _wish(orientation: Orientation) -> str:
    return f", si possible {_WISHES[orientation.wish]}" if orientation.wish else ""
