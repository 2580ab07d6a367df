"""SQL adapters of the stores, the same for SQLite and PostgreSQL."""
