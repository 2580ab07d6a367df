"""Settings of Synapse that break promises. Pure: looks at homeserver.yaml as it was read.

Meaning and defaults of every key: https://element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from appservice.doctor.findings import Finding, Severity

Document = Mapping[str, Any]

_SUFFIXES = {"": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_536_000_000}
_SHORT = timedelta(hours=1)
_HELD_MESSAGES = 50  # what a guest may have written before the claim, sent at once after it


@dataclass(frozen=True, slots=True)
class _Setting:
    """A key, with dots; Synapse's own value where the file says nothing; and which values keep the promise."""

    key: str
    default: object
    keeps: Callable[[Any], bool]
    otherwise: str
    write: str
    severity: Severity = Severity.FAULT

    def examine(self, document: Document) -> Iterator[Finding]:
        value = _value(document, self.key, self.default)
        if not self.keeps(value):
            what = f"{self.otherwise} ({self.key} is {value!r})."
            yield Finding(f"synapse.{self.key}", what, f"Write `{self.write}` in homeserver.yaml.", self.severity)


def _off(value: object) -> bool:
    return not value


def _on(value: object) -> bool:
    return value is True


def _short(value: object) -> bool:
    """A duration as Synapse writes it, not above an hour; null is for ever."""
    written = re.fullmatch(r"(\d+)([smhdwy]?)", str(value))
    return written is not None and timedelta(milliseconds=int(written[1]) * _SUFFIXES[written[2]]) <= _SHORT


def _enough(value: object) -> bool:
    return isinstance(value, (int, float)) and value >= _HELD_MESSAGES


_SETTINGS = (
    _Setting("enable_registration", False, _off, "Strangers can make accounts", "enable_registration: false"),
    _Setting("allow_guest_access", False, _off, "Matrix's own guests are let in", "allow_guest_access: false"),
    _Setting(
        "redaction_retention_period",
        "7d",
        _short,
        "Erased messages stay in the database",
        "redaction_retention_period: 1m",
    ),
    _Setting("user_ips_max_age", "28d", _short, "Addresses of clients are kept", "user_ips_max_age: 10m"),
    _Setting(
        "track_appservice_user_ips", False, _off, "Addresses are kept for guests", "track_appservice_user_ips: false"
    ),
    _Setting("presence.enabled", True, _off, "Who is online is told", "presence: {enabled: false}"),
    _Setting(
        "url_preview_enabled", False, _off, "Addresses that people write are looked up", "url_preview_enabled: false"
    ),
    _Setting("enable_room_list_search", True, _off, "Rooms can be searched", "enable_room_list_search: false"),
    _Setting(
        "room_list_publication_rules",
        [],
        lambda rules: all(rule.get("action") == "deny" for rule in rules or []),
        "Rooms can be published",
        "room_list_publication_rules: [{action: deny}]",
    ),
    _Setting(
        "allow_public_rooms_without_auth",
        False,
        _off,
        "Rooms are listed to anybody",
        "allow_public_rooms_without_auth: false",
    ),
    _Setting(
        "allow_public_rooms_over_federation",
        False,
        _off,
        "Rooms are listed to other servers",
        "allow_public_rooms_over_federation: false",
    ),
    _Setting("user_directory.enabled", True, _off, "Accounts can be searched for", "user_directory: {enabled: false}"),
    _Setting(
        "user_directory.search_all_users",
        False,
        _off,
        "Everybody's account can be searched for",
        "user_directory: {search_all_users: false}",
    ),
    _Setting(
        "require_auth_for_profile_requests",
        False,
        _on,
        "Profiles are shown to anybody",
        "require_auth_for_profile_requests: true",
    ),
    _Setting(
        "limit_profile_requests_to_users_who_share_rooms",
        False,
        _on,
        "Profiles are shown to guests who do not share a room",
        "limit_profile_requests_to_users_who_share_rooms: true",
    ),
    _Setting(
        "encryption_enabled_by_default_for_room_type",
        "off",
        lambda value: value == "all",
        "A room that an agent makes is not encrypted",
        "encryption_enabled_by_default_for_room_type: all",
    ),
    _Setting(
        "federation_domain_whitelist",
        None,
        lambda value: value == [],
        "Other servers can take part",
        "federation_domain_whitelist: []",
    ),
    _Setting("report_stats", False, _off, "Figures of this server are sent away", "report_stats: false"),
    _Setting("sentry", None, _off, "Errors, with what they were about, are sent away", "sentry: null"),
    _Setting("opentracing.enabled", False, _off, "Requests are traced", "opentracing: {enabled: false}"),
    _Setting("push.include_content", True, _off, "Notifications carry content", "push: {include_content: false}"),
    _Setting(
        "auto_join_rooms",
        [],
        _off,
        "Every new account, a guest's too, is put into a common room",
        "auto_join_rooms: []",
    ),
    _Setting(
        "enable_authenticated_media",
        True,
        _on,
        "Files are given to whoever has their address",
        "enable_authenticated_media: true",
    ),
    _Setting(
        "rc_message.burst_count",
        10,
        _enough,
        f"{_HELD_MESSAGES} messages written while waiting cannot be sent at once",
        "rc_message: {per_second: 20, burst_count: 200}",
    ),
    _Setting("enable_search", True, _off, "Clear text is indexed", "enable_search: false", Severity.WARNING),
    _Setting(
        "caches.sync_response_cache_duration",
        "2m",
        lambda value: str(value).rstrip("smhd") == "0",
        "Answers with messages stay in memory",
        "caches: {sync_response_cache_duration: 0s}",
        Severity.WARNING,
    ),
    _Setting(
        "forgotten_room_retention_period",
        None,
        lambda value: value is not None,
        "Rooms that everybody has forgotten are kept",
        "forgotten_room_retention_period: 1h",
        Severity.WARNING,
    ),
    _Setting(
        "database.name",
        "sqlite3",
        lambda value: value == "psycopg2",
        "SQLite is for trials",
        "database: {name: psycopg2, …}",
        Severity.WARNING,
    ),
    _Setting(
        "trusted_key_servers",
        [{"server_name": "matrix.org"}],
        _off,
        "Another server is asked for keys",
        "trusted_key_servers: []",
        Severity.WARNING,
    ),
)


