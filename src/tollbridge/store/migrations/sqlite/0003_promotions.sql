-- Promotions (documents), the codes by which they are looked up (folded), and the uses of those
-- that have a limit: a use is a number up to the limit that one subscription holds (R15).

CREATE TABLE promotion (
    merchant_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT;

CREATE TABLE coupon_code (
    merchant_id INTEGER NOT NULL,
    code TEXT NOT NULL,
    promotion_id INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, code)
) STRICT, WITHOUT ROWID;

CREATE INDEX coupon_code_promotion ON coupon_code (merchant_id, promotion_id);

CREATE TABLE coupon_use (
    merchant_id INTEGER NOT NULL,
    promotion_id INTEGER NOT NULL,
    use_no INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, promotion_id, use_no)
) STRICT, WITHOUT ROWID;

CREATE INDEX coupon_use_subscription ON coupon_use (merchant_id, subscription_id);
