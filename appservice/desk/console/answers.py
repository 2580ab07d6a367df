"""What the desk bot answers to an agent's command: short, in the command's language, and never about the guest."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from appservice.desk.commands.arguments import outcome_name
from appservice.desk.commands.command import Language, TextLanguage
from appservice.desk.console.marked import listed, marked, quoted
from appservice.desk.console.reactions import TAKING
from appservice.desk.ready_texts import LANGUAGES, NAMES, named, ready_text
from appservice.desk.words import Words, link_to_room, summary
from appservice.domain.orientation import Orientation
from appservice.domain.signalement import Outcome, Signalement


def hour(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def conversations(
    waiting: Sequence[Signalement], own: Sequence[Signalement], zone: tzinfo, language: Language
) -> Words:
    """The queue of the desk, the most urgent first, and what the agent has."""
    french = language == "fr"
    parts = []
    if waiting:
        title = f"**{len(waiting)} en attente**" if french else f"**{len(waiting)} waiting**"
        parts.append(listed(title, [summary(each, zone, language) for each in waiting]))
    else:
        parts.append("Personne n'attend." if french else "Nobody waits.")
    if own:
        title = "**Vos conversations**" if french else "**Your conversations**"
        parts.append(listed(title, [summary(each, zone, language) for each in own]))
    return marked("\n".join(parts))


def taken(signalement: Signalement, server_name: str, language: Language) -> Words:
    """With a link: on a phone, one touch leads on."""
    reference, room = signalement.reference, link_to_room(signalement.room_id, server_name)
    if language == "fr":
        return Words(
            f"{reference} est à vous. Ouvrez la conversation : {room}",
            f'{reference} est à vous. <a href="{room}">Ouvrir la conversation</a>',
        )
    return Words(
        f"{reference} is yours. Open the conversation: {room}",
        f'{reference} is yours. <a href="{room}">Open the conversation</a>',
    )


def handed_over(signalement: Signalement, to: str, language: Language) -> Words:
    reference, to = signalement.reference, quoted(to)
    if language == "fr":
        return marked(
            f"{reference} est transféré : {to}. La personne le voit, et décide si la suite lit ce qui précède."
        )
    return marked(f"{reference} goes to {to}. The person sees it, and decides whether what was said is passed on.")


def proposed(signalement: Signalement, orientation: Orientation, language: Language) -> Words:
    name = quoted(orientation.particulars.name)
    if language == "fr":
        return marked(f"{signalement.reference} : « {name} » est proposé. Rien ne part sans l'accord de la personne.")
    return marked(f'{signalement.reference}: "{name}" is proposed. Nothing happens unless the person agrees.')


def listening(signalement: Signalement, server_name: str, language: Language) -> Words:
    reference, room = signalement.reference, link_to_room(signalement.room_id, server_name)
    if language == "fr":
        told = f"Vous entrez dans {reference} ; la personne le voit."
        return Words(f"{told} {room}", f'{told} <a href="{room}">Ouvrir</a>')
    told = f"You come into {reference}; the person sees it."
    return Words(f"{told} {room}", f'{told} <a href="{room}">Open</a>')


def withdrawn(signalement: Signalement, orientation: Orientation, language: Language) -> Words:
    name = quoted(orientation.particulars.name)
    if language == "fr":
        return marked(f"{signalement.reference} : « {name} » n'est plus proposé. La personne le voit.")
    return marked(f'{signalement.reference}: "{name}" is no longer proposed. The person sees it.')


def no_longer_listening(signalement: Signalement, is_own: bool, language: Language) -> Words:
    """`is_own`: of whoever has the conversation, and sent the listeners out."""
    if language == "fr":
        who = "plus personne n'écoute" if is_own else "vous n'écoutez plus"
        return marked(f"{signalement.reference} : {who} ; la personne le voit.")
    who = "nobody listens in any more" if is_own else "you listen no more"
    return marked(f"{signalement.reference}: {who}; the person sees it.")


def closed(signalement: Signalement, outcome: Outcome, language: Language) -> Words:
    name = outcome_name(outcome, language)
    if language == "fr":
        return marked(f"{signalement.reference} est terminé : {name}.")
    return marked(f"{signalement.reference} is closed: {name}.")


def danger(signalement: Signalement, language: Language) -> Words:
    reference = signalement.reference
    if signalement.in_danger:
        if language == "fr":
            return marked(f"{reference} : danger immédiat. Si les faits sont en cours : 17, salle de commandement.")
        return marked(f"{reference}: immediate danger. If it is happening now: 17, the command room.")
    return marked(f"{reference} : le danger est levé." if language == "fr" else f"{reference}: no longer in danger.")


def hard(signalement: Signalement, is_hard: bool, language: Language) -> Words:
    reference = signalement.reference
    if not is_hard:
        return marked(f"{reference} : c'est noté." if language == "fr" else f"{reference}: noted.")
    if language == "fr":
        return marked(
            f"{reference} : merci de l'avoir dit. Une pause vous sera proposée après. Vous n'êtes pas seul(e)."
        )
    return marked(f"{reference}: thank you for saying so. A pause will be offered afterwards. You are not alone.")


def available(waiting: int, language: Language) -> Words:
    if language == "fr":
        return marked(f"Vous revoilà disponible. En attente : {waiting}.")
    return marked(f"You are available again. Waiting: {waiting}.")


def rest_first(until: datetime, zone: tzinfo, language: Language) -> Words:
    """To who would be available before the pause is over that must be."""
    if language == "fr":
        return marked(
            f"D'abord votre pause, jusqu'à {hour(until, zone)} : plusieurs conversations éprouvantes de suite. "
            "Ensuite vous serez disponible, sans rien écrire."
        )
    return marked(
        f"First your pause, until {hour(until, zone)}: several hard conversations in a row. "
        "After it you are available, without another word."
    )


def pausing(until: datetime, holding: int, zone: tzinfo, language: Language) -> Words:
    """The conversations that go on are named: a pause does not end them."""
    if language == "fr":
        going_on = " Vos conversations en cours restent à vous." if holding else ""
        return marked(f"Bonne pause, jusqu'à {hour(until, zone)}. `disponible` y met fin.{going_on}")
    going_on = " Conversations that go on stay yours." if holding else ""
    return marked(f"Have a good pause, until {hour(until, zone)}. `available` ends it.{going_on}")


def shift_ended(own: Sequence[Signalement], language: Language) -> Words:
    references = ", ".join(each.reference for each in own)
    if language == "fr":
        left = f" Il vous reste {references} : `clore` ou `transférer`." if own else ""
        return marked(f"Fin de service. Merci pour aujourd'hui.{left}")
    left = f" You still have {references}: `close` or `hand over`." if own else ""
    return marked(f"End of shift. Thank you for today.{left}")


def ready_text_for(name: str | None, text_language: TextLanguage, language: Language) -> Words:
    """The text of that name, the list of texts, or the names that may have been meant."""
    if name is None:
        return texts(language)
    found = named(name)
    return text(found[0], text_language, language) if len(found) == 1 else no_such_text(name, found, language)


def texts(language: Language) -> Words:
    names = [names[language] for names in NAMES.values()]
    if language == "fr":
        title = "**Textes à copier** : `textes NOM LANGUE` ; langues : fr, en, es, ar"
    else:
        title = "**Texts to copy**: `texts NAME LANGUAGE`; languages: fr, en, es, ar"
    return marked(listed(title, [f"`{name}`" for name in names]))


def text(name: str, text_language: TextLanguage, language: Language) -> Words:
    """The text alone is what is copied; the line above it says what it is."""
    words = ready_text(name, text_language)
    others = ", ".join(each for each in LANGUAGES if each != text_language)
    title = f"{NAMES[name][language]} · {text_language} ({'aussi' if language == 'fr' else 'also'} : {others})"
    quote = marked(words).html
    direction = ' dir="rtl"' if text_language == "ar" else ""
    return Words(f"{title}\n\n{words}", f"{marked(title).html}<blockquote{direction}><p>{quote}</p></blockquote>")


def no_such_text(name: str, near: Sequence[str], language: Language) -> Words:
    names = [NAMES[each][language] for each in near] or [each[language] for each in NAMES.values()]
    choices = ", ".join(f"`{each}`" for each in names)
    if language == "fr":
        return marked(f"Pas de texte « {quoted(name)} ». Il y a : {choices}.")
    return marked(f'No text "{quoted(name)}". There is: {choices}.')


def nobody(typed: str, near: Sequence[str], language: Language) -> Words:
    """No agent and no desk is called so."""
    if near:
        names = (" ou " if language == "fr" else " or ").join(f"« {each} »" for each in near)
        return marked(f"Vouliez-vous dire {names} ?" if language == "fr" else f"Did you mean {names}?")
    if language == "fr":
        return marked(f"Ni agent ni guichet « {quoted(typed)} » : le nom comme Element l'affiche, ou une mention.")
    return marked(f'No agent and no desk "{quoted(typed)}": the name as Element shows it, or a mention.')


def how_to_take(signalement: Signalement) -> Words:
    """To a reaction that takes nobody, so that it is not thought to."""
    signs = " ".join(TAKING)
    return marked(
        f"{signalement.reference} attend toujours : ce signe ne prend personne."
        f" Pour prendre : {signs} ou `prendre {signalement.reference}`."
    )
