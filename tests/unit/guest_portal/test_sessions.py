from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from appservice.domain.errors import ConfigurationError
from guest_portal.errors import Refusal
from guest_portal.sessions import Session, SessionSealer

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SESSION = Session(user_id="@g:x", device_id="D", access_token="secret-token", room_id="!r", warden="@w:x")
HOUR = timedelta(hours=1)


def test_a_sealed_session_opens_and_shows_nothing() -> None:
    sealer = SessionSealer([NEW], HOUR)
    sealed = sealer.seal(SESSION)
    assert sealer.unseal(sealed) == SESSION
    assert "secret" not in sealed
    assert "secret" not in repr(SESSION)


@pytest.mark.parametrize("forged", ["", "x", "é", "gAAAAA" + "A" * 100])
def test_what_was_not_sealed_here_is_refused(forged: str) -> None:
    with pytest.raises(Refusal) as refusal:
        SessionSealer([NEW], HOUR).unseal(forged)
    assert (refusal.value.status, refusal.value.code) == (401, "VEILLEUSE_SESSION_INVALID")


def test_a_session_with_one_character_changed_is_refused() -> None:
    sealer = SessionSealer([NEW], HOUR)
    sealed = sealer.seal(SESSION)
    for position in range(0, len(sealed) - 2, 37):
        changed = "A" if sealed[position] != "A" else "B"
        with pytest.raises(Refusal):
            sealer.unseal(sealed[:position] + changed + sealed[position + 1 :])


def test_a_session_expires() -> None:
    sealed = Fernet(NEW).encrypt_at_time(SESSION.model_dump_json().encode(), 1_000_000_000).decode()
    with pytest.raises(Refusal):
        SessionSealer([NEW], HOUR).unseal(sealed)


def test_keys_rotate_without_breaking_a_conversation_until_the_old_one_is_dropped() -> None:
    sealed = SessionSealer([OLD], HOUR).seal(SESSION)
    assert SessionSealer([NEW, OLD], HOUR).unseal(sealed) == SESSION
    with pytest.raises(Refusal):
        SessionSealer([NEW], HOUR).unseal(sealed)


def test_a_malformed_key_is_a_clear_error() -> None:
    with pytest.raises(ConfigurationError, match="veilleuse secrets"):
        SessionSealer(["not a key"], HOUR)
