"""The module as a package of its own, on a homeserver that has nothing else of the project."""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import pytest

from policies.signalement_policy import VERSION

POLICIES = Path(__file__).resolve().parents[3] / "policies"

PROBE = """
import importlib.util, json, sys
sys.path[:0] = [{installed!r}]
sys.path.append({site!r})
from policies.signalement_policy.module import SignalementPolicy
told = {{
    "file": sys.modules[SignalementPolicy.__module__].__file__,
    "warden": SignalementPolicy.parse_config({{"warden": "@veilleuse:example.org"}}).warden,
    "absent": [name for name in ("appservice", "guest_portal", "tests") if importlib.util.find_spec(name) is None],
    "needless": [name for name in ("aiohttp", "mautrix", "nio", "ruamel") if name in sys.modules],
}}
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("distribution")
    source = shutil.copytree(POLICIES, directory / "policies", ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps", "--no-index"]
    subprocess.run(  # noqa: S603 (our own arguments)
        [*pip, "--no-build-isolation", "--wheel-dir", str(directory), str(source)], check=True, timeout=100
    )
    (built,) = directory.glob("*.whl")
    return built


def test_the_wheel_holds_the_module_and_nothing_else_of_the_project(wheel: Path) -> None:
    assert wheel.name.startswith(f"veilleuse_signalement_policy-{VERSION}-")
    with ZipFile(wheel) as archive:
        files = {name for name in archive.namelist() if ".dist-info/" not in name}
    modules = {f"policies/signalement_policy/{path.name}" for path in (POLICIES / "signalement_policy").glob("*.py")}
    assert files == modules | {"policies/__init__.py"}


def test_it_is_imported_with_synapse_alone(wheel: Path, tmp_path: Path) -> None:
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    probe = PROBE.format(installed=str(tmp_path), site=sysconfig.get_path("purelib"))
    # -S: without what this project's own installation adds to the interpreter.
    answer = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-I", "-S", "-c", probe], check=True, capture_output=True, cwd=tmp_path, timeout=100
    )
    told = json.loads(answer.stdout)
    assert told["file"] == str(tmp_path / "policies" / "signalement_policy" / "module.py")
    assert told["warden"] == "@veilleuse:example.org"
    assert told["absent"] == ["appservice", "guest_portal", "tests"]
    assert told["needless"] == []
