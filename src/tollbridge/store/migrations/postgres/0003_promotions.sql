-- Promotions (documents), the codes by which they are looked up (folded), and the uses of those
-- that have a limit: a use is a number up to the limit that one subscription holds (R15).

CREATE TABLE promotion (
    merchant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    document BYTEA NOT NULL,
    PRIMARY KEY (merchant_id, id)
);

CREATE TABLE coupon_code (
    merchant_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    promotion_id BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, code)
);

CREATE INDEX coupon_code_promotion ON coupon_code (merchant_id, promotion_id);

CREATE TABLE coupon_use (
    merchant_id BIGINT NOT NULL,
    promotion_id BIGINT NOT NULL,
    use_no BIGINT NOT NULL,
    subscription_id BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, promotion_id, use_no)
);

CREATE INDEX coupon_use_subscription ON coupon_use (merchant_id, subscription_id);
