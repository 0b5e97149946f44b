-- Which migrations were applied (docs/decisions/0007-migrations.md).

-- name: create_ledger()!
CREATE TABLE IF NOT EXISTS schema_migration (
    number INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL
)

-- name: ledger()
SELECT number, name, sha256 FROM schema_migration ORDER BY number

-- name: record_migration(number, name, sha256)!
INSERT INTO schema_migration (number, name, sha256) VALUES (:number, :name, :sha256)
