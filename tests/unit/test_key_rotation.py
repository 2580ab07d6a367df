"""Keys and tokens are changed in steps: at none of them is anything refused that is under either."""

import os
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise, product
from pathlib import Path

import pytest

from appservice.config import Settings, load_registration, load_registrations, load_settings, read_secrets
from appservice.domain.errors import ConfigurationError
from appservice.key_rotation import Rotation, Step, rotate, rotate_registration, rotations
from appservice.registration import write_registration, write_secrets
from guest_portal.sessions import Session, SessionSealer
from tests.fakes.world import FakeClock

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
SESSION = Session(user_id="@g:x", device_id="D", access_token="token", room_id="!r", warden="@w:x")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "config.yaml").write_text(EXAMPLE.read_text())
    settings = load_settings(tmp_path / "config.yaml")
    write_secrets(settings)
    write_registration(settings)
    return settings


class Clock(FakeClock):
    """At the moment at which the file was last written, and later."""

    def __init__(self, rotation: Rotation) -> None:
        super().__init__()
        self._file = rotation.file

    def written_now(self) -> None:
        os.utime(self._file, (self.now().timestamp(),) * 2)


def steps(rotation: Rotation) -> Iterator[tuple[str, ...]]:
    """The file before the first step and after each."""
    clock = Clock(rotation)
    yield read_secrets(rotation.file)
    for step in (Step.ADD, Step.USE):
        assert "Restart" in rotate(rotation, step, clock)
        clock.written_now()
        yield read_secrets(rotation.file)
    clock.advance(rotation.kept_for or timedelta())
    rotate(rotation, Step.DROP, clock)
    yield read_secrets(rotation.file)


@pytest.mark.parametrize("name", ["session", "portal", "audit"])
def test_who_has_taken_a_step_and_who_has_not_understand_each_other(settings: Settings, name: str) -> None:
    history = list(steps(rotations(settings)[name]))
    for before, after in pairwise(history):
        # What each side uses, the other knows, whichever of the two was restarted first.
        assert before[0] in after
        assert after[0] in before
    assert set(history[0]).isdisjoint(history[-1])
    assert rotations(settings)[name].file.stat().st_mode & 0o777 == 0o600


def test_replicas_between_two_steps_open_each_others_sessions(settings: Settings) -> None:
    for before, after in pairwise(steps(rotations(settings)["session"])):
        sealers = [SessionSealer(keys, timedelta(hours=12)) for keys in (before, after)]
        for one, other in product(sealers, sealers):
            assert one.unseal(other.seal(SESSION)) == SESSION


def test_a_session_key_is_not_dropped_while_conversations_are_under_it(settings: Settings) -> None:
    rotation = rotations(settings)["session"]
    clock = Clock(rotation)
    rotate(rotation, Step.ADD, clock)
    rotate(rotation, Step.USE, clock)
    clock.written_now()
    clock.advance(timedelta(hours=11))
    with pytest.raises(ConfigurationError, match="of use until"):
        rotate(rotation, Step.DROP, clock)
    assert len(read_secrets(rotation.file)) == 2


def test_a_checkpoint_key_that_has_signed_stays(settings: Settings) -> None:
    rotation = rotations(settings)["checkpoint"]
    clock = Clock(rotation)
    for _ in range(2):
        rotate(rotation, Step.ADD, clock)
        rotate(rotation, Step.USE, clock)
    newest, *former = read_secrets(rotation.file)
    assert (len(former), newest in former) == (2, False)
    with pytest.raises(ConfigurationError, match="stays"):
        rotate(rotation, Step.DROP, clock)


def test_steps_out_of_turn_are_refused_and_change_nothing(settings: Settings) -> None:
    rotation = rotations(settings)["portal"]
    clock = Clock(rotation)
    with pytest.raises(ConfigurationError, match="`add` one first"):
        rotate(rotation, Step.USE, clock)
    rotate(rotation, Step.ADD, clock)
    two = read_secrets(rotation.file)
    with pytest.raises(ConfigurationError, match="two already"):
        rotate(rotation, Step.ADD, clock)
    assert read_secrets(rotation.file) == two
    for step in (Step.USE, Step.DROP):
        with pytest.raises(ConfigurationError):
            rotate_registration(settings, step)


def test_the_service_knows_the_homeservers_tokens_of_before_and_after_at_each_step(settings: Settings) -> None:
    """The homeserver has read the file at one moment, the service at that or another."""
    path = settings.appservice.registration
    moments = [load_registrations(path)]
    for step in (Step.ADD, Step.USE, Step.DROP):
        assert "estart" in rotate_registration(settings, step)
        moments.append(load_registrations(path))
    for before, after in pairwise(moments):
        assert before[0] in after or after[0] in before
    first, added, used, dropped = moments
    # The homeserver is restarted after `use`: until then it has the former pair, and the service knows both.
    assert first[0] in added
    assert first[0] in used
    assert dropped == (used[0],)
    assert used[0] in added
    assert (first[0].as_token, first[0].hs_token) != (used[0].as_token, used[0].hs_token)
    assert first[0].namespaces == load_registration(path).namespaces
    assert path.stat().st_mode & 0o777 == 0o600
