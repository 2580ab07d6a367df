"""The installation of a country, on one machine: what is to survive the death of a process is there twice.

Synapse with two workers, on PostgreSQL and a Redis-compatible store; two portals; two application services, one to
stand by; and nginx before all of it. What dies, and who takes over: docs/operators.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from appservice.embedded.installation import (
    PORTS,
    Account,
    DatabaseKind,
    Installation,
    Ports,
    address,
    changed,
)
from appservice.embedded.nginx import EmbeddedNginx
from appservice.embedded.nginx_conf import Proxied
from appservice.embedded.process import ManagedProcess, answers_at
from appservice.embedded.synapse import EmbeddedSynapseWorker, Workers
from appservice.embedded.valkey import EmbeddedValkey
from appservice.measuring import LIVE_PATH, METRICS_PATH

SCALED_PORTS = PORTS + 8
"""How many it takes in a row: those of an ordinary installation, of which nginx has the portal's and the homeserver's;
replication, Redis-compatible store, the second service's metrics, the main process, two workers, two portals."""

_STANDBY = "standby.yaml"
_PORTALS = ("portal-1.yaml", "portal-2.yaml")


class ScaledInstallation(Installation):
    """As `Installation`, with the further processes of a larger one.

    The service and its bots ask the main process itself, where what they have just written is known already. Guests and
    agents are led by nginx: what a worker can answer, one of the workers answers.
    """

    def __init__(
        self,
        directory: Path,
        port_base: int,
        server_name: str,
        places: Mapping[str, Any],
        changes: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        durable: bool = True,
    ) -> None:
        """Raises `VeilleuseError`, also without nginx. `SCALED_PORTS` ports from `port_base` on are its own."""
        further = range(port_base + PORTS, port_base + SCALED_PORTS)
        self._replication_port, self._redis_port, self._standby_metrics_port, self._main_port, *twice = further
        self._worker_ports, self._replica_ports = twice[:2], twice[2:]
        super().__init__(
            directory, port_base, server_name, places, changes, database=DatabaseKind.POSTGRES, durable=durable
        )
        self.valkey = EmbeddedValkey(directory / "valkey", self._redis_port, self._kept_secret("redis_password"))
        self.worker, self.second_worker = (
            EmbeddedSynapseWorker(self._synapse_configuration, f"worker{number}", port)
            for number, port in enumerate(self._worker_ports, start=1)
        )
        self.standby = self._appservice("appservice_2", _STANDBY, self._standby_metrics_port)
        self.second_portal = self._replica(1)
        self.nginx = EmbeddedNginx(
            directory / "nginx",
            Proxied(
                portal=self.ports.portal,
                homeserver=self.ports.homeserver,
                replicas=self._replica_ports,
                main=self._main_port,
                workers=self._worker_ports,
            ),
        )

    @property
    def foundations(self) -> dict[str, ManagedProcess]:
        assert self.postgres is not None  # noqa: S101 there is no other database here
        return {
            "postgres": self.postgres,
            "valkey": self.valkey,
            "synapse": self.synapse,
            "synapse_worker": self.worker,
            "synapse_worker_2": self.second_worker,
        }

    @property
    def services(self) -> dict[str, ManagedProcess]:
        return {
            "appservice": self.appservice,
            "appservice_2": self.standby,
            "portal": self.portal,
            "portal_2": self.second_portal,
            "compliance_bot": self.compliance_bot,
            "nginx": self.nginx,
        }

    async def endpoints(self, accounts: Sequence[Account]) -> dict[str, Any]:
        """Those of an ordinary installation, and what is behind nginx."""
        return await super().endpoints(accounts) | {
            "scale": {
                "portals": [address(port) + "/" for port in self._replica_ports],
                "synapse": address(self._main_port),
                "synapse_workers": [address(port) for port in self._worker_ports],
                "appservice_metrics": [
                    address(port) + METRICS_PATH for port in (self.ports.metrics, self._standby_metrics_port)
                ],
                "appservice_live": [
                    address(port) + LIVE_PATH for port in (self.ports.metrics, self._standby_metrics_port)
                ],
            }
        }

    def _ports_from(self, base: int) -> Ports:
        return replace(super()._ports_from(base), synapse=self._main_port)

    def _workers(self) -> Workers:
        self._kept_secret("redis_password")
        self._kept_secret("replication_secret")
        secrets = (self.directory / "secrets").resolve()
        return Workers(
            replication_port=self._replication_port,
            replication_secret=secrets / "replication_secret",
            redis_port=self._redis_port,
            redis_password=secrets / "redis_password",
        )

    def _written_files(
        self, settings: Mapping[str, Any], changes: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Mapping[str, Any]]:
        files = super()._written_files(settings, changes)
        common = files["config.yaml"]
        files[_STANDBY] = changed(common, {"appservice": {"metrics_listen": {"port": self._standby_metrics_port}}})
        for name, port in zip(_PORTALS, self._replica_ports, strict=True):
            files[name] = changed(
                common,
                {
                    "homeserver": {"address": self.homeserver_address},
                    "guest_portal": {"listen": {"port": port}, "trusted_proxies": ["127.0.0.1"]},
                },
            )
        return files

    def _portal(self) -> ManagedProcess:
        return self._replica(0)

    def _replica(self, number: int) -> ManagedProcess:
        port = self._replica_ports[number]
        name = "portal" if number == 0 else f"portal_{number + 1}"
        return self._managed(name, "portal", _PORTALS[number], port, answers_at(address(port) + "/health"))
