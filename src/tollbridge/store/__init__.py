"""The database: all SQL of the platform, on SQLite and PostgreSQL (DESIGN.md 3, 4 and 8).

`open_store` gives a `tollbridge.ports.Store`; `tollbridge.store.migrate.migrate` brings the
schema up to date.
"""

from tollbridge.store.errors import SchemaError
from tollbridge.store.opening import migrate_store, open_store

__all__ = ["SchemaError", "migrate_store", "open_store"]
