-- Credentials and their secrets.

-- name: credential(username)
-- User names are unique over the whole platform: the merchant is what is asked for. A row for
-- each of its secrets, the newest first.
SELECT
    c.merchant_id, c.username, c.scopes, c.created_at, c.last_used_at, c.revoked_at,
    s.secret_no, s.salt, s.secret_hash, s.created_at, s.expires_at
FROM credential c
JOIN credential_secret s
    ON s.merchant_id = c.merchant_id AND s.username = c.username AND s.revoked_at IS NULL
WHERE c.username = :username
ORDER BY s.secret_no DESC

-- name: credentials(merchant_id)
SELECT
    c.merchant_id, c.username, c.scopes, c.created_at, c.last_used_at, c.revoked_at,
    s.secret_no, s.salt, s.secret_hash, s.created_at, s.expires_at
FROM credential c
JOIN credential_secret s
    ON s.merchant_id = c.merchant_id AND s.username = c.username AND s.revoked_at IS NULL
WHERE c.merchant_id = :merchant_id
ORDER BY c.username, s.secret_no DESC

-- name: put_credential(merchant_id, username, scopes, created_at)!
INSERT INTO credential (merchant_id, username, scopes, created_at)
VALUES (:merchant_id, :username, :scopes, :created_at)
ON CONFLICT DO NOTHING

-- name: lock_credential(merchant_id, username)!
-- Whoever changes secrets comes here first: of two rotations at once the second waits.
UPDATE credential SET username = username
WHERE merchant_id = :merchant_id AND username = :username AND revoked_at IS NULL

-- name: insert_secret(merchant_id, username, salt, secret_hash, created_at)!
INSERT INTO credential_secret (merchant_id, username, secret_no, salt, secret_hash, created_at)
SELECT :merchant_id, :username, coalesce(max(secret_no), 0) + 1, :salt, :secret_hash, :created_at
FROM credential_secret
WHERE merchant_id = :merchant_id AND username = :username

-- name: limit_newest_secret(merchant_id, username, expires_at)!
UPDATE credential_secret SET expires_at = :expires_at
WHERE merchant_id = :merchant_id AND username = :username AND secret_no = (
    SELECT max(n.secret_no) FROM credential_secret n
    WHERE n.merchant_id = :merchant_id AND n.username = :username
)

-- name: revoke_older_secrets(merchant_id, username, at)!
UPDATE credential_secret SET revoked_at = :at
WHERE merchant_id = :merchant_id AND username = :username AND revoked_at IS NULL
    AND secret_no < (
        SELECT max(n.secret_no) FROM credential_secret n
        WHERE n.merchant_id = :merchant_id AND n.username = :username
    )

-- name: revoke_credential(merchant_id, username, at)!
UPDATE credential SET revoked_at = :at
WHERE merchant_id = :merchant_id AND username = :username AND revoked_at IS NULL

-- name: note_use(merchant_id, username, at, noted_before)!
UPDATE credential SET last_used_at = :at
WHERE merchant_id = :merchant_id AND username = :username
    AND (last_used_at IS NULL OR last_used_at <= :noted_before)
