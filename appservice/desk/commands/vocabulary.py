"""The words of each command in both languages. The first is the one that is shown; the others do as well."""

from collections.abc import Mapping
from dataclasses import dataclass

from appservice.desk.commands.command import Language, Verb
from appservice.desk.commands.plain_words import joined


@dataclass(frozen=True, slots=True)
class Entry:
    """`usage`: what follows the verb; `explained`: what it does, in one line."""

    words: Mapping[Language, tuple[str, ...]]
    usage: Mapping[Language, str]
    explained: Mapping[Language, str]

    def shown(self, language: Language) -> str:
        return self.words[language][0]


def _entry(fr: str, en: str, usage: tuple[str, str], explained: tuple[str, str]) -> Entry:
    return Entry(
        {"fr": tuple(fr.split(", ")), "en": tuple(en.split(", "))},
        {"fr": usage[0], "en": usage[1]},
        {"fr": explained[0], "en": explained[1]},
    )


ENTRIES: dict[Verb, Entry] = {
    Verb.LIST: _entry(
        "liste, lister, attente, file, qui attend",
        "list, queue, waiting, who waits",
        ("", ""),
        ("qui attend, et vos conversations", "who waits, and your conversations"),
    ),
    Verb.TAKE: _entry(
        "prendre, je prends, prends, prendre en charge, je prends en charge, prise en charge",
        "take, i take, claim",
        ("REF", "REF"),
        ("prendre une conversation ; réagir à l'annonce par 👍 suffit", "take a conversation; 👍 on its line will do"),
    ),
    Verb.HAND_OVER: _entry(
        "transférer, transfert, transmettre, passer",
        "hand over, handover, transfer",
        ("REF à AGENT ou GUICHET", "REF to AGENT or DESK"),
        ("passer la conversation à quelqu'un d'autre", "give the conversation to somebody else"),
    ),
    Verb.COMPLAINT: _entry(
        "plainte, porter plainte, dépôt de plainte",
        "complaint, file complaint",
        ("REF UNITÉ", "REF UNIT"),
        ("proposer une plainte dans une unité, ou les voir", "propose a complaint at a station, or see them"),
    ),
    Verb.ASSOCIATION: _entry(
        "association, orienter",
        "association, refer",
        ("REF LAQUELLE", "REF WHICH"),
        ("proposer une association, ou les voir", "propose an association, or see them"),
    ),
    Verb.WITHDRAW: _entry(
        "retirer, retirer la proposition, annuler la proposition",
        "withdraw, withdraw proposal, take back",
        ("REF", "REF"),
        ("reprendre ce qui est proposé et n'a pas de réponse", "take back what is proposed and not answered"),
    ),
    Verb.LISTEN_IN: _entry(
        "écouter, écoute, accompagner, rejoindre",
        "listen in, listen, join",
        ("REF", "REF"),
        ("entrer en second, au vu de la personne", "come in as a second; the person sees it"),
    ),
    Verb.STOP_LISTENING: _entry(
        "ne plus écouter, fin d'écoute, arrêter d'écouter, cesser d'écouter",
        "stop listening, end listening",
        ("REF", "REF"),
        (
            "sortir d'une conversation écoutée ; par l'agent qui l'a, en faire sortir qui écoute",
            "leave what you listen to; if it is yours, send out who listens",
        ),
    ),
    Verb.CLOSE: _entry(
        "clore, clôturer, clos, fermer, terminer",
        "close, finish",
        ("REF ISSUE", "REF OUTCOME"),
        ("terminer la conversation, avec son issue", "end the conversation, with its outcome"),
    ),
    Verb.DANGER: _entry(
        "danger, danger immédiat",
        "danger, immediate danger",
        ("REF on ou off", "REF on or off"),
        ("signaler un danger immédiat, ou sa fin", "mark an immediate danger, or its end"),
    ),
    Verb.HARD: _entry(
        "éprouvante, éprouvant, dure, difficile, lourde",
        "hard, heavy, difficult",
        ("REF", "REF"),
        ("dire qu'elle a pesé : une pause suivra", "say that it weighed: a pause follows"),
    ),
    Verb.AVAILABLE: _entry(
        "disponible, dispo, de retour, reprise, présente, présent",
        "available, back, i am back, ready",
        ("", ""),
        ("de nouveau là", "there again"),
    ),
    Verb.PAUSE: _entry(
        "pause, faire une pause, en pause",
        "pause, break, take a break",
        ("DURÉE", "DURATION"),
        ("souffler ; 15 minutes, si rien n'est dit", "breathe; 15 minutes unless you say"),
    ),
    Verb.END_OF_SHIFT: _entry(
        "fin de service, fin du service, fin de poste, je pars",
        "end of shift, end shift, off duty",
        ("", ""),
        ("plus rien de nouveau jusqu'à « disponible »", "nothing new until \"available\""),
    ),
    Verb.UNITS: _entry(
        "unités, unité, commissariats, brigades, postes",
        "units, unit, stations",
        ("REF COMMUNE", "REF TOWN"),
        ("commissariats et brigades autour d'une commune", "police and gendarmerie around a town"),
    ),
    Verb.ASSOCIATIONS: _entry(
        "associations, aides",
        "associations, charities",
        ("REF COMMUNE", "REF TOWN"),
        ("associations et services d'aide autour d'une commune", "associations and support around a town"),
    ),
    Verb.TEXTS: _entry(
        "textes, texte, modèles, réponses",
        "texts, text, templates",
        ("NOM LANGUE", "NAME LANGUAGE"),
        ("textes prêts à copier : droits, numéros, plainte…", "texts to copy: rights, numbers, complaint…"),
    ),
    Verb.HELP: _entry(
        "aide, aide moi, commandes",
        "help, commands, help me",
        ("COMMANDE", "COMMAND"),
        ("cette liste, ou une commande expliquée", "this list, or one command explained"),
    ),
    Verb.BOARD: _entry(
        "tableau, tableau de bord, situation",
        "board, dashboard, overview",
        ("", ""),
        ("le tableau, de nouveau au bas du salon", "the board, again at the bottom of the room"),
    ),
    Verb.REASSIGN: _entry(
        "réattribuer, réaffecter, attribuer, confier",
        "reassign, assign",
        ("REF à AGENT ou GUICHET", "REF to AGENT or DESK"),
        ("donner la conversation à un agent ou à un guichet", "give the conversation to an agent or a desk"),
    ),
    Verb.FORCE_CLOSE: _entry(
        "forcer la clôture, clôture forcée, clore de force",
        "force close, force-close",
        ("REF ISSUE", "REF OUTCOME"),
        ("terminer une conversation à la place de l'agent", "end a conversation in the agent's place"),
    ),
}  # fmt: skip

