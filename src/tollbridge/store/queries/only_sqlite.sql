-- Statements that only SQLite understands.

-- name: has_ledger()
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'

-- name: lock_subscriptions(merchant_id, ids)
-- The writer is alone (BEGIN IMMEDIATE): reading is locking.
SELECT id, revision FROM subscription
WHERE merchant_id = :merchant_id AND id IN (SELECT value FROM json_each(:ids))

-- name: lock_customer(merchant_id, id)
-- The writer is alone (BEGIN IMMEDIATE): reading is locking.
SELECT 1 FROM customer WHERE merchant_id = :merchant_id AND id = :id

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

-- name: refunds(merchant_id, keys)
SELECT
    purchase_id, refund_no, key, charge_key, charge_reference, amount, currency, reason, opened_at,
    result, reference, code, settled_at
FROM refund
WHERE merchant_id = :merchant_id AND key IN (SELECT value FROM json_each(:keys))
ORDER BY opened_at, purchase_id, refund_no

-- name: held_of_purchase(merchant_id, purchase_ids)
-- Every subscription that any of the purchases has lines of.
SELECT AS held
WHERE s.merchant_id = :merchant_id AND s.id IN (
    SELECT i.subscription_id FROM purchase_item i
    WHERE i.merchant_id = :merchant_id AND i.purchase_id IN (SELECT value FROM json_each(:purchase_ids))
)
ORDER BY s.id

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
WHERE s.merchant_id = :merchant_id AND s.id = :id

-- name: many_with_history(merchant_id, ids)
SELECT AS held_with_history
WHERE s.merchant_id = :merchant_id AND s.id IN (SELECT value FROM json_each(:ids))
ORDER BY s.id
