-- Due work: subscriptions by slot, the leases of slots, and what is parked.

-- name: due(merchant_id, slot, until, most)
SELECT AS held
WHERE s.merchant_id = :merchant_id AND s.id & 15 = :slot AND s.due_at <= :until
    AND s.parked_at IS NULL
ORDER BY s.due_at, s.id
LIMIT :most

-- name: count_due(merchant_id, until, most)
-- Along the index of each slot.
SELECT count(*) FROM (
    SELECT 1 FROM subscription s, (
        VALUES (0), (1), (2), (3), (4), (5), (6), (7),
            (8), (9), (10), (11), (12), (13), (14), (15)
    ) page_slots
    WHERE s.merchant_id = :merchant_id AND s.id & 15 = page_slots.column1 AND s.due_at <= :until
        AND s.parked_at IS NULL
    LIMIT :most
) page_due

-- name: earliest_due(merchant_id)
-- One step in the index for each slot.
SELECT min(due_at) FROM (
    SELECT (
        SELECT s.due_at FROM subscription s
        WHERE s.merchant_id = :merchant_id AND s.id & 15 = slots.column1
            AND s.due_at IS NOT NULL AND s.parked_at IS NULL
        ORDER BY s.due_at, s.id
        LIMIT 1
    ) AS due_at
    FROM (
        VALUES (0), (1), (2), (3), (4), (5), (6), (7),
            (8), (9), (10), (11), (12), (13), (14), (15)
    ) slots
) earliest

-- name: lease_slot(merchant_id, slot, holder, until, now)!
-- No row is touched while somebody else holds it; of two at once the second waits for the first.
INSERT INTO worker_slot (merchant_id, slot, holder, until)
VALUES (:merchant_id, :slot, :holder, :until)
ON CONFLICT (merchant_id, slot) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE worker_slot.until <= :now OR worker_slot.holder = excluded.holder

-- name: release_slot(merchant_id, slot, holder)!
DELETE FROM worker_slot
WHERE merchant_id = :merchant_id AND slot = :slot AND holder = :holder

-- name: park(merchant_id, id, due_at, error, at)!
-- What was changed meanwhile, so that it is no longer due then, is left alone.
UPDATE subscription SET parked_at = :at, parked_error = :error
WHERE merchant_id = :merchant_id AND id = :id AND due_at <= :due_at

-- name: parked(merchant_id)
SELECT id, due_at, parked_error, parked_at FROM subscription
WHERE merchant_id = :merchant_id AND parked_at IS NOT NULL
ORDER BY parked_at, id

-- name: unpark(merchant_id, id)!
UPDATE subscription SET parked_at = NULL, parked_error = ''
WHERE merchant_id = :merchant_id AND id = :id AND parked_at IS NOT NULL
