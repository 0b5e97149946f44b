-- Requests with an Idempotency-Key.

-- name: request(merchant_id, username, path, key, expired)
SELECT body_hash, status, content_type, answer, started_at, command_id FROM idempotency_key
WHERE merchant_id = :merchant_id AND username = :username AND path = :path AND key = :key
    AND started_at > :expired

-- name: claim_request(merchant_id, username, path, key, body_hash, status, content_type, answer, started_at, command_id, expired)!
-- No row is touched when the key is taken; of two at once the second waits for the first. One
-- that has expired may be taken anew.
INSERT INTO idempotency_key (
    merchant_id, username, path, key, body_hash, status, content_type, answer, started_at,
    command_id
) VALUES (
    :merchant_id, :username, :path, :key, :body_hash, :status, :content_type, :answer,
    :started_at, :command_id
)
ON CONFLICT (merchant_id, username, path, key) DO UPDATE SET
    body_hash = excluded.body_hash, status = excluded.status,
    content_type = excluded.content_type, answer = excluded.answer,
    started_at = excluded.started_at, command_id = excluded.command_id
WHERE idempotency_key.started_at <= :expired

-- name: finish_request(merchant_id, username, path, key, command_id, status, content_type, answer)!
UPDATE idempotency_key SET status = :status, content_type = :content_type, answer = :answer
WHERE merchant_id = :merchant_id AND username = :username AND path = :path AND key = :key
    AND command_id = :command_id AND answer IS NULL

-- name: forget_requests(merchant_id, expired)!
DELETE FROM idempotency_key WHERE merchant_id = :merchant_id AND started_at <= :expired
