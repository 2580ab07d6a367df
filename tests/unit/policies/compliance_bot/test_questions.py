"""Every command, in both languages, and what is none."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.compliance_bot.periods import ZONE
from policies.compliance_bot.questions import WORDS, Language, NotUnderstood, Question, Topic, ask
from policies.compliance_bot.wording import EXPLANATIONS

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("topic", Topic)
def test_every_command_is_understood_in_both_languages(topic: Topic, language: Language) -> None:
    word = WORDS[topic][language == "en"]
    about = "K7QM-42" if topic in (Topic.LIFE, Topic.ACCESS, Topic.MEMBERS) else ""
    for written in (word, word.upper(), f"!{word}", f"  {word} "):
        question = ask(f"{written} {about}", NOW)
        assert isinstance(question, Question)
        assert question.topic is topic
        assert question.about == about


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_examples_of_the_help_work_as_they_stand(language: Language) -> None:
    topics = [topic for topic in Topic if topic is not Topic.HELP]
    for topic, (example, _) in zip(topics, EXPLANATIONS[language], strict=True):
        question = ask(example, NOW)
        assert isinstance(question, Question), example
        assert question.topic is topic
        assert question.language == language


@pytest.mark.parametrize(
    ("text", "nearest"), [("statsu", "status"), ("vérifié", "verifier"), ("purge", "purges"), ("exprot", "export")]
)
def test_a_typo_is_answered_with_the_nearest_command(text: str, nearest: str) -> None:
    answer = ask(text, NOW)
    assert isinstance(answer, NotUnderstood)
    assert answer.nearest == nearest


def test_a_period_that_cannot_be_read_names_the_command() -> None:
    assert ask("purges demain", NOW) == NotUnderstood(
        "fr" if "purges" == WORDS[Topic.PURGES][0] else "en", None, Topic.PURGES
    )
    assert ask("vie", NOW) == NotUnderstood("fr", None, Topic.LIFE)


@pytest.mark.parametrize(
    "text",
    [
        "vie\tK7QM-42", "vie\u00a0K7QM-42", "vie de K7QM-42", "vie : K7QM-42", "vie: K7QM-42",
        "vie #K7QM-42", "! vie K7QM-42", "life of K7QM-42",
    ],
)  # fmt: skip
def test_what_lies_between_the_words_does_not_count(text: str) -> None:
    question = ask(text, NOW)
    assert isinstance(question, Question)
    assert (question.topic, question.about) == (Topic.LIFE, "K7QM-42")


@pytest.mark.parametrize("text", ["membres guyancourt au 2026-11-01", "members of guyancourt on 01/11/2026"])
def test_members_are_asked_for_at_a_date(text: str) -> None:
    question = ask(text, NOW)
    assert isinstance(question, Question)
    assert (question.about, question.at) == ("guyancourt", datetime(2026, 11, 2, tzinfo=ZONE))


@pytest.mark.parametrize(
    ("text", "form"), [("export 2026-11 jsonl", "jsonl"), ("export csv 7 d", "csv"), ("export", "csv")]
)
def test_an_export_has_a_form(text: str, form: str) -> None:
    question = ask(text, NOW)
    assert isinstance(question, Question)
    assert question.form == form


@given(st.text(max_size=60))
def test_whatever_is_written_gets_an_answer(text: str) -> None:
    assert isinstance(ask(text, NOW), Question | NotUnderstood)
