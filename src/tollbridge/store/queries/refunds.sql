-- Refunds, what they give back of each line, and purchases that were given back.

-- name: insert_refunds(merchant_id, purchase_id, refund_no, key, charge_key, charge_reference, amount, currency, reason, opened_at, recorded_at)*!
-- R4: of two refunds begun at once the second hits the primary key.
INSERT INTO refund (
    merchant_id, purchase_id, refund_no, key, charge_key, charge_reference, amount, currency,
    reason, opened_at, recorded_at
) VALUES (
    :merchant_id, :purchase_id, :refund_no, :key, :charge_key, :charge_reference, :amount,
    :currency, :reason, :opened_at, :recorded_at
)

-- name: insert_refund_items(merchant_id, purchase_id, refund_no, running_no, subscription_id, gross, net, vat)*!
INSERT INTO refund_item (
    merchant_id, purchase_id, refund_no, running_no, subscription_id, gross, net, vat
) VALUES (
    :merchant_id, :purchase_id, :refund_no, :running_no, :subscription_id, :gross, :net, :vat
)

-- name: settle_refunds(merchant_id, purchase_id, refund_no, result, reference, code, settled_at)*!
UPDATE refund SET
    result = :result, reference = :reference, code = :code, settled_at = :settled_at
WHERE merchant_id = :merchant_id AND purchase_id = :purchase_id AND refund_no = :refund_no

-- name: reverse_purchases(merchant_id, purchase_id, status)*!
-- It stays known when it was paid.
UPDATE purchase SET status = :status WHERE merchant_id = :merchant_id AND id = :purchase_id

-- name: open_refunds(merchant_id, before)
SELECT
    purchase_id, refund_no, key, charge_key, charge_reference, amount, currency, reason, opened_at,
    result, reference, code, settled_at
FROM refund
WHERE merchant_id = :merchant_id AND settled_at IS NULL AND recorded_at < :before
ORDER BY opened_at, purchase_id, refund_no

-- name: refunds_of(merchant_id, subscription_id)
SELECT
    purchase_id, refund_no, key, charge_key, charge_reference, amount, currency, reason, opened_at,
    result, reference, code, settled_at
FROM refund
WHERE merchant_id = :merchant_id AND purchase_id IN (
    SELECT i.purchase_id FROM purchase_item i
    WHERE i.merchant_id = :merchant_id AND i.subscription_id = :subscription_id
)
ORDER BY purchase_id, refund_no

-- name: refund_items_of(merchant_id, subscription_id)
SELECT purchase_id, refund_no, running_no, subscription_id, gross, net, vat
FROM refund_item
WHERE merchant_id = :merchant_id AND purchase_id IN (
    SELECT i.purchase_id FROM purchase_item i
    WHERE i.merchant_id = :merchant_id AND i.subscription_id = :subscription_id
)
ORDER BY purchase_id, refund_no, running_no