def examined_settings() -> tuple[str, ...]:
    return tuple(f"synapse.{setting.key}" for setting in _SETTINGS) + ("synapse.listeners", "synapse.modules")


def examine_settings(document: Document, server_name: str, warden: str) -> Iterator[Finding]:
    """`document`: homeserver.yaml; `server_name` and `warden`: what our own configuration says."""
    for setting in _SETTINGS:
        yield from setting.examine(document)
    yield from _listeners(document)
    yield from _identity(document, server_name)
    yield from _module(document, warden)


def examine_logging(document: Document) -> Iterator[Finding]:
    """`document`: the file that `log_config` names. Lines of `synapse.access`, at INFO, pair addresses and rooms."""
    loggers = document.get("loggers", {})
    root = document.get("root", {}).get("level", "WARNING")
    level = next(
        (loggers[name]["level"] for name in ("synapse.access", "synapse") if "level" in loggers.get(name, {})), root
    )
    if str(level).upper() in ("INFO", "DEBUG", "NOTSET"):
        yield Finding(
            "synapse.log_config",
            f"Each request is logged with the client's address and the room (synapse.access at {level}).",
            "Write `synapse.access: {level: CRITICAL, propagate: false}` under `loggers` in the file of log_config.",
        )
    if any(str(one.get("level")).upper() == "DEBUG" for one in (*loggers.values(), document.get("root", {}))):
        yield Finding(
            "synapse.log_config", "Synapse logs at DEBUG, events included.", "Write INFO or WARNING as the level."
        )


def _listeners(document: Document) -> Iterator[Finding]:
    for listener in document.get("listeners", []):
        resources = {name for resource in listener.get("resources", []) for name in resource.get("names", [])}
        if "federation" in resources:
            yield Finding(
                "synapse.listeners",
                f"Port {listener.get('port')} serves federation to other servers.",
                "Take `federation` out of the listener's resources in homeserver.yaml.",
            )


def _identity(document: Document, server_name: str) -> Iterator[Finding]:
    if document.get("server_name") != server_name:
        yield Finding(
            "synapse.server_name",
            f"Synapse is {document.get('server_name')!r}, the configuration says {server_name!r}.",
            "Write Synapse's server_name under homeserver.server_name in the configuration.",
        )


def _module(document: Document, warden: str) -> Iterator[Finding]:
    modules = [
        one
        for one in document.get("modules") or []
        if str(one.get("module", "")).startswith("policies.signalement_policy")
    ]
    if not modules:
        yield Finding(
            "synapse.modules",
            "Synapse does not load the module policies.signalement_policy.",
            "Add under `modules:` in homeserver.yaml:"
            f' {{module: policies.signalement_policy.module.SignalementPolicy, config: {{warden: "{warden}"}}}}',
        )
    elif (modules[0].get("config") or {}).get("warden") != warden:
        yield Finding(
            "synapse.modules",
            f"The module watches over {(modules[0].get('config') or {}).get('warden')!r}, not over {warden!r}.",
            f'Write `warden: "{warden}"` in the module\'s config in homeserver.yaml.',
        )


def _value(document: Document, key: str, default: object) -> Any:
    value: Any = document
    for part in key.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return default
        value = value[part]
    return value
