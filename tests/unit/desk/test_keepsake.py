from pathlib import Path

from appservice.desk.backoff import pause_after
from appservice.desk.keepsake import Keepsake


def test_what_was_kept_is_there_again_and_for_this_account_alone(tmp_path: Path) -> None:
    Keepsake(tmp_path / "bot").write("since.json", "s1")

    again = Keepsake(tmp_path / "bot")

    assert again.read("since.json") == "s1"
    assert again.read("another.json") is None
    assert [file.stat().st_mode & 0o777 for file in (tmp_path / "bot").iterdir()] == [0o600]
    assert (tmp_path / "bot").stat().st_mode & 0o777 == 0o700


def test_a_secret_is_drawn_once(tmp_path: Path) -> None:
    assert Keepsake(tmp_path).secret("key.json") == Keepsake(tmp_path).secret("key.json")
    assert Keepsake(tmp_path).secret("key.json") != Keepsake(tmp_path).secret("another.json")


def test_pauses_grow_to_half_a_minute_and_no_further() -> None:
    assert 0.25 <= pause_after(1) <= 0.5
    assert 2 <= pause_after(4) <= 4
    assert 15 <= pause_after(10_000) <= 30
