import re

from appservice.domain.reference import draw_reference
from appservice.world import SystemRandomness
from tests.fakes.world import FakeRandomness


def test_a_reference_can_be_said_aloud_and_read_off_a_bad_screen() -> None:
    for _ in range(200):
        assert re.fullmatch(r"[CDFGHJKMNPQRTWXY34679]{4}-[0-9]{2}", draw_reference(SystemRandomness()))


def test_a_reference_comes_from_the_randomness_alone() -> None:
    assert draw_reference(FakeRandomness()) == draw_reference(FakeRandomness())
    assert len({draw_reference(SystemRandomness()) for _ in range(1000)}) > 990
