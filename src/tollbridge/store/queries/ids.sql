-- Blocks of ids.

-- name: reserve_block(merchant_id, series, first, size)
-- Where the block begins; the next one begins `size` later.
INSERT INTO id_block (merchant_id, series, next_id)
VALUES (:merchant_id, :series, :first + :size)
ON CONFLICT (merchant_id, series) DO UPDATE SET next_id = id_block.next_id + :size
RETURNING next_id - :size

-- name: move_block(merchant_id, series, next_id)!
-- Ids below are taken: the next block begins at `next_id`.
UPDATE id_block SET next_id = :next_id WHERE merchant_id = :merchant_id AND series = :series

-- name: highest_subscription(merchant_id, low, high)
SELECT max(id) FROM subscription WHERE merchant_id = :merchant_id AND id BETWEEN :low AND :high

-- name: highest_purchase(merchant_id, low, high)
SELECT max(id) FROM purchase WHERE merchant_id = :merchant_id AND id BETWEEN :low AND :high

-- name: highest_customer(merchant_id, low, high)
SELECT max(id) FROM customer WHERE merchant_id = :merchant_id AND id BETWEEN :low AND :high

-- name: highest_payment_method(merchant_id, low, high)
SELECT max(id) FROM payment_method WHERE merchant_id = :merchant_id AND id BETWEEN :low AND :high

-- name: highest_endpoint(merchant_id, low, high)
SELECT max(id) FROM endpoint WHERE merchant_id = :merchant_id AND id BETWEEN :low AND :high

-- name: highest_notification(merchant_id, low, high)
SELECT max(id) FROM notification WHERE merchant_id = :merchant_id AND id BETWEEN :low AND :high

-- name: highest_mail(merchant_id, low, high)
SELECT max(id) FROM mail WHERE merchant_id = :merchant_id AND id BETWEEN :low AND :high
