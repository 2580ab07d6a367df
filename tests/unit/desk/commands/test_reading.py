"""Every command in both languages, as people type: in a hurry, on a phone, with slips."""

import string
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.desk.commands.command import (
    AskHelp,
    BecomeAvailable,
    Close,
    Command,
    EndShift,
    Fault,
    FindUnits,
    ForceClose,
    HandOver,
    Language,
    ListConversations,
    ListenIn,
    MarkHard,
    Misunderstood,
    Propose,
    ReadText,
    Reassign,
    SetDanger,
    ShowBoard,
    StopListening,
    Take,
    TakePause,
    Understood,
    Verb,
    Withdraw,
)
from appservice.desk.commands.plain_words import joined
from appservice.desk.commands.reading import read
from appservice.desk.commands.vocabulary import ENTRIES, PHRASES
from appservice.domain.ids import Reference
from appservice.domain.signalement import Outcome

REF = Reference("K7QM-42")
BOT = ("Guichet Plateforme, Guyancourt", "@veilleuse_desk_guyancourt:veilleuse.test")

COMMANDS: list[tuple[str, Language, Command]] = [
    ("liste", "fr", ListConversations()),
    ("qui attend ?", "fr", ListConversations()),
    ("list", "en", ListConversations()),
    ("who waits?", "en", ListConversations()),
    ("prendre K7QM-42", "fr", Take(REF)),
    ("je prends k7qm42", "fr", Take(REF)),
    ("prends la K7QM 42 stp", "fr", Take(REF)),
    ("prendre", "fr", Take(None)),
    ("take k7qm-42", "en", Take(REF)),
    ("claim K7QM–42 please", "en", Take(REF)),  # noqa: RUF001 - what phones make of two dashes
    ("transférer K7QM-42 à @agent2:veilleuse.test", "fr", HandOver(REF, "@agent2:veilleuse.test")),
    ("transferer k7qm 42 au guichet de Rennes", "fr", HandOver(REF, "guichet de Rennes")),
    ("transférer à Agent 27", "fr", HandOver(None, "Agent 27")),
    ("hand over K7QM-42 to rennes", "en", HandOver(REF, "rennes")),
    ("handover k7qm-42 → rennes", "en", HandOver(REF, "rennes")),
    ("plainte K7QM-42", "fr", Propose(Verb.COMPLAINT, REF, None)),
    ("plainte k7qm42 brigade de Rambouillet", "fr", Propose(Verb.COMPLAINT, REF, "brigade de Rambouillet")),
    ("complaint K7QM-42 3", "en", Propose(Verb.COMPLAINT, REF, "3")),
    ("association K7QM-42 CIDFF des Yvelines", "fr", Propose(Verb.ASSOCIATION, REF, "CIDFF des Yvelines")),
    ("refer K7QM-42 CIDFF", "en", Propose(Verb.ASSOCIATION, REF, "CIDFF")),
    ("écouter K7QM-42", "fr", ListenIn(REF)),
    ("listen in k7qm42", "en", ListenIn(REF)),
    ("ne plus écouter K7QM-42", "fr", StopListening(REF)),
    ("fin d'écoute", "fr", StopListening(None)),
    ("stop listening k7qm42", "en", StopListening(REF)),
    ("retirer K7QM-42", "fr", Withdraw(REF)),
    ("annuler la proposition", "fr", Withdraw(None)),
    ("withdraw k7qm 42", "en", Withdraw(REF)),
    ("clore K7QM-42 plainte", "fr", Close(REF, Outcome.COMPLAINT)),
    ("clore K7QM-42 sans suite", "fr", Close(REF, Outcome.NO_NEED)),
    ("clôturer informée", "fr", Close(None, Outcome.INFORMED)),
    ("close K7QM-42 not competent", "en", Close(REF, Outcome.NOT_COMPETENT)),
    ("close k7qm42 witness", "en", Close(REF, Outcome.WITNESS_HEARD)),
    ("danger K7QM-42", "fr", SetDanger(REF, True)),
    ("danger K7QM-42 off", "fr", SetDanger(REF, False)),
    ("danger non", "fr", SetDanger(None, False)),
    ("immediate danger K7QM-42 on", "en", SetDanger(REF, True)),
    ("éprouvante K7QM-42", "fr", MarkHard(REF, True)),
    ("EPROUVANTE", "fr", MarkHard(None, True)),
    ("hard k7qm42", "en", MarkHard(REF, True)),
    ("hard k7qm42 no", "en", MarkHard(REF, False)),
    ("disponible", "fr", BecomeAvailable()),
    ("Dispo !", "fr", BecomeAvailable()),
    ("available", "en", BecomeAvailable()),
    ("pause", "fr", TakePause(None)),
    ("pause 20", "fr", TakePause(timedelta(minutes=20))),
    ("pause de 1h30", "fr", TakePause(timedelta(hours=1, minutes=30))),
    ("break 2 hours", "en", TakePause(timedelta(hours=2))),
    ("take a break", "en", TakePause(None)),
    ("fin de service", "fr", EndShift()),
    ("Fin-de-service.", "fr", EndShift()),
    ("end of shift", "en", EndShift()),
    ("unités K7QM-42", "fr", FindUnits(Verb.UNITS, REF, None)),
    ("unites pres de K7QM-42", "fr", FindUnits(Verb.UNITS, REF, None)),
    ("unités K7QM-42 près d'Évry", "fr", FindUnits(Verb.UNITS, REF, "Évry")),
    ("units near K7QM-42", "en", FindUnits(Verb.UNITS, REF, None)),
    ("units K7QM-42 near Versailles", "en", FindUnits(Verb.UNITS, REF, "Versailles")),
    ("associations près de K7QM-42", "fr", FindUnits(Verb.ASSOCIATIONS, REF, None)),
    ("charities near K7QM-42", "en", FindUnits(Verb.ASSOCIATIONS, REF, None)),
    ("textes", "fr", ReadText(None, "fr")),
    ("textes droits", "fr", ReadText("droits", "fr")),
    ("textes droits en anglais", "fr", ReadText("droits", "en")),
    ("texts rights ar", "en", ReadText("rights", "ar")),
    ("text numbers in spanish", "en", ReadText("numbers", "es")),
    ("aide", "fr", AskHelp(None)),
    ("aide pause", "fr", AskHelp(Verb.PAUSE)),
    ("aide transfrer", "fr", AskHelp(Verb.HAND_OVER)),
    ("help", "en", AskHelp(None)),
    ("help hand over", "en", AskHelp(Verb.HAND_OVER)),
    ("tableau", "fr", ShowBoard()),
    ("board", "en", ShowBoard()),
    ("réattribuer K7QM-42 à Agent 12", "fr", Reassign(REF, "Agent 12")),
    ("reassign K7QM-42 to rennes", "en", Reassign(REF, "rennes")),
    ("forcer la clôture K7QM-42 abus", "fr", ForceClose(REF, Outcome.ABUSE)),
    ("force close K7QM-42 other", "en", ForceClose(REF, Outcome.OTHER)),
    ("close K7QM-42 as abuse", "en", Close(REF, Outcome.ABUSE)),
    ("prendre en charge K7QM-42", "fr", Take(REF)),
    ("je prends en charge K7QM-42", "fr", Take(REF)),
    ("prendre K7QM-42 s'il te plaît", "fr", Take(REF)),
    ("prendre K7QM-42 s’il vous plaît", "fr", Take(REF)),  # noqa: RUF001 - as telephones write it
    ("I take K7QM-42 now", "en", Take(REF)),
    ("prendre ref. K7QM-42", "fr", Take(REF)),
    ("prendre le n° K7QM-42", "fr", Take(REF)),
    ("prendre la suivante", "fr", Take(None)),
    ("Prendre K7QM - 42", "fr", Take(REF)),
    ("prendre K7QM\u201142", "fr", Take(REF)),
    ("prendre K7QM\u221242", "fr", Take(REF)),
    ("prendre K7QM\u201442", "fr", Take(REF)),
    ("prendre K7QM_42", "fr", Take(REF)),
    ("prendre K7QM\u200b-42", "fr", Take(REF)),
    ("prendre:K7QM-42", "fr", Take(REF)),
    ("prendre,K7QM-42", "fr", Take(REF)),
    ("listen in to K7QM-42", "en", ListenIn(REF)),
    ("stop listening to K7QM-42", "en", StopListening(REF)),
    ("end of shift now", "en", EndShift()),
    ("fin de service maintenant", "fr", EndShift()),
    ("plainte K7QM-42 2.", "fr", Propose(Verb.COMPLAINT, REF, "2")),
    ("plainte K7QM-42 n°2", "fr", Propose(Verb.COMPLAINT, REF, "2")),
    ("plainte K7QM-42 numéro 2", "fr", Propose(Verb.COMPLAINT, REF, "2")),
    ("transférer à Paul75", "fr", HandOver(None, "Paul75")),
    ("transférer K7QM-42 à AGEN47", "fr", HandOver(REF, "AGEN47")),
    ("aide stp", "fr", AskHelp(None)),
]


