"""Migrations of the service's own database. Append only: a migration's position is its version."""

from mautrix.util.async_db import UpgradeTable

from appservice.upgrades import v01_first_slice

upgrade_table = UpgradeTable(version_table_name="veilleuse_version", database_name="veilleuse")

upgrade_table.register(v01_first_slice.upgrade, description=v01_first_slice.DESCRIPTION)
