from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from appservice.desk.words import announcement, claimed
from appservice.domain.ids import DeskId, Reference, RoomId, SignalementId, UserId
from appservice.domain.signalement import Role, Signalement

PARIS = ZoneInfo("Europe/Paris")


def waiting(*, in_danger: bool = False) -> Signalement:
    return Signalement(
        signalement_id=SignalementId("1"),
        reference=Reference("K7QM-42"),
        room_id=RoomId("!abc-_"),
        guest_mxid=UserId("@veilleuse_guest_x:veilleuse.test"),
        desk_id=DeskId("guyancourt"),
        role=Role.VICTIM,
        department="78",
        in_danger=in_danger,
        opened_at=datetime(2026, 1, 1, 12, 0, tzinfo=UTC),
    )


def test_an_announcement_says_who_waits_since_when_and_where() -> None:
    words = announcement(waiting(), server_name="veilleuse.test", zone=PARIS, department="78")

    link = "https://matrix.to/#/!abc-_?via=veilleuse.test"
    assert words.plain == f"K7QM-42 · victime · département 78 · attend depuis 13:00\n{link}"
    assert words.html == f'<a href="{link}">K7QM-42</a> · victime · département 78 · attend depuis 13:00'


def test_danger_comes_first() -> None:
    words = announcement(waiting(in_danger=True), server_name="veilleuse.test", zone=PARIS, language="en")

    assert words.plain.startswith("IMMEDIATE DANGER · K7QM-42")
    assert words.html.startswith("<strong>IMMEDIATE DANGER</strong> · ")


def test_a_claim_names_the_agent() -> None:
    signalement = waiting().ready().claimed_by(UserId("@agent27:veilleuse.test"))

    words = claimed(signalement, server_name="veilleuse.test")

    pill = '<a href="https://matrix.to/#/@agent27:veilleuse.test">@agent27:veilleuse.test</a>'
    assert words.html.endswith(f"pris en charge par {pill}")


def test_nothing_is_claimed_by_nobody() -> None:
    with pytest.raises(ValueError, match="nobody"):
        claimed(waiting(), server_name="veilleuse.test")