@pytest.mark.parametrize(("text", "language", "command"), COMMANDS, ids=[text for text, _, _ in COMMANDS])
@pytest.mark.parametrize(
    "prefix", ["", "!", "! ", "veilleuse: ", "Veilleuse:", "@veilleuse ", *(f"{name}: " for name in BOT)]
)
def test_a_command_is_understood_with_and_without_an_address(
    prefix: str, text: str, language: Language, command: Command
) -> None:
    assert read(prefix + text, names=BOT) == Understood(command, language)


def test_every_verb_is_among_them_in_both_languages() -> None:
    tried = {(type(command), getattr(command, "verb", None), language) for _, language, command in COMMANDS}
    assert {language for _, _, language in tried} == {"fr", "en"}
    for kind, verb in {(kind, verb) for kind, verb, _ in tried}:
        assert {language for k, v, language in tried if (k, v) == (kind, verb)} == {"fr", "en"}, (kind, verb)


def test_no_two_verbs_share_a_phrase() -> None:
    owners: dict[str, set[Verb]] = {}
    for verb, entry in ENTRIES.items():
        for words in entry.words.values():
            for phrase in words:
                owners.setdefault(joined([phrase]), set()).add(verb)
    assert [phrase for phrase, verbs in owners.items() if len(verbs) > 1] == []


