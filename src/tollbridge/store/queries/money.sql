-- Money rows: purchases with their lines, payment attempts, claims and postings.

-- name: insert_purchases(merchant_id, id, customer_id, currency, purpose, status, opened_at, gross, net, vat)*!
INSERT INTO purchase (
    merchant_id, id, customer_id, currency, purpose, status, opened_at, gross, net, vat
) VALUES (
    :merchant_id, :id, :customer_id, :currency, :purpose, :status, :opened_at,
    :gross, :net, :vat
)

-- name: move_purchases(merchant_id, purchase_id, status, paid_at)*!
UPDATE purchase SET status = :status, paid_at = :paid_at
WHERE merchant_id = :merchant_id AND id = :purchase_id

-- name: purchase(merchant_id, id)
SELECT id, customer_id, currency, purpose, status, opened_at, paid_at, gross, net, vat
FROM purchase
WHERE merchant_id = :merchant_id AND id = :id

-- name: purchases_of(merchant_id, subscription_id)
SELECT id, customer_id, currency, purpose, status, opened_at, paid_at, gross, net, vat
FROM purchase
WHERE merchant_id = :merchant_id AND id IN (
    SELECT i.purchase_id FROM purchase_item i
    WHERE i.merchant_id = :merchant_id AND i.subscription_id = :subscription_id
)
ORDER BY id

-- name: insert_purchase_items(merchant_id, purchase_id, running_no, subscription_id, item_running_no, item_version, interval_no, billing_interval_no, product_id, product_name, quantity, rate, rate_source, gross, net, vat, explanation)*!
INSERT INTO purchase_item (
    merchant_id, purchase_id, running_no, subscription_id, item_running_no, item_version,
    interval_no, billing_interval_no, product_id, product_name, quantity, rate, rate_source,
    gross, net, vat, explanation
) VALUES (
    :merchant_id, :purchase_id, :running_no, :subscription_id, :item_running_no, :item_version,
    :interval_no, :billing_interval_no, :product_id, :product_name, :quantity, :rate,
    :rate_source, :gross, :net, :vat, :explanation
)

-- name: purchase_items_of(merchant_id, subscription_id)
-- All lines of the purchases that the subscription has lines in.
SELECT
    purchase_id, running_no, subscription_id, item_running_no, item_version, interval_no,
    billing_interval_no, product_id, product_name, quantity, rate, rate_source, gross, net, vat,
    explanation
FROM purchase_item
WHERE merchant_id = :merchant_id AND purchase_id IN (
    SELECT i.purchase_id FROM purchase_item i
    WHERE i.merchant_id = :merchant_id AND i.subscription_id = :subscription_id
)
ORDER BY purchase_id, running_no

-- name: insert_attempts(merchant_id, purchase_id, try_no, key, amount, currency, payment_method_id, opened_at, recorded_at)*!
INSERT INTO payment_attempt (
    merchant_id, purchase_id, try_no, key, amount, currency, payment_method_id, opened_at,
    recorded_at
) VALUES (
    :merchant_id, :purchase_id, :try_no, :key, :amount, :currency, :payment_method_id,
    :opened_at, :recorded_at
)

-- name: settle_attempts(merchant_id, purchase_id, try_no, result, reference, code, settled_at)*!
UPDATE payment_attempt SET
    result = :result, reference = :reference, code = :code, settled_at = :settled_at
WHERE merchant_id = :merchant_id AND purchase_id = :purchase_id AND try_no = :try_no

-- name: attempts_of(merchant_id, subscription_id)
SELECT
    purchase_id, try_no, key, amount, currency, payment_method_id, opened_at,
    result, reference, code, settled_at
FROM payment_attempt
WHERE merchant_id = :merchant_id AND purchase_id IN (
    SELECT i.purchase_id FROM purchase_item i
    WHERE i.merchant_id = :merchant_id AND i.subscription_id = :subscription_id
)
ORDER BY purchase_id, try_no

-- name: open_attempts(merchant_id, before)
-- Open, unknown or waiting for the customer: not settled (R7).
SELECT purchase_id, try_no, key, amount, currency, payment_method_id, opened_at
FROM payment_attempt
WHERE merchant_id = :merchant_id AND settled_at IS NULL AND recorded_at < :before
ORDER BY opened_at, purchase_id, try_no

-- name: open_money(merchant_id, before)
SELECT currency, count(*), min(recorded_at),
    CAST(sum(CASE WHEN recorded_at < :before THEN amount ELSE 0 END) AS BIGINT)
FROM payment_attempt
WHERE merchant_id = :merchant_id AND settled_at IS NULL
GROUP BY currency
ORDER BY currency

-- name: any_attempt(merchant_id)
SELECT 1 FROM payment_attempt WHERE merchant_id = :merchant_id LIMIT 1

-- name: purchases_without_lines(merchant_id, above, page)
-- By their own rows, or by those of their attempts.
SELECT id FROM (
    SELECT p.id FROM purchase p
    WHERE p.merchant_id = :merchant_id AND p.id > :above AND NOT EXISTS (
        SELECT 1 FROM purchase_item i
        WHERE i.merchant_id = :merchant_id AND i.purchase_id = p.id
    )
    ORDER BY p.id LIMIT :page
) page_opened
UNION SELECT purchase_id FROM (
    SELECT DISTINCT a.purchase_id FROM payment_attempt a
    WHERE a.merchant_id = :merchant_id AND a.purchase_id > :above AND NOT EXISTS (
        SELECT 1 FROM purchase_item i
        WHERE i.merchant_id = :merchant_id AND i.purchase_id = a.purchase_id
    )
    ORDER BY a.purchase_id LIMIT :page
) page_tried
ORDER BY id
LIMIT :page

-- name: insert_claims(merchant_id, subscription_id, purpose, interval_no, billing_interval_no, cause, purchase_id)*!
-- R4: whoever comes second hits the primary key.
INSERT INTO charge_claim (
    merchant_id, subscription_id, purpose, interval_no, billing_interval_no, cause, purchase_id
) VALUES (
    :merchant_id, :subscription_id, :purpose, :interval_no, :billing_interval_no, :cause,
    :purchase_id
)

-- name: release_claims(merchant_id, subscription_id, purpose, interval_no, billing_interval_no, cause, purchase_id)*!
-- The purchase was voided: what it claimed may be charged by another (R4).
DELETE FROM charge_claim
WHERE merchant_id = :merchant_id AND subscription_id = :subscription_id AND purpose = :purpose
    AND interval_no = :interval_no AND billing_interval_no = :billing_interval_no
    AND cause = :cause AND purchase_id = :purchase_id

-- name: claims_of(merchant_id, subscription_id)
SELECT purpose, interval_no, billing_interval_no, cause, purchase_id FROM charge_claim
WHERE merchant_id = :merchant_id AND subscription_id = :subscription_id
ORDER BY purchase_id, interval_no, cause

-- name: insert_postings(merchant_id, subscription_id, sequence, account, purchase_id, amount, currency, at)*!
INSERT INTO posting (
    merchant_id, subscription_id, sequence, account, purchase_id, amount, currency, at
) VALUES (
    :merchant_id, :subscription_id, :sequence, :account, :purchase_id, :amount, :currency, :at
)

-- name: postings_of(merchant_id, subscription_id)
SELECT sequence, account, purchase_id, amount, currency, at FROM posting
WHERE merchant_id = :merchant_id AND subscription_id = :subscription_id
ORDER BY sequence, account
