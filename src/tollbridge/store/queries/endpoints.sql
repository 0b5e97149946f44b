-- Endpoints of notices, with their sealed secrets.

-- name: endpoints(merchant_id)
SELECT id, active, disabled_at, document FROM endpoint WHERE merchant_id = :merchant_id ORDER BY id

-- name: endpoint_secrets(merchant_id, id)
SELECT signing, previous, previous_until, password FROM endpoint
WHERE merchant_id = :merchant_id AND id = :id

-- name: put_endpoint(merchant_id, id, active, disabled_at, document, signing, previous, previous_until, password)!
INSERT INTO endpoint (
    merchant_id, id, active, disabled_at, document, signing, previous, previous_until, password
)
VALUES (
    :merchant_id, :id, :active, :disabled_at, :document, :signing, :previous, :previous_until,
    :password
)
ON CONFLICT (merchant_id, id) DO UPDATE SET
    active = excluded.active, disabled_at = excluded.disabled_at, document = excluded.document,
    signing = excluded.signing, previous = excluded.previous,
    previous_until = excluded.previous_until, password = excluded.password

-- name: remove_endpoint(merchant_id, id)!
DELETE FROM endpoint WHERE merchant_id = :merchant_id AND id = :id

-- name: disable_endpoint(merchant_id, id, at)!
UPDATE endpoint SET active = 0, disabled_at = :at
WHERE merchant_id = :merchant_id AND id = :id AND active = 1