def test_case_and_accents_do_not_matter() -> None:
    for text, language, command in COMMANDS:
        shouted = text.upper()
        result = read(shouted)
        assert isinstance(result, Understood), shouted
        assert type(result.command) is type(command)
        assert result.language == language


def _slips(phrase: str) -> set[str]:
    """Every phrase that one slip of one finger makes of this one."""
    letters = string.ascii_lowercase
    made = set()
    for i in range(len(phrase) + 1):
        made |= {phrase[:i] + letter + phrase[i:] for letter in letters}
        if i < len(phrase) and phrase[i] != " ":
            made |= {phrase[:i] + letter + phrase[i + 1 :] for letter in letters}
            made.add(phrase[:i] + phrase[i + 1 :])
        if i + 1 < len(phrase):
            made.add(phrase[:i] + phrase[i + 1] + phrase[i] + phrase[i + 2 :])
    return made - {phrase}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("verb", list(Verb))
def test_a_slip_of_one_letter_is_answered_with_the_command_that_was_meant(verb: Verb, language: Language) -> None:
    shown = ENTRIES[verb].shown(language)
    for slip in _slips(shown):
        result = read(slip)
        assert result is not None, slip
        if isinstance(result, Understood):
            # What still is the command; or, one letter away, another: the list of associations and a proposal of one.
            continue
        if result.verb is None:
            meant = {PHRASES[joined([near])][0] for near in result.nearest}
            assert verb in meant, (slip, result)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("verb", list(Verb))
def test_a_slip_becomes_another_command_only_where_that_harms_nobody(verb: Verb, language: Language) -> None:
    shown = ENTRIES[verb].shown(language)
    for slip in _slips(shown):
        result = read(f"{slip} K7QM-42")
        meant = read(f"{shown} K7QM-42")
        if isinstance(result, Understood) and isinstance(meant, Understood):
            verbs = {getattr(each.command, "verb", None) for each in (meant, result)}
            assert meant.command == result.command or verbs == {Verb.ASSOCIATION, Verb.ASSOCIATIONS}, slip


