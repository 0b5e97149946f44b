-- Merchants and the catalog.

-- name: merchant(merchant_id)
SELECT merchant_id, document, mode, clock FROM merchant WHERE merchant_id = :merchant_id

-- name: merchants()
-- The one list that goes over all merchants.
SELECT merchant_id, document, mode, clock FROM merchant ORDER BY merchant_id

-- name: put_merchant(merchant_id, mode, clock, document)!
-- Mode and clock are those of the first time for ever (R23); the clock has its own statement.
INSERT INTO merchant (merchant_id, mode, clock, document)
VALUES (:merchant_id, :mode, :clock, :document)
ON CONFLICT (merchant_id) DO UPDATE SET document = excluded.document

-- name: advance_clock(merchant_id, to_instant)!
-- Forward only, and only a clock that there is: a live merchant has none (R23).
UPDATE merchant SET clock = :to_instant
WHERE merchant_id = :merchant_id AND mode = 'sandbox' AND clock < :to_instant

-- name: catalog(merchant_id)
SELECT document FROM product WHERE merchant_id = :merchant_id ORDER BY id

-- name: put_products(merchant_id, id, document)*!
INSERT INTO product (merchant_id, id, document)
VALUES (:merchant_id, :id, :document)
ON CONFLICT (merchant_id, id) DO UPDATE SET document = excluded.document
