"""Migrations of the service's own database. Append only: a migration's position is its version."""

from mautrix.util.async_db import UpgradeTable

from appservice.upgrades import v01_first_slice, v02_units

upgrade_table = UpgradeTable(version_table_name="veilleuse_version", database_name="veilleuse")

upgrade_table.register(v01_first_slice.upgrade, description=v01_first_slice.DESCRIPTION)
upgrade_table.register(v02_units.upgrade, description=v02_units.DESCRIPTION)