@pytest.mark.parametrize(
    "talk",
    [
        "Bonjour à tous",
        "ok",
        "merci !",
        "Quelqu'un a pris un café ?",
        "Prendre un café ensemble, ça vous dit ?",
        "pause café dans cinq minutes, qui vient ?",
        "association de malfaiteurs, encore une affaire comme celle de lundi",
        "passer la nuit ici ne me dit rien",
        "pause ?",
        "dispo ?",
        "danger ?",
        "difficile ?",
        "dure",
        "je pars",
        "je prends ?",
        "Pause café ?",
        "dure journée",
        "terminé",
        "hard day",
        "take care!",
        "clos hier",
        "écoute Paul",
        "transfert fait",
        "passer à Paris",
        "plainte déposée",
        "plainte déposée hier soir à la brigade",
        "veilleuse_lyon est en panne ?",
        "dure journée, bon courage à celles qui restent",
        "help, I need somebody, not just anybody",
        "take care of yourselves everybody",
        "Le danger est passé pour aujourd'hui je crois",
        "@agent2:veilleuse.test tu peux regarder ?",
        "",
        "   ",
        "42",
        "https://example.org/liste",
    ],
)
def test_talk_among_agents_is_left_alone(talk: str) -> None:
    assert read(talk, names=BOT) is None


@pytest.mark.parametrize("address", ["!{}", "veilleuse: {}", "Veilleuse, {}", f"{BOT[0]}: {{}}", f"{BOT[1]} {{}}"])
def test_what_is_addressed_always_gets_an_answer(address: str) -> None:
    for said in (
        "bonjour à tous",
        "abracadabra",
        "quel temps fait-il à Rennes ce matin ?",
        "prendre un café ensemble ?",
    ):
        assert isinstance(read(address.format(said), names=BOT), Misunderstood)


@pytest.mark.parametrize("call", ["!", "veilleuse", "@veilleuse", "Veilleuse :", "! ?", BOT[0]])
def test_a_mere_call_is_answered_with_help(call: str) -> None:
    assert read(call, names=BOT) == Understood(AskHelp(None), "fr")


LYON = ("Veilleuse Lyon", "@veilleuse_lyon:hs.example")


@pytest.mark.parametrize(
    "text",
    [
        "@Veilleuse Lyon liste",
        "Veilleuse Lyon, liste",
        "@veilleuse_lyon liste",
        "@veilleuse_lyon:hs.example: liste",
        "veilleuse! liste",
        "veilleuse. liste",
        "liste @Veilleuse Lyon",
        "liste @veilleuse_lyon:hs.example !",
    ],
)
def test_the_bot_s_name_may_come_before_or_behind_in_any_of_its_forms(text: str) -> None:
    assert read(text, names=LYON) == Understood(ListConversations(), "fr")
    assert read(text.replace("liste", "abracadabra"), names=LYON) is not None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("hand over to Agent 27", HandOver(None, "Agent 27")),
        ("hand over to the Paris desk", HandOver(None, "the Paris desk")),
        ("transférer à Agent 27, gendarmerie", HandOver(None, "Agent 27, gendarmerie")),
        ("réattribuer à Agent 27 gendarmerie", Reassign(None, "Agent 27 gendarmerie")),
        ("unités La Roche sur Yon", FindUnits(Verb.UNITS, None, "La Roche sur Yon")),
        ("plainte commissariat de police d'Évry", Propose(Verb.COMPLAINT, None, "commissariat de police d'Évry")),
    ],
)
def test_many_words_are_a_command_if_what_they_name_exists(text: str, command: Command) -> None:
    assert read(text) is None
    understood = read(text, known=lambda asked: asked == command)
    assert isinstance(understood, Understood)
    assert understood.command == command
    assert read(f"{text} ?", known=lambda _: True) is None or isinstance(command, FindUnits)


def test_in_reply_to_what_tells_of_a_conversation_ordinary_words_are_commands() -> None:
    assert read("dure") is None
    assert read("dure", pointed=True) == Understood(MarkHard(None, True), "fr")
    for talk in ("ok", "je m'en occupe", "je prends ?"):
        assert read(talk, pointed=True) is None


def test_what_is_addressed_and_not_known_is_answered_in_its_language() -> None:
    for said, language in (("what is this", "en"), ("please show me", "en"), ("bonjour", "fr"), ("abracadabra", "fr")):
        result = read(f"!{said}")
        assert isinstance(result, Misunderstood)
        assert result.language == language


