"""Pseudonyms: the same within a period, unlinked beyond it, and nobody's once the key is gone."""

import base64
import hmac
import re
from datetime import UTC, datetime, timedelta, timezone

from appservice.domain.audit.pseudonyms import Pseudonyms
from appservice.domain.ids import SignalementId, UserId
from appservice.world import SystemRandomness
from tests.fakes.audit import FakeKeyShelf
from tests.fakes.world import FakeRandomness

AGENT = UserId("@agent:example.org")
SIGNALEMENT = SignalementId("id of a signalement")
NOVEMBER, DECEMBER = datetime(2026, 11, 25, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, tzinfo=UTC)


def pseudonyms(shelf: FakeKeyShelf | None = None) -> Pseudonyms:
    return Pseudonyms(shelf or FakeKeyShelf(), SystemRandomness())


def test_a_person_has_one_pseudonym_a_year_and_a_signalement_one_a_month() -> None:
    names = pseudonyms()
    assert names.of_person(AGENT, NOVEMBER) == names.of_person(AGENT, DECEMBER) != names.of_person(AGENT, JANUARY)
    assert names.of_signalement(SIGNALEMENT, NOVEMBER) == names.of_signalement(SIGNALEMENT, NOVEMBER)
    assert names.of_signalement(SIGNALEMENT, NOVEMBER) != names.of_signalement(SIGNALEMENT, DECEMBER)


def test_the_period_is_that_of_utc() -> None:
    names = pseudonyms()
    in_paris = timezone(timedelta(hours=1))
    assert names.of_person(AGENT, JANUARY.astimezone(in_paris)) == names.of_person(AGENT, JANUARY)
    just_before = (JANUARY - timedelta(seconds=1)).astimezone(in_paris)
    assert names.of_person(AGENT, just_before) == names.of_person(AGENT, NOVEMBER)


def test_a_pseudonym_tells_neither_the_name_nor_what_it_names() -> None:
    names = pseudonyms()
    found = {
        names.of_person(AGENT, NOVEMBER),
        names.of_person(UserId("@other:example.org"), NOVEMBER),
        names.of_signalement(SignalementId(AGENT), NOVEMBER),
        pseudonyms().of_person(AGENT, NOVEMBER),
    }
    assert len(found) == 4
    assert all(re.fullmatch("[a-z2-7]{16}", name) for name in found)


def test_two_processes_with_one_shelf_give_the_same_names() -> None:
    shelf = FakeKeyShelf()
    assert pseudonyms(shelf).of_person(AGENT, NOVEMBER) == pseudonyms(shelf).of_person(AGENT, NOVEMBER)


def test_the_name_is_the_one_that_the_description_of_the_record_gives() -> None:
    names = Pseudonyms(FakeKeyShelf(), FakeRandomness())
    key = "token1".ljust(26, "a") + "token2".ljust(26, "a")
    digest = hmac.new(key.encode(), b"veilleuse-audit-signalement-v1\n" + SIGNALEMENT.encode(), "sha256").digest()
    assert names.of_signalement(SIGNALEMENT, NOVEMBER) == base64.b32encode(digest).decode()[:16].lower()


def test_the_keys_of_periods_that_are_over_are_dropped_and_no_others() -> None:
    shelf = FakeKeyShelf()
    names = pseudonyms(shelf)
    for opened_at in (NOVEMBER, DECEMBER, JANUARY):
        names.of_signalement(SIGNALEMENT, opened_at)
        names.of_person(AGENT, opened_at)
    in_november, in_2026 = names.of_signalement(SIGNALEMENT, NOVEMBER), names.of_person(AGENT, NOVEMBER)
    assert names.drop_before(DECEMBER) == ["signalement-2026-11"]
    assert sorted(shelf.periods()) == ["person-2026", "person-2027", "signalement-2026-12", "signalement-2027-01"]
    assert names.of_person(AGENT, NOVEMBER) == in_2026
    assert names.of_signalement(SIGNALEMENT, NOVEMBER) != in_november
    assert names.drop_before(JANUARY) == ["person-2026", "signalement-2026-11", "signalement-2026-12"]
    assert names.of_person(AGENT, NOVEMBER) != in_2026
    assert names.drop_before(NOVEMBER) == []
