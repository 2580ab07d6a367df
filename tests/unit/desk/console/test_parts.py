"""Reactions, names, texts and help: what needs no conversation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.desk.commands.arguments import OUTCOMES
from appservice.desk.commands.command import Fault, Language, Misunderstood, Verb
from appservice.desk.commands.reading import read
from appservice.desk.commands.vocabulary import ENTRIES, OF_LEADERS, usage
from appservice.desk.console import answers, explaining
from appservice.desk.console.marked import marked, quoted
from appservice.desk.console.people import Nobody, Recipient, recipient
from appservice.desk.console.reactions import TAKING, takes
from appservice.desk.ready_texts import LANGUAGES, NAMES, named, ready_text
from appservice.domain.desk import Desk, DeskKind, Force
from appservice.domain.ids import DeskId, UserId

LANGUAGES_OF_AGENTS: tuple[Language, ...] = ("fr", "en")


@pytest.mark.parametrize(
    "key",
    [
        *TAKING,
        *("👍🏽", "👍\ufe0f", "✋🏿", "🙋🏻\u200d♀️", "🙋\u200d♂️", "🖐", "🖐🏾", "🤚🏼", "☝️", "🙌"),
        *("✔️", "✔", "☑️", "👀", "👌🏻", "🆗", "💪", "🤝", "🤙", "🫡", "➕"),
        *("+1", "oui", "Oui !", "OK", "moi", "Je prends", "je m’en occupe", "take", "I take it", "On it"),  # noqa: RUF001
    ],
)
def test_what_says_i_do_takes_in_every_skin(key: str) -> None:
    assert takes(key)


@pytest.mark.parametrize(
    "key",
    [
        *("❤️", "♥️", "🫶", "💌", "💔", "😢", "☹️", "🥺", "🤔", "🙏🏽", "🎉", "🚀"),
        *("👎🏽", "❌", "🙅🏻\u200d♀️", "🤷", "🆖", "🚷", "⏳", "🕒", "💤", "⏸️", "🖕", "💩", "🔕", "👻"),
        *("Non", "Non !", "no thanks", "pas moi", "plus tard", "occupé", "moi ?", "-1", "1 min", "mxc://x/y"),
        *("?", "", "\u200d", "🏽"),
    ],
)
def test_what_says_anything_else_takes_nobody(key: str) -> None:
    assert not takes(key)


@given(st.text())
def test_no_reaction_breaks_it(key: str) -> None:
    assert takes(key) in (True, False)


def a_desk(desk_id: str, name: str, *agents: str, names: dict[str, str] | None = None) -> Desk:
    shown = {UserId(agent): shown for agent, shown in (names or {}).items()}
    return Desk(
        DeskId(desk_id), name, DeskKind.REGIONAL, Force.NONE, tuple(UserId(agent) for agent in agents), names=shown
    )


GUYANCOURT = a_desk(
    "guyancourt", "Plateforme, Guyancourt", "@claire:fake", "@luc:fake", names={"@claire:fake": "Agent 27, police"}
)
RENNES = a_desk("rennes", "Plateforme, Rennes", "@anne:fake", "@yann:fake")
DESKS = (GUYANCOURT, RENNES)


@pytest.mark.parametrize(
    ("typed", "agent", "desk"),
    [
        ("@anne:fake", "@anne:fake", None),
        ("anne", "@anne:fake", None),
        ("Agent 27, police", "@claire:fake", None),
        ("agent 27 police", "@claire:fake", None),
        ("AGENT 27", "@claire:fake", None),
        ("Agent 2", "@luc:fake", None),
        ("rennes", None, "rennes"),
        ("guichet de Rennes", None, "rennes"),
        ("Plateforme, Rennes", None, "rennes"),
        ("the Rennes desk", None, "rennes"),
        ("le guichet de Rennes", None, "rennes"),
        ("Agent 27 stp", "@claire:fake", None),
        ("Agent 2 Rennes", "@yann:fake", None),
        ("Agent 2 (Plateforme, Rennes)", "@yann:fake", None),
        ("@yann:fake, merci", "@yann:fake", None),
    ],
)
def test_a_recipient_is_found_by_what_people_call_it(typed: str, agent: str | None, desk: str | None) -> None:
    found = recipient(typed, [], GUYANCOURT, DESKS)
    assert isinstance(found, Recipient)
    assert (found.agent, found.desk) == (agent, desk)


def test_part_of_a_word_is_no_name() -> None:
    lone = a_desk("lyon", "Lyon", "@a:fake", "@b:fake", names={"@a:fake": "Agent 27", "@b:fake": "Pauline"})
    for typed in ("agent 2", "7", "paul", "line", "yon"):
        assert isinstance(recipient(typed, [], lone, [lone]), Nobody), typed


def test_whoever_the_words_fit_as_well_is_asked_about() -> None:
    both = Nobody(("Agent 2 (Plateforme, Guyancourt)", "Agent 2 (Plateforme, Rennes)"), several=True)
    assert recipient("Agent 2", [], None, DESKS) == both
    assert recipient("police", [], None, DESKS) == Recipient("Agent 27, police", agent=UserId("@claire:fake"))


def test_a_name_and_somebody_else_s_mention_are_asked_about() -> None:
    asked = recipient("rennes @luc:fake", ["@luc:fake"], GUYANCOURT, DESKS)
    assert asked == Nobody(("Agent 2", "Plateforme, Rennes"), several=True)


def test_the_mention_of_somebody_else_than_is_named_changes_nothing() -> None:
    found = recipient("rennes", ["@luc:fake"], GUYANCOURT, DESKS)
    assert isinstance(found, Recipient)
    assert (found.agent, found.desk) == (None, "rennes")


def test_a_mention_tells_who_is_meant_where_no_name_does() -> None:
    found = recipient("Yann L.", ["@yann:fake"], GUYANCOURT, DESKS)
    assert isinstance(found, Recipient)
    assert found.agent == "@yann:fake"


def test_what_is_nobody_s_name_has_those_that_are_like_it() -> None:
    assert recipient("renes", [], GUYANCOURT, DESKS) == Nobody(("Plateforme, Rennes",))
    assert recipient("guyan", [], GUYANCOURT, DESKS) == Nobody(("Plateforme, Guyancourt",))
    assert recipient("zzz", [], GUYANCOURT, DESKS) == Nobody()
    assert recipient("plateforme", [], GUYANCOURT, DESKS) == Nobody(
        ("Plateforme, Guyancourt", "Plateforme, Rennes"), several=True
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_in_every_language_of_the_page(language: str) -> None:
    for text in NAMES:
        words = ready_text(text, language)  # type: ignore[arg-type] # one of the four
        assert len(words) > 80
        assert "\n\n" not in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_are_the_same_in_every_language(language: str) -> None:
    for number in ("17", "112", "114", "15", "3919", "119", "116 006", "3018"):
        assert number in ready_text("numbers", language)  # type: ignore[arg-type] # one of the four


def test_a_text_is_found_by_its_name_in_either_language_by_its_beginning_or_a_slip_of_it() -> None:
    assert named("Droits") == named("rights") == named("droit") == named("dorits") == ["rights"]
    assert named("numeros") == ["numbers"]
    assert named("xyzzy") == []


def test_a_text_comes_alone_in_its_frame_so_that_it_can_be_copied() -> None:
    words = answers.ready_text_for("rights", "ar", "en")
    assert ready_text("rights", "ar") in words.plain
    assert '<blockquote dir="rtl">' in words.html
    unknown = answers.ready_text_for("xyzzy", "fr", "fr")
    assert all(names["fr"] in unknown.plain for names in NAMES.values())


@pytest.mark.parametrize("language", LANGUAGES_OF_AGENTS)
def test_help_names_every_command_and_what_it_says_can_be_typed(language: Language) -> None:
    words = explaining.help_for(None, language)
    for verb in explaining.OF_AGENTS:
        assert usage(verb, language) in words.plain
        assert read(ENTRIES[verb].shown(language)) is not None
    for verb in Verb:
        one = explaining.help_for(verb, language)
        assert ENTRIES[verb].explained[language] in one.plain
    assert not any(usage(verb, language) in words.plain.split("\n") for verb in OF_LEADERS)


def test_help_tells_which_words_need_an_address() -> None:
    also, addressed = explaining.help_for(Verb.HARD, "fr").plain.splitlines()[1:]
    assert "éprouvant" in also
    assert "dure" not in also
    assert addressed.startswith("Après !")
    assert "dure" in addressed


@pytest.mark.parametrize("language", LANGUAGES_OF_AGENTS)
@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_says_what_to_type(fault: Fault, language: Language) -> None:
    verb = None if fault is Fault.UNKNOWN else Verb.CLOSE
    told = explaining.told(Misunderstood(fault, language, verb, "<b>xyz</b>", ()))
    assert ("aide" if language == "fr" else "help") in told.plain or usage(Verb.CLOSE, language) in told.plain
    assert "<b>" not in told.html
    nearest = explaining.told(Misunderstood(Fault.UNKNOWN, language, None, "lste", ("liste",)))
    assert "liste" in nearest.plain


def test_outcomes_are_named_where_one_is_missing() -> None:
    told = explaining.told(Misunderstood(Fault.WANTS_OUTCOME, "fr", Verb.CLOSE))
    assert all(words[0] in told.plain for words in OUTCOMES.values())


@given(st.text())
def test_what_was_typed_is_quoted_without_meaning(typed: str) -> None:
    words = marked(f"« {quoted(typed)} »")
    assert not any(sign in quoted(typed) for sign in "<>`*@\u202e\n")
    assert len(quoted(typed)) <= 60
    assert "<code>" not in words.html
