-- Statements that only PostgreSQL understands.

-- name: has_ledger()
SELECT 1 WHERE to_regclass('schema_migration') IS NOT NULL

-- name: lock_ledger()
-- One migration at a time; held to the end of the transaction. The number is ours alone.
SELECT pg_advisory_xact_lock(8646753190412)

-- name: begin_session(lock_timeout, statement_timeout)
-- Durable means durable (DESIGN.md 3): a server that is set to less is raised to "on". Every
-- statement looks rows up by their keys, so one plan serves for all parameters.
SELECT
    set_config('plan_cache_mode', 'force_generic_plan', false),
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

-- name: lock_customer(merchant_id, id)
-- Whoever changes the customer waits, whichever subscription it is by.
SELECT 1 FROM customer WHERE merchant_id = :merchant_id AND id = :id
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

-- name: held_with_history(merchant_id, id)
-- As held; then superseded item versions and purchase links as JSON arrays, both in the order
-- of the index that they are read from.
SELECT
    s.document,
    (SELECT document FROM merchant WHERE merchant_id = :merchant_id),
    (SELECT mode FROM merchant WHERE merchant_id = :merchant_id),
    (SELECT clock FROM merchant WHERE merchant_id = :merchant_id),
    (SELECT document FROM customer WHERE merchant_id = :merchant_id AND id = s.customer_id),
    (
        SELECT document FROM payment_method
        WHERE merchant_id = :merchant_id AND id = s.payment_method_id
    ),
    (
        SELECT '['::bytea || string_agg(v.document, ','::bytea) || ']'::bytea FROM (
            SELECT document FROM item_version
            WHERE merchant_id = :merchant_id AND subscription_id = s.id
            ORDER BY running_no, version
        ) v
    ),
    (
        SELECT '[[' || string_agg(
            concat_ws(
                ',', l.item_running_no, l.item_version, l.purchase_id, l.running_no,
                l.interval_no, l.billing_interval_no
            ),
            '],['
        ) || ']]' FROM (
            SELECT
                item_running_no, item_version, purchase_id, running_no,
                interval_no, billing_interval_no
            FROM purchase_item
            WHERE merchant_id = :merchant_id AND subscription_id = s.id
            ORDER BY interval_no, billing_interval_no, purchase_id, running_no
        ) l
    )
FROM subscription s
WHERE s.merchant_id = :merchant_id AND s.id = :id

-- name: many_with_history(merchant_id, ids)
SELECT AS held_with_history
WHERE s.merchant_id = :merchant_id AND s.id = ANY(:ids::bigint[])
ORDER BY s.id
