"""An installation in order, then broken in one way after the other: each fault is named, and what to do about it."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from ruamel.yaml import YAML

from appservice.doctor.examination import examine
from appservice.doctor.findings import Finding, Severity
from appservice.embedded.demo import PLACES, SERVER_NAME
from appservice.embedded.installation import PORTS, Installation
from appservice.internal_interface import HEALTH_PATH
from appservice.matrix.module_status import INTERFACE
from appservice.upgrades import upgrade_table
from tests.fakes.world import FakeClock
from tests.ports import free_ports


@dataclass
class SetUp:
    """An installation's files, and a homeserver that answers what the doctor asks of one."""

    installation: Installation
    server: TestServer
    clock: FakeClock
    status: dict[str, Any] | None
    token: str
    others: list[TestServer] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.installation.directory / "config.yaml"

    @property
    def homeserver_yaml(self) -> Path:
        return self.installation.synapse.configuration.file

    def write(self, change: Callable[[dict[str, Any]], object], path: Path | None = None) -> None:
        """Changes a file's document, homeserver.yaml if no other is named."""
        path = path or self.homeserver_yaml
        document = YAML(typ="safe").load(path)
        change(document)
        with path.open("w") as file:
            YAML(typ="safe").dump(document, file)

    async def findings(self) -> list[Finding]:
        return [one async for one in examine(self.config, [self.homeserver_yaml], self.clock)]

    async def faults(self) -> list[Finding]:
        return [one for one in await self.findings() if one.severity is Severity.FAULT]


@pytest.fixture
async def in_order(tmp_path: Path) -> AsyncIterator[SetUp]:
    installation = Installation(tmp_path / "installation", free_ports(PORTS), SERVER_NAME, PLACES)
    registration = YAML(typ="safe").load(installation.settings.appservice.registration)
    app = web.Application()
    made = SetUp(
        installation,
        TestServer(app),
        FakeClock(),
        {"version": INTERFACE, "warden": f"@veilleuse:{SERVER_NAME}"},
        registration["as_token"],
    )

    async def versions(_: web.Request) -> web.Response:
        date = made.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT")
        return web.json_response({"versions": ["v1.11"]}, headers={"Date": date})

    async def whoami(request: web.Request) -> web.Response:
        known = request.headers["Authorization"] == f"Bearer {made.token}"
        return web.json_response({}, status=200 if known else 401)

    async def status(_: web.Request) -> web.Response:
        return web.json_response(made.status or {}, status=404 if made.status is None else 200)

    app.router.add_get("/_matrix/client/versions", versions)
    app.router.add_get("/_matrix/client/v3/account/whoami", whoami)
    app.router.add_get("/_synapse/client/veilleuse/v1/status", status)
    await made.server.start_server()
    made.write(lambda it: it["homeserver"].update(address=str(made.server.make_url("")).rstrip("/")), made.config)
    yield made
    for server in (made.server, *made.others):
        await server.close()


def homeserver(**settings: object) -> Callable[[SetUp], None]:
    return lambda it: it.write(lambda document: document.update(settings))


def configuration(section: str, **settings: object) -> Callable[[SetUp], None]:
    return lambda it: it.write(lambda document: document[section].update(settings), it.config)


def mode(name: str, permissions: int) -> Callable[[SetUp], None]:
    return lambda it: (it.installation.directory / name).chmod(permissions)


def content(name: str, text: str) -> Callable[[SetUp], object]:
    return lambda it: (it.installation.directory / name).write_text(text)


def of_version(number: int) -> Callable[[SetUp], None]:
    def make(it: SetUp) -> None:
        path = it.installation.directory / "veilleuse.db"
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(f"CREATE TABLE {upgrade_table.version_table_name} (version INTEGER)")
            connection.execute(f"INSERT INTO {upgrade_table.version_table_name} VALUES ({number})")  # noqa: S608
        path.chmod(0o600)

    return make


def its_homeserver(**changes: object) -> Callable[[SetUp], None]:
    def change(it: SetUp) -> None:
        for name, value in changes.items():
            setattr(it, name, value)

    return change


def logs_requests(it: SetUp) -> None:
    it.write(lambda log: log.update(root={"level": "INFO"}, loggers={}), it.homeserver_yaml.with_name("logging.yaml"))


