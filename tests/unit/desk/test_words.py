"""The announcement at every moment of a signalement's life: one line, and never more about the guest than its role."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from appservice.desk.words import Setting, announcement
from appservice.domain.ids import DeskId, Reference, RoomId, SignalementId, UserId
from appservice.domain.signalement import Interruption, Outcome, Role, Signalement, State

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=20)
SETTING = Setting("veilleuse.test", PARIS, department="Yvelines")
LINK = "https://matrix.to/#/!abc-_?via=veilleuse.test"
AGENT, OTHER = UserId("@agent27:veilleuse.test"), UserId("@agent12:veilleuse.test")
PILL = '<a href="https://matrix.to/#/@agent27:veilleuse.test">@agent27:veilleuse.test</a>'


def waiting(*, in_danger: bool = False, role: Role = Role.VICTIM) -> Signalement:
    opened = Signalement(
        signalement_id=SignalementId("1"),
        reference=Reference("K7QM-42"),
        room_id=RoomId("!abc-_"),
        guest_mxid=UserId("@veilleuse_guest_x:veilleuse.test"),
        desk_id=DeskId("guyancourt"),
        role=role,
        department="78",
        in_danger=in_danger,
        opened_at=NOON,
    )
    return opened.ready(NOON)


def test_it_says_who_waits_since_when_and_where() -> None:
    words = announcement(waiting(), SETTING)

    assert words.plain == f"K7QM-42 · victime · département 78 (Yvelines) · attend depuis 13:00\n{LINK}"
    assert words.html == f'<a href="{LINK}">K7QM-42</a> · victime · département 78 (Yvelines) · attend depuis 13:00'


@pytest.mark.parametrize(
    ("role", "french"),
    [
        (Role.VICTIM, "victime"),
        (Role.WITNESS, "témoin"),
        (Role.RELATIVE, "proche"),
        (Role.PROFESSIONAL, "professionnel"),
    ],
)
def test_roles_are_in_french(role: Role, french: str) -> None:
    assert f" · {french} · " in announcement(waiting(role=role), SETTING).plain


def test_danger_comes_first() -> None:
    words = announcement(waiting(in_danger=True), SETTING, "en")

    assert words.plain.startswith("IMMEDIATE DANGER · K7QM-42")
    assert words.html.startswith("<strong>IMMEDIATE DANGER</strong> · ")


def test_a_claim_names_the_agent() -> None:
    words = announcement(waiting().claimed_by(AGENT, LATER), SETTING)

    assert words.html.endswith(f"pris en charge par {PILL}")
    assert "attend" not in words.plain


def test_who_listens_in_and_what_was_accepted_is_shown() -> None:
    claimed = waiting().claimed_by(AGENT, LATER).listened_by(OTHER)
    setting = Setting("veilleuse.test", PARIS, oriented_to="Brigade de <Rambouillet>")

    words = announcement(claimed, setting)

    assert f"écoute : {OTHER}" in words.plain
    assert "orientation acceptée : Brigade de &lt;Rambouillet&gt;" in words.html


def test_after_a_hand_over_it_says_to_whom() -> None:
    handed = waiting().claimed_by(AGENT, NOON).handed_to(OTHER, DeskId("guyancourt"), LATER)
    assert f"transféré à {OTHER}" in announcement(handed, SETTING).plain
    to_desk = waiting().claimed_by(AGENT, NOON).handed_to_desk(DeskId("guyancourt"), LATER)
    assert "transféré, attend depuis 13:20" in announcement(to_desk, SETTING).plain


def test_who_waits_again_has_a_reason() -> None:
    away = waiting().claimed_by(AGENT, NOON).released(LATER, Interruption.AGENT_AWAY)
    assert "attend à nouveau depuis 13:20 (agent absent)" in announcement(away, SETTING).plain


def test_at_the_end_nothing_is_left_to_do() -> None:
    closed = waiting(in_danger=True).claimed_by(AGENT, NOON).closed(Outcome.COMPLAINT, LATER)

    words = announcement(closed, SETTING)

    assert closed.state is State.CLOSED
    assert words.plain == "K7QM-42 · victime · département 78 (Yvelines) · terminé à 13:20 : plainte"
    assert "matrix.to" not in words.html
    assert "DANGER" not in words.html


def test_without_a_department_none_is_invented() -> None:
    from dataclasses import replace

    words = announcement(replace(waiting(), department=None), Setting("veilleuse.test", PARIS))
    assert "département" not in words.plain
