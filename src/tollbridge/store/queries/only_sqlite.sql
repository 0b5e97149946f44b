-- Statements that only SQLite understands.

-- name: has_ledger()
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'

-- name: lock_subscriptions(merchant_id, ids)
-- The writer is alone (BEGIN IMMEDIATE): reading is locking.
SELECT id, revision FROM subscription
WHERE merchant_id = :merchant_id AND id IN (SELECT value FROM json_each(:ids))

-- name: some_products(merchant_id, ids)
SELECT id, document FROM product
WHERE merchant_id = :merchant_id AND id IN (SELECT value FROM json_each(:ids))

-- name: attempts(merchant_id, keys)
SELECT
    purchase_id, try_no, key, amount, currency, payment_method_id, opened_at,
    result, reference, code, settled_at
FROM payment_attempt
WHERE merchant_id = :merchant_id AND key IN (SELECT value FROM json_each(:keys))
ORDER BY opened_at, purchase_id, try_no

-- name: held_with_history(merchant_id, ids)
-- As held, of one or many; then superseded item versions and purchase links as JSON arrays, both in the order
-- of the index that they are read from.
SELECT
    s.document, m.document, m.mode, m.clock, p.document,
    s.customer_id, c.reference_id, c.reference_no,
    billing.document, delivery.document, licensee.document,
    (
        SELECT '[' || group_concat(CAST(v.document AS TEXT)) || ']' FROM (
            SELECT document FROM item_version
            WHERE merchant_id = :merchant_id AND subscription_id = s.id
            ORDER BY running_no, version
        ) v
    ),
    (
        SELECT json_group_array(json_array(
            l.item_running_no, l.item_version, l.purchase_id, l.running_no,
            l.interval_no, l.billing_interval_no
        )) FROM (
            SELECT
                item_running_no, item_version, purchase_id, running_no,
                interval_no, billing_interval_no
            FROM purchase_item
            WHERE merchant_id = :merchant_id AND subscription_id = s.id
            ORDER BY interval_no, billing_interval_no, purchase_id, running_no
        ) l
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
WHERE s.merchant_id = :merchant_id AND s.id IN (SELECT value FROM json_each(:ids))
ORDER BY s.id
