-- Customers are found by e-mail in any case: what is searched is stored folded.
UPDATE contact SET email = lower(email);

-- A user may have two secrets at a time, so that one can be changed without an outage. Those of
-- before are number 1; when they were made is not known.
CREATE TABLE credential_secret (
    merchant_id INTEGER NOT NULL,
    username TEXT NOT NULL,
    secret_no INTEGER NOT NULL,
    salt BLOB NOT NULL,
    secret_hash BLOB NOT NULL,
    created_at INTEGER,
    expires_at INTEGER,
    revoked_at INTEGER,
    PRIMARY KEY (merchant_id, username, secret_no)
) STRICT, WITHOUT ROWID;

INSERT INTO credential_secret (merchant_id, username, secret_no, salt, secret_hash)
SELECT merchant_id, username, 1, salt, secret_hash FROM credential;

ALTER TABLE credential DROP COLUMN salt;
ALTER TABLE credential DROP COLUMN secret_hash;
ALTER TABLE credential ADD COLUMN scopes TEXT NOT NULL DEFAULT 'change read sandbox';
ALTER TABLE credential ADD COLUMN created_at INTEGER;
ALTER TABLE credential ADD COLUMN last_used_at INTEGER;
ALTER TABLE credential ADD COLUMN revoked_at INTEGER;

-- Requests with an Idempotency-Key, saved with their effect; without an answer while they run.
CREATE TABLE idempotency_key (
    merchant_id INTEGER NOT NULL,
    username TEXT NOT NULL,
    path TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash BLOB NOT NULL,
    status INTEGER,
    content_type TEXT,
    answer BLOB,
    started_at INTEGER NOT NULL,
    command_id TEXT NOT NULL,
    PRIMARY KEY (merchant_id, username, path, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_key_age ON idempotency_key (merchant_id, started_at);
