-- Promotions, their coupon codes, and the uses of those that may be used so often (R15).

-- name: promotions(merchant_id)
SELECT document FROM promotion WHERE merchant_id = :merchant_id ORDER BY id

-- name: promotion_of_code(merchant_id, code)
SELECT p.document
FROM coupon_code c
JOIN promotion p ON p.merchant_id = c.merchant_id AND p.id = c.promotion_id
WHERE c.merchant_id = :merchant_id AND c.code = :code

-- name: put_promotions(merchant_id, id, document)*!
INSERT INTO promotion (merchant_id, id, document) VALUES (:merchant_id, :id, :document)
ON CONFLICT (merchant_id, id) DO UPDATE SET document = excluded.document

-- name: delete_codes(merchant_id, promotion_id)*!
DELETE FROM coupon_code WHERE merchant_id = :merchant_id AND promotion_id = :promotion_id

-- name: insert_codes(merchant_id, code, promotion_id)*!
INSERT INTO coupon_code (merchant_id, code, promotion_id)
VALUES (:merchant_id, :code, :promotion_id)

-- name: use_bounds(merchant_id, promotion_id)
-- Each end is one step in the index.
SELECT
    (
        SELECT min(use_no) FROM coupon_use
        WHERE merchant_id = :merchant_id AND promotion_id = :promotion_id
    ),
    (
        SELECT max(use_no) FROM coupon_use
        WHERE merchant_id = :merchant_id AND promotion_id = :promotion_id
    )

-- name: uses_counted(merchant_id, promotion_id)
SELECT count(*) FROM coupon_use
WHERE merchant_id = :merchant_id AND promotion_id = :promotion_id

-- name: given_back(merchant_id, promotion_id, most, page)
-- Numbers that are free behind one that is not.
SELECT u.use_no + 1
FROM coupon_use u
LEFT JOIN coupon_use n
    ON n.merchant_id = u.merchant_id AND n.promotion_id = u.promotion_id
    AND n.use_no = u.use_no + 1
WHERE u.merchant_id = :merchant_id AND u.promotion_id = :promotion_id
    AND u.use_no < :most AND n.use_no IS NULL
ORDER BY u.use_no
LIMIT :page

-- name: release_coupon_uses(merchant_id, promotion_id, use_no, subscription_id)*!
DELETE FROM coupon_use
WHERE merchant_id = :merchant_id AND promotion_id = :promotion_id AND use_no = :use_no
    AND subscription_id = :subscription_id

-- name: insert_coupon_uses(merchant_id, promotion_id, use_no, subscription_id)*!
-- R15: whoever comes second hits the primary key, and decides again with another number.
INSERT INTO coupon_use (merchant_id, promotion_id, use_no, subscription_id)
VALUES (:merchant_id, :promotion_id, :use_no, :subscription_id)

-- name: coupon_uses_of(merchant_id, subscription_id)
SELECT promotion_id, use_no FROM coupon_use
WHERE merchant_id = :merchant_id AND subscription_id = :subscription_id
ORDER BY promotion_id, use_no
