"""Migrations of the service's own database. Append only: a migration's position is its version."""

from mautrix.util.async_db import UpgradeTable

from appservice.upgrades import (
    v01_first_slice,
    v02_units,
    v03_audit,
    v04_desks_at_work,
    v05_day,
    v06_silence,
    v07_desk_rooms,
    v08_feedback,
    v09_rooms_ahead,
)

upgrade_table = UpgradeTable(version_table_name="veilleuse_version", database_name="veilleuse")

upgrade_table.register(v01_first_slice.upgrade, description=v01_first_slice.DESCRIPTION)
upgrade_table.register(v02_units.upgrade, description=v02_units.DESCRIPTION)
upgrade_table.register(v03_audit.upgrade, description=v03_audit.DESCRIPTION)
upgrade_table.register(v04_desks_at_work.upgrade, description=v04_desks_at_work.DESCRIPTION)
upgrade_table.register(v05_day.upgrade, description=v05_day.DESCRIPTION)
upgrade_table.register(v06_silence.upgrade, description=v06_silence.DESCRIPTION)
upgrade_table.register(v07_desk_rooms.upgrade, description=v07_desk_rooms.DESCRIPTION)
upgrade_table.register(v08_feedback.upgrade, description=v08_feedback.DESCRIPTION)
upgrade_table.register(v09_rooms_ahead.upgrade, description=v09_rooms_ahead.DESCRIPTION)