ORDINARY = frozenset(
    joined([word])
    for word in (
        *("prends", "passer", "transfert", "clos", "fermer", "terminer", "finish", "join", "rejoindre", "je pars"),
        *("dure", "difficile", "lourde", "heavy", "difficult", "reprise", "présente", "présent", "back", "ready"),
        *("attente", "file", "waiting", "situation", "aides", "réponses", "postes"),
    )
)
"""Those that people also say among themselves: they need a reference, or to be addressed."""

OF_LEADERS = frozenset({Verb.BOARD, Verb.REASSIGN, Verb.FORCE_CLOSE})
"""What shift leaders say in the supervision room; the rest is for desk rooms, and help for both."""

PHRASES: dict[str, tuple[Verb, Language]] = {
    joined([phrase]): (verb, language)
    for verb, entry in ENTRIES.items()
    for language in ("en", "fr")  # a word of both languages is French
    for phrase in entry.words[language]
}
"""Every phrase by its letters alone."""

WRITTEN: dict[str, str] = {
    joined([phrase]): phrase for entry in ENTRIES.values() for words in entry.words.values() for phrase in words
}
"""How each is written."""

_WORDS_IN = {
    letters: max(
        len(phrase.split())
        for entry in ENTRIES.values()
        for words in entry.words.values()
        for phrase in words
        if joined([phrase]) == letters
    )
    for letters in PHRASES
}
LONGEST_PHRASE = max(_WORDS_IN.values())


def words_in(phrase: str) -> int:
    """How many words a phrase has where it is written with most."""
    return _WORDS_IN[phrase]


def usage(verb: Verb, language: Language) -> str:
    """As it can be typed: `transférer REF à AGENT ou GUICHET`."""
    entry = ENTRIES[verb]
    return f"{entry.shown(language)} {entry.usage[language]}".strip()
