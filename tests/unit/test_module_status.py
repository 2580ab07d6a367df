"""What is said of the homeserver's module before the service starts."""

import pytest

from appservice.matrix.module_status import INTERFACE, absent, problem_with

WARDEN = "@veilleuse:example.org"


def test_the_module_that_belongs_to_the_service_is_no_problem() -> None:
    assert problem_with({"version": INTERFACE, "release": "0.1.0", "warden": WARDEN}, WARDEN) is None


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        ({"version": INTERFACE - 1, "warden": WARDEN}, "Update the module. Install it"),
        ({"version": INTERFACE + 1, "warden": WARDEN}, "Update this service"),
        ({}, "Update the module. Install it"),
        ({"version": INTERFACE, "warden": "@other:example.org"}, "set `warden`"),
    ],
)
def test_any_other_is_told_with_its_remedy(status: dict[str, object], remedy: str) -> None:
    problem = problem_with(status, WARDEN)
    assert problem is not None
    assert remedy in problem


def test_one_that_is_absent_is_told_with_how_to_install_it() -> None:
    assert "pip install veilleuse-signalement-policy" in absent("M_UNRECOGNIZED")
    assert "modules:" in absent("M_UNRECOGNIZED")
