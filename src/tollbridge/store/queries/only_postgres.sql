-- Statements that only PostgreSQL understands.

-- name: has_ledger()
SELECT 1 WHERE to_regclass('schema_migration') IS NOT NULL

-- name: lock_ledger()
-- One migration at a time; held to the end of the transaction. The number is ours alone.
SELECT pg_advisory_xact_lock(8646753190412)

-- name: begin_session(lock_timeout, statement_timeout)
-- Durable means durable (DESIGN.md 3): a server that is set to less is raised to "on".
SELECT
    set_config('lock_timeout', :lock_timeout, false),
    set_config('statement_timeout', :statement_timeout, false),
    set_config('synchronous_commit', CASE
        WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN 'on'
        ELSE current_setting('synchronous_commit')
    END, false)

-- name: lock_subscriptions(merchant_id, ids)
-- In id order, so that two savers never wait for each other.
SELECT id, revision FROM subscription
WHERE merchant_id = :merchant_id AND id = ANY(:ids::bigint[])
ORDER BY id
FOR UPDATE

-- name: some_products(merchant_id, ids)
SELECT id, document FROM product
WHERE merchant_id = :merchant_id AND id = ANY(:ids::bigint[])

-- name: attempts(merchant_id, keys)
SELECT
    purchase_id, try_no, key, amount, currency, payment_method_id, opened_at,
    result, reference, code, settled_at
FROM payment_attempt
WHERE merchant_id = :merchant_id AND key = ANY(:keys::text[])
ORDER BY opened_at, purchase_id, try_no

-- name: held_with_history(merchant_id, ids)
-- As held, of one or many; then superseded item versions and purchase links as JSON arrays.
SELECT
    s.document, m.document, m.mode, m.clock, p.document,
    s.customer_id, c.reference_id, c.reference_no,
    billing.document, delivery.document, licensee.document,
    (
        SELECT '['::bytea || string_agg(v.document, ','::bytea ORDER BY v.running_no, v.version)
            || ']'::bytea
        FROM item_version v
        WHERE v.merchant_id = :merchant_id AND v.subscription_id = s.id
    ),
    (
        SELECT '[' || string_agg(
            concat(
                '[', l.item_running_no, ',', l.item_version, ',', l.purchase_id, ',',
                l.running_no, ',', l.interval_no, ',', l.billing_interval_no, ']'
            ),
            ',' ORDER BY l.interval_no, l.billing_interval_no, l.purchase_id, l.running_no
        ) || ']'
        FROM purchase_item l
        WHERE l.merchant_id = :merchant_id AND l.subscription_id = s.id
    )
FROM subscription s
JOIN merchant m ON m.merchant_id = s.merchant_id
JOIN payment_method p ON p.merchant_id = s.merchant_id AND p.id = s.payment_method_id
JOIN customer c ON c.merchant_id = s.merchant_id AND c.id = s.customer_id
JOIN contact billing
    ON billing.merchant_id = s.merchant_id AND billing.customer_id = s.customer_id
    AND billing.role = 'billing'
LEFT JOIN contact delivery
    ON delivery.merchant_id = s.merchant_id AND delivery.customer_id = s.customer_id
    AND delivery.role = 'delivery'
LEFT JOIN contact licensee
    ON licensee.merchant_id = s.merchant_id AND licensee.customer_id = s.customer_id
    AND licensee.role = 'licensee'
WHERE s.merchant_id = :merchant_id AND s.id = ANY(:ids::bigint[])
ORDER BY s.id
