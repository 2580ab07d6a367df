"""The settings of the embedded homeserver: what each promise needs, and why. Pure: builds dictionaries, writes nothing.

Meaning of every key: https://element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Settings = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class PostgreSQL:
    """How to reach a PostgreSQL database, empty and with locale C at the first start."""

    database: str
    user: str
    password: str = ""
    host: str = "127.0.0.1"
    """A name, an address, or the directory of a Unix socket."""
    port: int = 5432


@dataclass(frozen=True, kw_only=True)
class Workers:
    """What lets worker processes do a part of the homeserver's work; everything is bound on 127.0.0.1 only."""

    replication_port: int
    """Of the main process, for its workers alone."""
    replication_secret: Path
    redis_port: int
    redis_password: Path


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Files of secrets, each readable by its owner alone."""

    signing_key: Path
    macaroon_secret_key: Path
    form_secret: Path
    registration_shared_secret: Path


def homeserver_settings(
    *,
    server_name: str,
    port: int,
    address: str,
    registrations: Sequence[Path],
    warden: str,
    database: PostgreSQL | Path,
    media: Path,
    log_configuration: Path,
    kept: Secrets,
    bcrypt_rounds: int,
    workers: Workers | None,
) -> Settings:
    """The whole of homeserver.yaml. A `Path` as the database is an SQLite file. Every path must be absolute.

    `address` is where clients find the homeserver: here, or at a proxy.
    """
    identity: Settings = {
        "server_name": server_name,
        # Also served as /.well-known/matrix/client, so that a client pointed at this address stays with it.
        "public_baseurl": f"{address}/",
        "report_stats": False,
        "listeners": [_listener(port, "client")],
        "signing_key_path": str(kept.signing_key),
        "macaroon_secret_key_path": str(kept.macaroon_secret_key),
        "form_secret_path": str(kept.form_secret),
        "registration_shared_secret_path": str(kept.registration_shared_secret),
        "database": _database(database),
        "media_store_path": str(media),
        "bcrypt_rounds": bcrypt_rounds,
        # A new database is brought up to date within seconds, not within a minute, and rests from then on.
        "background_updates": {"sleep_duration_ms": 20},
        "log_config": str(log_configuration),
        "app_service_config_files": [str(registration) for registration in registrations],
        "modules": [{"module": "policies.signalement_policy.module.SignalementPolicy", "config": {"warden": warden}}],
    }
    if workers is not None:
        identity["listeners"].append(_listener(workers.replication_port, "replication"))
        identity |= _shared_with(workers)
    return identity | _closed_to_the_world() | _keeps_little() | _rooms_and_profiles() | _rates()


def worker_settings(*, name: str, port: int, log_configuration: Path) -> Settings:
    """The whole of a worker's own file, read after homeserver.yaml."""
    return {
        "worker_app": "synapse.app.generic_worker",
        "worker_name": name,
        "worker_listeners": [_listener(port, "client")],
        "worker_log_config": str(log_configuration),
    }


def _listener(port: int, resource: str) -> Settings:
    """No address of a client is taken from what a proxy says: none is to be known."""
    return {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "type": "http",
        "tls": False,
        "x_forwarded": False,
        "resources": [{"names": [resource]}],
    }


def _shared_with(workers: Workers) -> Settings:
    """Everything that is written is written by the main process; workers read, and make events."""
    return {
        "redis": {
            "enabled": True,
            "host": "127.0.0.1",
            "port": workers.redis_port,
            "password_path": str(workers.redis_password),
        },
        "instance_map": {"main": {"host": "127.0.0.1", "port": workers.replication_port}},
        "worker_replication_secret_path": str(workers.replication_secret),
    }


def logging_settings(file: Path) -> Settings:
    """Synapse's log configuration: warnings and errors in `file`; no request line, which pairs address and room."""
    return {
        "version": 1,
        "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(request)s %(message)s"}},
        "handlers": {"file": {"class": "logging.FileHandler", "formatter": "plain", "filename": str(file)}},
        "loggers": {"synapse.access": {"level": "CRITICAL", "propagate": False}},
        "root": {"level": "WARNING", "handlers": ["file"]},
        "disable_existing_loggers": False,
    }


