"""The files for operators are what their programs take: read here by these themselves, or as strictly as they do.

The reverse proxies' are in `tests/e2e/test_reverse_proxies.py`.
"""

import configparser
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from ruamel.yaml import YAML

from appservice.config import Settings, load_settings
from appservice.doctor.examination import examine_homeserver_yaml
from appservice.embedded.homeserver_yaml import PostgreSQL, Secrets, homeserver_settings, logging_settings
from appservice.measuring import RequestMetrics, new_registry
from appservice.metrics import ServiceMetrics
from appservice.registration import write_registration
from appservice.store.database import Database
from appservice.store.figures import Figures
from tests.fakes.world import FakeClock

ROOT = Path(__file__).parents[2]
FILES = ROOT / "docs" / "deployment"
VIOLATIONS = ROOT / "policies" / "signalement_policy" / "violations.py"  # of the homeserver's process, not of this one


def read_yaml(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(path)
    return document


# --- Prometheus and Grafana


@pytest.fixture(scope="module")
def told() -> set[str]:
    """The names of all figures that the processes tell, the homeserver's module among them."""
    service = ServiceMetrics(Figures(Database("sqlite:///:memory:")), FakeClock())
    portal = new_registry()
    RequestMetrics(portal, "veilleuse_portal")
    of_the_module = re.findall('"(veilleuse_policy_[a-z_]+)"', VIOLATIONS.read_text())
    return {*exposed(service.registry), *exposed(portal), *of_the_module}


def exposed(registry: CollectorRegistry) -> Iterator[str]:
    for name, kind in re.findall(r"# TYPE (\w+) (\w+)", generate_latest(registry).decode()):
        yield name
        yield from (f"{name}{end}" for end in ("_bucket", "_sum", "_count") if kind == "histogram")


def figures_in(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:veilleuse|process)_[a-z_]+", expression))


def test_every_alert_is_about_a_figure_that_there_is_and_says_what_to_do(told: set[str]) -> None:
    (group,) = read_yaml(FILES / "prometheus-alerts.yml")["groups"]
    for rule in group["rules"]:
        assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
        assert rule["annotations"].keys() == {"summary", "remedy"}
        assert figures_in(rule["expr"])
        assert figures_in(rule["expr"]) <= told


def test_every_panel_of_the_dashboard_is_about_a_figure_that_there_is(told: set[str]) -> None:
    dashboard = json.loads((FILES / "grafana-dashboard.json").read_text())
    panels = dashboard["panels"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    for expression in expressions:
        assert figures_in(expression), expression
        assert figures_in(expression) <= told
        assert expression.count("(") == expression.count(")")
    # All that is ours is shown somewhere; what Prometheus makes of a histogram, in one of its forms.
    shown = set().union(*map(figures_in, expressions))
    assert {name for name in told if name.startswith("veilleuse_")} - shown <= {
        name for name in told if re.search("_request_seconds(_sum|_count|$)|_requests_total$|_seconds_created", name)
    }
    places = {(x, y) for p in panels for x, y in squares(p["gridPos"])}
    assert len(places) == sum(p["gridPos"]["w"] * p["gridPos"]["h"] for p in panels)
    assert len({panel["id"] for panel in panels}) == len(panels)


def squares(position: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    for x in range(position["w"]):
        yield from ((position["x"] + x, position["y"] + y) for y in range(position["h"]))


# --- systemd


@pytest.mark.parametrize("name", ["veilleuse.service", "veilleuse-portal.service", "veilleuse-compliance.service"])
def test_units_of_systemd_start_our_program_as_nobody_special(name: str, tmp_path: Path) -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)  # SystemCallFilter may be said twice
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # keys as systemd writes them
    unit.read_string((FILES / name).read_text())
    assert unit.sections() == ["Unit", "Service", "Install"]
    assert unit["Service"]["User"] in ("veilleuse", "veilleuse-audit")
    assert unit["Service"]["Restart"] == "always"
    assert (unit["Service"]["NoNewPrivileges"], unit["Service"]["CapabilityBoundingSet"]) == ("true", "")
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return
    runnable = tmp_path / name
    text = re.sub("ExecStart=.*", "ExecStart=/bin/true", (FILES / name).read_text())
    runnable.write_text(re.sub("User=.*", "User=root", text))
    said = subprocess.run([analyze, "verify", str(runnable)], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert [line for line in said.stderr.splitlines() if name in line] == []


# --- Synapse

OF_THE_INSTALLATION = {
    "server_name", "public_baseurl", "listeners", "signing_key_path", "macaroon_secret_key_path", "form_secret_path",
    "registration_shared_secret_path", "database", "media_store_path", "bcrypt_rounds", "background_updates",
    "log_config", "app_service_config_files", "modules",
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of the example, with a registration and secrets."""
    config = tmp_path / "config.yaml"
    shutil.copy(ROOT / "config.example.yaml", config)
    settings = load_settings(config)
    write_registration(settings)
    return settings


@pytest.fixture
def homeserver_yaml(settings: Settings, tmp_path: Path) -> Path:
    """The file for operators, with its directories beside it and what it names there."""
    text = (FILES / "homeserver.yaml").read_text()
    for directory in ("/etc/matrix-synapse", "/var/lib/matrix-synapse", "/etc/veilleuse"):
        assert directory in text
        text = text.replace(directory, str(tmp_path))
    (tmp_path / "homeserver.yaml").write_text(text)
    (tmp_path / "homeserver.signing.key").write_text("ed25519 a_x 0000000000000000000000000000000000000000000\n")
    for secret in ("macaroon_secret_key", "form_secret", "registration_shared_secret"):
        (tmp_path / secret).write_text(secret)
    shutil.copy(FILES / "synapse-logging.yaml", tmp_path)
    return tmp_path / "homeserver.yaml"


READ = """
import json, sys
from synapse.config.homeserver import HomeServerConfig
taken = HomeServerConfig.load_config("Synapse", ["-c", sys.argv[1]])
print(json.dumps({
    "name": taken.server.server_name,
    "presence": taken.server.presence_enabled,
    "registration": taken.registration.enable_registration,
    "federation": taken.federation.federation_domain_whitelist,
    "kept_ms": [taken.server.redaction_retention_period, taken.server.user_ips_max_age],
    "modules": [module.__name__ for module, _ in taken.modules.loaded_modules],
}))
"""


def test_synapse_takes_the_settings_for_it(homeserver_yaml: Path) -> None:
    ran = subprocess.run(  # noqa: S603 what stands above
        [sys.executable, "-c", READ, homeserver_yaml], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "name": "example.org",
        "presence": False,
        "registration": False,
        "federation": {},
        "kept_ms": [60_000, 600_000],
        "modules": ["SignalementPolicy"],
    }


def test_the_doctor_finds_nothing_in_the_settings_for_synapse(homeserver_yaml: Path, settings: Settings) -> None:
    assert list(examine_homeserver_yaml([homeserver_yaml], settings)) == []


def test_the_settings_for_synapse_are_those_that_the_tests_run_with() -> None:
    nowhere = Path("/nowhere")
    embedded = homeserver_settings(
        server_name="x", port=1, address="x", registrations=[], warden="@x:x",
        database=PostgreSQL(database="x", user="x"), media=nowhere, log_configuration=nowhere, kept=Secrets(
            signing_key=nowhere, macaroon_secret_key=nowhere, form_secret=nowhere, registration_shared_secret=nowhere
        ), bcrypt_rounds=12, workers=None,
    )  # fmt: skip
    document = read_yaml(FILES / "homeserver.yaml")
    promised = embedded.keys() - OF_THE_INSTALLATION
    assert {key: document.get(key) for key in promised} == {key: embedded[key] for key in promised}
    loggers = logging_settings(nowhere)["loggers"]
    assert read_yaml(FILES / "synapse-logging.yaml")["loggers"] == loggers


# --- Element

# https://github.com/element-hq/element-web/blob/develop/docs/config.md
ELEMENT_KEYS = {
    "default_server_config", "disable_custom_urls", "disable_guests", "disable_3pid_login", "force_verification",
    "features", "show_labs_settings", "default_federate", "default_device_display_name", "default_country_code",
    "permalink_prefix", "enable_presence_by_hs_url", "embedded_pages", "integrations_ui_url", "integrations_rest_url",
    "integrations_widgets_urls", "mobile_guide_toast", "desktop_builds", "setting_defaults",
}  # fmt: skip
# The same page, "UI Features"; and of `Settings.tsx` there, what may be said in config.json.
ELEMENT_SETTINGS = {
    *(
        f"UIFeature.{name}"
        for name in (
            "registration", "passwordReset", "deactivate", "thirdPartyId", "identityServer", "urlPreviews",
            "locationSharing", "voip", "widgets", "feedback", "shareSocial", "shareQrCode", "roomHistorySettings",
        )
    ),
    "language", "MessageComposerInput.showPollsButton", "MessageComposerInput.showStickersButton", "showChatEffects",
}  # fmt: skip


def test_the_settings_for_element_are_keys_that_it_has_and_lead_nowhere_else() -> None:
    text = (FILES / "element-config.json").read_text()
    element = json.loads(text)
    assert element.keys() == ELEMENT_KEYS
    assert element["setting_defaults"].keys() == ELEMENT_SETTINGS
    assert element["force_verification"] is element["features"]["feature_exclude_insecure_devices"] is True
    assert {host.rpartition("/")[2] for host in re.findall(r"https?://[^/\"]+", text)} == {
        "matrix.example.org",
        "element.example.org",
    }
    told = (ROOT / "docs" / "element.md").read_text()
    assert [key for key in ELEMENT_KEYS | element["features"].keys() if f"`{key}`" not in told] == []
