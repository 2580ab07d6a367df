"""What clients make of a name that is chosen from a list, and of a reply; what was typed is read out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.desk.commands.pills import Typed, typed

BOT, CLAIRE = "@veilleuse_lyon:hs.example", "@claire:hs.example"


def anchor(user: str, name: str) -> str:
    return f'<a href="https://matrix.to/#/{user}">{name}</a>'


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("Guichet Lyon: liste", f"{anchor(BOT, 'Guichet Lyon')}: liste"),
        ("@Guichet Lyon: liste", f"{anchor(BOT.replace('@', '%40'), '@Guichet Lyon')}: liste"),
        (f"[@Guichet Lyon](https://matrix.to/#/{BOT}): liste", f"{anchor(BOT, '@Guichet Lyon')}: liste"),
        (f"[Guichet \\[Lyon\\]](<https://matrix.to/#/{BOT}?via=hs.example>): liste", ""),
        (f"> <{CLAIRE}> bonjour\n\n{BOT}: liste", f"<mx-reply>{anchor(CLAIRE, 'Claire')}</mx-reply>{BOT}: liste"),
    ],
)
def test_a_pill_is_whom_it_stands_for(body: str, html: str) -> None:
    assert typed(body, html, [BOT, CLAIRE]) == Typed(f"{BOT}: liste", frozenset({BOT}))


def test_who_is_only_replied_to_is_not_meant() -> None:
    assert typed("transférer K7QM-42 à jura", "", [CLAIRE]) == Typed("transférer K7QM-42 à jura")


def test_of_two_agents_with_one_name_the_pill_tells_which() -> None:
    html = f"transférer à {anchor('@b:hs', 'Agent 2')} et pas {anchor('@a:hs', 'Agent 2')}"
    said = typed("transférer à Agent 2 et pas Agent 2", html, ["@a:hs", "@b:hs"])
    assert said.text == "transférer à @b:hs et pas @a:hs"


def test_a_name_is_not_found_within_another() -> None:
    said = typed("Agent 27 et Agent 2", f"Agent 27 et {anchor('@a:hs', 'Agent 2')}", ["@a:hs"])
    assert said.text == "Agent 27 et @a:hs"


def test_of_a_link_to_a_room_the_words_are_left() -> None:
    assert typed("prendre [K7QM-42](https://matrix.to/#/!room:hs?via=hs)", "", []).text == "prendre K7QM-42"


@given(st.text(), st.text(), st.lists(st.text()))
def test_nothing_breaks_it(body: str, html: str, mentioned: list[str]) -> None:
    assert typed(body, html, mentioned).mentions <= frozenset(mentioned)
