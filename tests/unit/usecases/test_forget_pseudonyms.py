"""Keys of pseudonyms are thrown away once nothing is written under them any more, by the service itself."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appservice.config import RETENTION, load_settings
from appservice.domain.audit.pseudonyms import Period, Pseudonyms
from appservice.domain.ids import SignalementId, UserId
from appservice.registration import write_registration, write_secrets
from appservice.retention_file import load_retention
from appservice.store.audit import AUDIT_KEYS, KeyFiles
from appservice.usecases.forget_pseudonyms import MARGIN, ForgetPseudonyms
from appservice.wiring import Service
from tests.fakes.audit import FakeKeyShelf
from tests.fakes.world import FakeClock, FakeRandomness

EXAMPLE = Path(__file__).parents[3] / "config.example.yaml"
NEW_YEARS_EVE, SHELLS = datetime(2026, 12, 31, 22, tzinfo=UTC), timedelta(days=30)


async def test_a_month_and_a_year_are_forgotten_when_the_last_erasure_of_theirs_is_over() -> None:
    shelf, clock, retention = FakeKeyShelf(), FakeClock(NEW_YEARS_EVE), load_retention(RETENTION)
    pseudonyms = Pseudonyms(shelf, FakeRandomness())
    pseudonyms.of_signalement(SignalementId("opened on New Year's Eve"), clock.now())
    pseudonyms.of_person(UserId("@agent:fake"), clock.now())
    forget = ForgetPseudonyms(pseudonyms, clock, retention, SHELLS)

    clock.advance(retention.longest + SHELLS + MARGIN)
    assert await forget() == []
    clock.advance(timedelta(hours=2))
    assert await forget() == ["person-2026", "signalement-2026-12"]
    assert list(shelf.periods()) == []


async def test_the_service_throws_keys_away_each_night(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(EXAMPLE.read_text())
    settings = load_settings(tmp_path / "config.yaml")
    write_secrets(settings)
    write_registration(settings)
    keys = KeyFiles(settings.appservice.data_directory / AUDIT_KEYS)
    for period in ("signalement-2020-01", "person-2020", "signalement-9998-12", "person-9998"):
        keys.put(Period(period), "a key")
    service = Service(settings, tmp_path / "config.yaml")
    await service.nightly["Keys of pseudonyms"]()
    assert sorted(keys.periods()) == ["person-9998", "signalement-9998-12"]


@pytest.mark.parametrize(("going_on", "ended"), [("3 d", "12 h"), ("5 d", "2 d")])
def test_the_longest_that_anything_is_kept_is_counted_from_its_opening_to_its_end_and_on(
    tmp_path: Path, going_on: str, ended: str
) -> None:
    file = tmp_path / "retention.yaml"
    file.write_text(RETENTION.read_text().replace("3 d", going_on).replace("12 h", ended))
    hours = {"3 d": 72, "5 d": 120, "12 h": 12, "2 d": 48}
    assert load_retention(file).longest == timedelta(hours=hours[going_on] + hours[ended], minutes=30)