def _database(database: PostgreSQL | Path) -> Settings:
    if isinstance(database, Path):
        # Synapse keeps one connection to SQLite whatever it is told. The policy module sets `PRAGMA secure_delete`
        # on it: there is no setting for that here.
        return {"name": "sqlite3", "args": {"database": str(database)}}
    return {
        "name": "psycopg2",
        "args": {
            "dbname": database.database,
            "user": database.user,
            "password": database.password,
            "host": database.host,
            "port": database.port,
            "cp_min": 2,
            "cp_max": 5,
        },
    }


def _closed_to_the_world() -> Settings:
    """No other server, no stranger, no directory, no look-up of what people write about."""
    return {
        "federation_domain_whitelist": [],
        # Nobody looks through what is said for another server to send it to, nor for what a directory could show.
        "federation_sender_instances": [],
        "update_user_directory_from_worker": "none",
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "serve_server_wellknown": False,
        "enable_metrics": False,
        "enable_registration": False,
        "allow_guest_access": False,
        "allow_public_rooms_without_auth": False,
        "allow_public_rooms_over_federation": False,
        "enable_room_list_search": False,
        "room_list_publication_rules": [{"action": "deny"}],
        "user_directory": {"enabled": False, "search_all_users": False},
        "url_preview_enabled": False,
    }


def _keeps_little() -> Settings:
    """Traces live as long as they must. The policy module destroys what matters at once, without waiting for these."""
    return {
        "presence": {"enabled": False},
        # Who was in how many rooms, and how many events they have.
        "stats": {"enabled": False},
        "redaction_retention_period": "1m",
        # Rows of address and client; Synapse looks after them every five minutes.
        "user_ips_max_age": "10m",
        # An answer to /sync, messages included, would stay in memory for two minutes.
        "caches": {"sync_response_cache_duration": "0s"},
        # A room that every member has forgotten is deleted, whoever made it.
        "forgotten_room_retention_period": "1h",
        # An index of clear text has nothing to find in encrypted rooms.
        "enable_search": False,
        # What reaches a lock screen: that something came, not what.
        "push": {"include_content": False},
        "max_upload_size": "16M",
        # Encrypted files whose key went with their message; nobody can tell which. From when they were last read.
        "media_retention": {"local_media_lifetime": "7d"},
    }


def _rooms_and_profiles() -> Settings:
    return {
        # Room version 12: nobody can take the power of a room's creator.
        "default_room_version": "12",
        "encryption_enabled_by_default_for_room_type": "all",
        "require_auth_for_profile_requests": True,
        "limit_profile_requests_to_users_who_share_rooms": True,
        "include_profile_data_on_invite": False,
    }


def _rates() -> Settings:
    """Abuse is held off where it arrives, by the guest portal; here only what no honest use reaches is refused.

    Numbers are requests a second, and how many may come at once.
    """
    generous = {"per_second": 50, "burst_count": 500}
    return {
        # A guest's fifty held messages leave together at the claim.
        "rc_message": {"per_second": 20, "burst_count": 200},
        "rc_login": {
            # A whole police station, or all the tests, come from one address.
            "address": {"per_second": 5, "burst_count": 100},
            # One agent opens several sessions in a row.
            "account": {"per_second": 1, "burst_count": 30},
            # Guessing passwords stays slow.
            "failed_attempts": {"per_second": 0.17, "burst_count": 5},
        },
        # The service opens a desk's rooms, fifty agents rush to one signalement.
        "rc_joins": {"local": generous},
        "rc_joins_per_room": generous,
        "rc_invites": {"per_room": generous, "per_user": generous, "per_issuer": generous},
        "rc_room_creation": generous,
        "rc_registration": {"per_second": 5, "burst_count": 100},
    }
