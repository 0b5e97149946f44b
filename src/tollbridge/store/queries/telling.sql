-- From facts to notifications: what is not told yet, and what is made of it.

-- name: untold_slots(merchant_id)
-- One step in the index for each slot.
SELECT slots.column1
FROM (
    VALUES (0), (1), (2), (3), (4), (5), (6), (7),
        (8), (9), (10), (11), (12), (13), (14), (15)
) slots
WHERE EXISTS (
    SELECT 1 FROM untold u WHERE u.merchant_id = :merchant_id AND u.slot = slots.column1
)
ORDER BY slots.column1

-- name: untold(merchant_id, slot, above, most)
-- Whole streams: the facts of a shared purchase stand in one.
SELECT u.stream, u.subscription_id, u.sequence, o.type, o.subject, o.at, o.frozen
FROM untold u
JOIN outbox o ON o.merchant_id = u.merchant_id AND o.subscription_id = u.subscription_id
    AND o.sequence = u.sequence
WHERE u.merchant_id = :merchant_id AND u.slot = :slot AND u.stream > :above AND u.stream <= (
    SELECT max(stream) FROM (
        SELECT DISTINCT stream FROM untold
        WHERE merchant_id = :merchant_id AND slot = :slot AND stream > :above
        ORDER BY stream
        LIMIT :most
    ) page_streams
)
ORDER BY u.stream, u.subscription_id, u.sequence

-- name: delete_untold(merchant_id, slot, stream, subscription_id, sequence)*!
DELETE FROM untold
WHERE merchant_id = :merchant_id AND slot = :slot AND stream = :stream
    AND subscription_id = :subscription_id AND sequence = :sequence

-- name: insert_notifications(merchant_id, id, type, stream, subject, at, document)*!
INSERT INTO notification (merchant_id, id, type, stream, subject, at, document)
VALUES (:merchant_id, :id, :type, :stream, :subject, :at, :document)

-- name: insert_notification_facts(merchant_id, subscription_id, sequence, notification_id)*!
INSERT INTO notification_fact (merchant_id, subscription_id, sequence, notification_id)
VALUES (:merchant_id, :subscription_id, :sequence, :notification_id)

-- name: insert_deliveries(merchant_id, endpoint_id, stream, replay, sequence, notification_id, state)*!
INSERT INTO delivery (
    merchant_id, endpoint_id, stream, replay, sequence, notification_id, state
)
VALUES (:merchant_id, :endpoint_id, :stream, :replay, :sequence, :notification_id, :state)

-- name: grow_lanes(merchant_id, endpoint_id, stream, added, due_at)*!
-- The row is locked from here to the end of the transaction: nobody else numbers on meanwhile, and
-- no head ends without seeing what was added behind it.
INSERT INTO lane (
    merchant_id, endpoint_id, stream, replay, head, last, tries, due_at, leased_until
)
VALUES (:merchant_id, :endpoint_id, :stream, 0, 1, :added, 0, :due_at, 0)
ON CONFLICT (merchant_id, endpoint_id, stream, replay) DO UPDATE SET
    last = lane.last + excluded.last, due_at = COALESCE(lane.due_at, excluded.due_at)

-- name: told_facts(merchant_id, subscription_id)
SELECT f.sequence, n.type
FROM notification_fact f
JOIN notification n ON n.merchant_id = f.merchant_id AND n.id = f.notification_id
WHERE f.merchant_id = :merchant_id AND f.subscription_id = :subscription_id
ORDER BY f.sequence, n.id

-- name: untold_facts(merchant_id, slot, stream, subscription_id)
SELECT sequence FROM untold
WHERE merchant_id = :merchant_id AND slot = :slot AND stream = :stream
    AND subscription_id = :subscription_id
ORDER BY sequence