def test_a_mention_by_the_client_is_an_address() -> None:
    assert read("abracadabra", mentioned=True) == Misunderstood(Fault.UNKNOWN, "fr", None, "abracadabra")


def test_the_quote_that_old_clients_put_before_a_reply_is_passed_over() -> None:
    assert read("> <@bot:x> K7QM-42 · victime\n> attend\n\nprendre k7qm-42") == Understood(Take(REF), "fr")


@pytest.mark.parametrize(
    ("text", "fault", "verb", "nearest"),
    [
        ("prendre K7QO-42", Fault.BAD_REFERENCE, Verb.TAKE, ()),
        ("clore K7QM-42", Fault.WANTS_OUTCOME, Verb.CLOSE, ()),
        ("clore K7QM-42 plante", Fault.BAD_OUTCOME, Verb.CLOSE, ("plainte",)),
        ("transférer K7QM-42", Fault.WANTS_RECIPIENT, Verb.HAND_OVER, ()),
        ("pause demain", Fault.BAD_DURATION, Verb.PAUSE, ()),
        ("pause 900 h", Fault.BAD_DURATION, Verb.PAUSE, ()),
        ("pause 0", Fault.BAD_DURATION, Verb.PAUSE, ()),
        ("danger K7QM-42 bof", Fault.BAD_SWITCH, Verb.DANGER, ()),
        ("liste K7QM-42", Fault.TOO_MUCH, Verb.LIST, ()),
        ("!aide cuisine", Fault.UNKNOWN, None, ()),
        ("forcer la clôture K7QM-42", Fault.WANTS_OUTCOME, Verb.FORCE_CLOSE, ()),
        ("clore de force K7QM-42", Fault.WANTS_OUTCOME, Verb.FORCE_CLOSE, ()),
        ("force close K7QM-42 abuss", Fault.BAD_OUTCOME, Verb.FORCE_CLOSE, ("abus",)),
        ("clore K7QM-42 sans suit", Fault.BAD_OUTCOME, Verb.CLOSE, ("sans suite",)),
        ("close K7QM-42 no ned", Fault.BAD_OUTCOME, Verb.CLOSE, ("no need",)),
        ("clore K7QM-42 pas competant", Fault.BAD_OUTCOME, Verb.CLOSE, ("pas compétent",)),
        ("prendre K7QM-42 dans cinq minutes, promis", Fault.TOO_MUCH, Verb.TAKE, ()),
        ("prendre 42", Fault.TOO_MUCH, Verb.TAKE, ()),
        ("prendre K7QO42", Fault.BAD_REFERENCE, Verb.TAKE, ()),
        ("hand over K7QM-42 to", Fault.WANTS_RECIPIENT, Verb.HAND_OVER, ()),
        ("pause de 5 heures", Fault.BAD_DURATION, Verb.PAUSE, ()),
        ("take a break 20 minuts", Fault.BAD_DURATION, Verb.PAUSE, ()),
        ("prendre K7QM-42 ?", Fault.QUESTION, Verb.TAKE, ()),
        ("!prnde K7QM-42", Fault.UNKNOWN, None, ("prendre", "prends")),
        ("predner K7QM-42", Fault.UNKNOWN, None, ("prendre",)),
    ],
)
def test_what_is_missing_or_wrong_is_told(text: str, fault: Fault, verb: Verb | None, nearest: tuple[str, ...]) -> None:
    result = read(text)
    assert isinstance(result, Misunderstood)
    assert (result.fault, result.verb, result.nearest) == (fault, verb, nearest)


@given(st.text(), st.booleans())
def test_nothing_that_is_typed_breaks_it(text: str, mentioned: bool) -> None:
    result = read(text, mentioned=mentioned, names=BOT)
    assert result is not None or not mentioned


@given(st.sampled_from(sorted(PHRASES)), st.text(), st.sampled_from(["", "!", "veilleuse:"]))
def test_nothing_that_follows_a_verb_breaks_it(phrase: str, rest: str, prefix: str) -> None:
    assert read(f"{prefix}{phrase} {rest}") is not None or not prefix