BROKEN = [
    ("configuration", configuration("guest_portal", colour="blue"), "Correct this line"),
    ("configuration", lambda it: it.write(lambda config: config.update(desks=[]), it.config), "Correct this line"),
    (
        "registration.file",
        lambda it: it.installation.settings.appservice.registration.unlink(),
        "veilleuse registration",
    ),
    ("registration.known", its_homeserver(token="another"), "app_service_config_files"),
    (
        "registration.rate_limited",
        lambda it: it.write(lambda it: it.update(rate_limited=True), it.config.with_name("registration.yaml")),
        "rate_limited: false",
    ),
    ("permissions.registration", mode("registration.yaml", 0o644), "chmod 600"),
    ("permissions.data_directory", lambda it: (it.installation.directory / "data").mkdir(mode=0o755), "chmod 700"),
    ("keys.session_keys", mode("secrets/session_keys", 0o640), "chmod 600"),
    ("keys.session_keys", content("secrets/session_keys", "not a key\n"), "veilleuse secrets"),
    (
        "keys.appservice_token",
        lambda it: (it.installation.directory / "secrets/appservice_token").unlink(),
        "veilleuse secrets",
    ),
    ("keys.checkpoint_keys", content("secrets/checkpoint_keys", "short\n"), "veilleuse secrets"),
    ("database.reachable", configuration("appservice", database="sqlite:////nowhere/at/all.db"), "appservice.database"),
    ("database.migrated", of_version(9_999), "Install the version"),
    ("homeserver.reachable", configuration("homeserver", address="http://127.0.0.1:9"), "Start Synapse"),
    ("module.present", its_homeserver(status=None), "modules:"),
    ("module.version", its_homeserver(status={"version": 0}), "same version"),
    ("synapse.modules", homeserver(modules=[]), "signalement_policy.module.SignalementPolicy"),
    (
        "synapse.modules",
        homeserver(
            modules=[
                {"module": "policies.signalement_policy.module.SignalementPolicy", "config": {"warden": "@other:x"}}
            ]
        ),
        "warden: ",
    ),
    ("synapse.app_service_config_files", homeserver(app_service_config_files=[]), "app_service_config_files"),
    ("synapse.server_name", homeserver(server_name="elsewhere.example"), "homeserver.server_name"),
    ("synapse.enable_registration", homeserver(enable_registration=True), "enable_registration: false"),
    (
        "synapse.redaction_retention_period",
        homeserver(redaction_retention_period="7d"),
        "redaction_retention_period: 1m",
    ),
    (
        "synapse.redaction_retention_period",
        homeserver(redaction_retention_period=None),
        "redaction_retention_period: 1m",
    ),
    ("synapse.user_ips_max_age", homeserver(user_ips_max_age="28d"), "user_ips_max_age: 10m"),
    ("synapse.presence.enabled", homeserver(presence={}), "presence: {enabled: false}"),
    ("synapse.url_preview_enabled", homeserver(url_preview_enabled=True), "url_preview_enabled: false"),
    ("synapse.room_list_publication_rules", homeserver(room_list_publication_rules=[{"action": "allow"}]), "deny"),
    (
        "synapse.user_directory.search_all_users",
        homeserver(user_directory={"enabled": False, "search_all_users": True}),
        "search_all_users: false",
    ),
    (
        "synapse.encryption_enabled_by_default_for_room_type",
        homeserver(encryption_enabled_by_default_for_room_type="off"),
        "for_room_type: all",
    ),
    (
        "synapse.federation_domain_whitelist",
        lambda it: it.write(lambda it: it.pop("federation_domain_whitelist")),
        "federation_domain_whitelist: []",
    ),
    (
        "synapse.listeners",
        homeserver(listeners=[{"port": 8448, "resources": [{"names": ["client", "federation"]}]}]),
        "Take `federation` out",
    ),
    ("synapse.report_stats", homeserver(report_stats=True), "report_stats: false"),
    ("synapse.rc_message.burst_count", homeserver(rc_message={"per_second": 0.2}), "burst_count: 200"),
    ("synapse.log_config", logs_requests, "synapse.access"),
]


async def test_an_installation_in_order_has_no_fault(in_order: SetUp) -> None:
    assert await in_order.faults() == []
    assert {one.check for one in await in_order.findings()} == {"synapse.database.name", "database.migrated"}


@pytest.mark.parametrize(
    ("check", "breaks", "remedy"), BROKEN, ids=[f"{number}-{it[0]}" for number, it in enumerate(BROKEN)]
)
async def test_a_fault_is_named_and_what_to_do_about_it(
    in_order: SetUp, check: str, breaks: Callable[[SetUp], object], remedy: str
) -> None:
    breaks(in_order)
    faults = await in_order.faults()
    assert {one.check for one in faults} == {check}, faults
    assert remedy in faults[0].remedy


async def test_clocks_that_are_apart_are_told(in_order: SetUp) -> None:
    ours = FakeClock()
    ours.advance(timedelta(minutes=2))
    found = [one async for one in examine(in_order.config, [], ours)]
    assert [(one.check, "120 seconds" in one.what, "NTP" in one.remedy) for one in found if one.check == "clock"] == [
        ("clock", True, True)
    ]


async def test_a_port_that_another_program_has_is_named(in_order: SetUp) -> None:
    other = TestServer(web.Application(), port=in_order.installation.portal.command.port)
    await other.start_server()
    in_order.others.append(other)
    (fault,) = await in_order.faults()
    assert (fault.check, "guest_portal.listen" in fault.remedy) == ("ports.guest_portal", True)


async def test_of_several_files_of_synapse_the_last_word_counts(in_order: SetUp) -> None:
    later = in_order.homeserver_yaml.with_name("later.yaml")
    for said, faults in (("presence: {}", ["synapse.presence.enabled"]), ("presence: {enabled: false}", [])):
        later.write_text(said)
        found = examine(in_order.config, [in_order.homeserver_yaml, later], in_order.clock)
        assert [one.check async for one in found if one.severity is Severity.FAULT] == faults


async def test_what_synapse_is_started_with_must_be_readable(in_order: SetUp) -> None:
    in_order.homeserver_yaml.write_text("a: [")
    assert [one.check for one in await in_order.faults()] == ["synapse.file"]


async def test_a_service_without_a_room_ahead_of_need_is_told_of_as_a_warning(in_order: SetUp) -> None:
    ahead = [0]

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "rooms_ahead": ahead[0]})

    app = web.Application()
    app.router.add_get(HEALTH_PATH, health)
    port = in_order.installation.settings.appservice.listen.port
    in_order.others.append(TestServer(app, port=port))
    await in_order.others[0].start_server()
    (told,) = [one for one in await in_order.findings() if one.check == "rooms_ahead"]
    assert told.severity is Severity.WARNING
    ahead[0] = 1
    assert "rooms_ahead" not in [one.check for one in await in_order.findings()]
