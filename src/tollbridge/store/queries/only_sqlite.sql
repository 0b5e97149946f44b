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

-- name: lock_untold(merchant_id, slot, streams)
-- The writer is alone (BEGIN IMMEDIATE): reading is locking.
SELECT stream, subscription_id, sequence FROM untold
WHERE merchant_id = :merchant_id AND slot = :slot
    AND stream IN (SELECT value FROM json_each(:streams))

-- name: lock_lanes(merchant_id, endpoint_id, streams)
-- The writer is alone (BEGIN IMMEDIATE): reading is locking.
SELECT stream, replay, head, last, tries FROM lane
WHERE merchant_id = :merchant_id AND endpoint_id = :endpoint_id
    AND stream IN (SELECT value FROM json_each(:streams))

-- name: claim_lanes(merchant_id, endpoint_id, until, now, leased_until, most)
UPDATE lane SET leased_until = :leased_until
WHERE merchant_id = :merchant_id AND endpoint_id = :endpoint_id AND (stream, replay) IN (
    SELECT d.stream, d.replay FROM lane d
    WHERE d.merchant_id = :merchant_id AND d.endpoint_id = :endpoint_id AND d.due_at <= :until
        AND d.leased_until <= :now
    ORDER BY d.due_at, d.stream, d.replay
    LIMIT :most
)
RETURNING stream, replay

-- name: lasts_of_lanes(merchant_id, endpoint_id, streams)
SELECT stream, last FROM lane
WHERE merchant_id = :merchant_id AND endpoint_id = :endpoint_id AND replay = 0
    AND stream IN (SELECT value FROM json_each(:streams))

-- name: highest_replays(merchant_id, endpoint_id, streams)
SELECT stream, max(replay) FROM lane
WHERE merchant_id = :merchant_id AND endpoint_id = :endpoint_id AND stream IN (SELECT value FROM json_each(:streams))
GROUP BY stream

-- name: first_sequences(merchant_id, notification_ids)
SELECT notification_id, endpoint_id, sequence FROM delivery
WHERE merchant_id = :merchant_id AND notification_id IN (SELECT value FROM json_each(:notification_ids)) AND replay = 0

-- name: bodies(merchant_id, notification_ids, format)
SELECT notification_id, body FROM notification_body
WHERE merchant_id = :merchant_id AND notification_id IN (SELECT value FROM json_each(:notification_ids)) AND format = :format

-- name: claimed(merchant_id, endpoint_id, streams, leased_until, format)
-- What `claim_lanes` has just leased, with the notices to be posted.
SELECT
    l.stream, l.replay, l.head, l.last, l.tries, l.due_at,
    n.id, n.type, n.subject, n.at, n.document, b.body
FROM lane l
JOIN delivery d ON d.merchant_id = l.merchant_id AND d.endpoint_id = l.endpoint_id
    AND d.stream = l.stream AND d.replay = l.replay AND d.sequence = l.head
JOIN notification n ON n.merchant_id = d.merchant_id AND n.id = d.notification_id
LEFT JOIN notification_body b ON b.merchant_id = n.merchant_id AND b.notification_id = n.id
    AND b.format = :format
WHERE l.merchant_id = :merchant_id AND l.endpoint_id = :endpoint_id AND l.stream IN (SELECT value FROM json_each(:streams))
    AND l.leased_until = :leased_until
ORDER BY l.due_at, l.stream, l.replay

-- name: many_facts(merchant_id, subscription_ids, sequences)
SELECT o.stream, o.subscription_id, o.sequence, o.type, o.subject, o.at, o.frozen
FROM json_each(:subscription_ids) page_s
CROSS JOIN json_each(:sequences) page_n
CROSS JOIN outbox o
WHERE o.merchant_id = :merchant_id AND page_n.id = page_s.id
    AND o.subscription_id = page_s.value AND o.sequence = page_n.value
