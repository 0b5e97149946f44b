-- Money that goes back: committed before the gateway is called, as payment attempts are.
CREATE TABLE refund (
    merchant_id BIGINT NOT NULL,
    purchase_id BIGINT NOT NULL,
    refund_no INTEGER NOT NULL,
    key TEXT NOT NULL,
    charge_key TEXT NOT NULL,
    charge_reference TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reason TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    result TEXT,
    reference TEXT NOT NULL DEFAULT '',
    code TEXT NOT NULL DEFAULT '',
    settled_at BIGINT,
    PRIMARY KEY (merchant_id, purchase_id, refund_no)
);

CREATE UNIQUE INDEX refund_key ON refund (merchant_id, key);
CREATE INDEX refund_open ON refund (merchant_id, opened_at) WHERE settled_at IS NULL;

-- What a refund gives back of each line of its purchase.
CREATE TABLE refund_item (
    merchant_id BIGINT NOT NULL,
    purchase_id BIGINT NOT NULL,
    refund_no INTEGER NOT NULL,
    running_no INTEGER NOT NULL,
    subscription_id BIGINT NOT NULL,
    gross BIGINT NOT NULL,
    net BIGINT NOT NULL,
    vat BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, purchase_id, refund_no, running_no)
);
