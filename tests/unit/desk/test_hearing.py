"""What the bot makes of an event: words, whom they are about, and whose place they take."""

from typing import Any

import pytest
from nio import RoomMessageText

from appservice.desk.hearing import Heard, heard_in

BOT = "@veilleuse_lyon:hs.example"


def an_event(content: dict[str, Any]) -> RoomMessageText:
    source = {
        "type": "m.room.message",
        "event_id": "$event",
        "sender": "@agent:hs.example",
        "origin_server_ts": 0,
        "content": {"msgtype": "m.text", "body": "* prendre", **content},
    }
    return RoomMessageText.from_dict(source)


def test_of_a_reply_the_mention_that_the_client_adds_is_left_out() -> None:
    relation = {"m.in_reply_to": {"event_id": "$earlier"}}
    event = an_event({"body": "ok", "m.mentions": {"user_ids": [BOT]}, "m.relates_to": relation})
    assert heard_in("$event", "!room", event) == Heard("$event", "!room", event.sender, "ok", "$earlier")


def test_of_an_edit_the_new_words_are_heard_with_what_they_correct() -> None:
    new = {
        "msgtype": "m.text",
        "body": "Guichet Lyon: prendre K7QM-42",
        "formatted_body": f'<a href="https://matrix.to/#/{BOT}">Guichet Lyon</a>: prendre K7QM-42',
        "m.mentions": {"user_ids": [BOT]},
    }
    event = an_event({"m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": "$typo"}})
    heard = heard_in("$event", "!room", event)
    assert heard is not None
    assert (heard.body, heard.corrects) == (f"{BOT}: prendre K7QM-42", "$typo")
    assert heard.mentions == frozenset({BOT})


@pytest.mark.parametrize("new", [None, "prendre", {}, {"msgtype": "m.image", "body": "x"}, {"msgtype": "m.text"}])
def test_an_edit_into_anything_but_text_is_not_heard(new: object) -> None:
    event = an_event({"m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": "$typo"}})
    assert heard_in("$event", "!room", event) is None
