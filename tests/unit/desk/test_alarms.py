from datetime import timedelta
from html import unescape

import pytest

from appservice.desk.alarms import alarm
from appservice.erasure_port import AlarmCode
from tests.unit.factories import a_signalement


def test_an_alarm_of_danger_says_whose_and_how_much_time_there_is_in_french_first() -> None:
    words = alarm(AlarmCode.DANGER_AND_SILENCE, a_signalement(reference="K7QM-42"), timedelta(minutes=30))
    french, english = words.plain.split("\n")
    assert french.startswith("⚠ ALERTE · K7QM-42 :")
    assert "30 min" in french
    assert english.startswith("ALARM · K7QM-42:")
    assert "30 min" in english


@pytest.mark.parametrize("code", AlarmCode)
def test_every_alarm_has_words_and_its_html_says_the_same(code: AlarmCode) -> None:
    words = alarm(code, a_signalement(), timedelta(minutes=30))
    for line in words.plain.removeprefix("⚠ ").split("\n"):
        assert line in unescape(words.html)
