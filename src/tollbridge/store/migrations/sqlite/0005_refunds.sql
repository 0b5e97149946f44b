-- Money that goes back: committed before the gateway is called, as payment attempts are.
CREATE TABLE refund (
    merchant_id INTEGER NOT NULL,
    purchase_id INTEGER NOT NULL,
    refund_no INTEGER NOT NULL,
    key TEXT NOT NULL,
    charge_key TEXT NOT NULL,
    charge_reference TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    reason TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    result TEXT,
    reference TEXT NOT NULL DEFAULT '',
    code TEXT NOT NULL DEFAULT '',
    settled_at INTEGER,
    PRIMARY KEY (merchant_id, purchase_id, refund_no)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX refund_key ON refund (merchant_id, key);
CREATE INDEX refund_open ON refund (merchant_id, opened_at) WHERE settled_at IS NULL;

-- What a refund gives back of each line of its purchase.
CREATE TABLE refund_item (
    merchant_id INTEGER NOT NULL,
    purchase_id INTEGER NOT NULL,
    refund_no INTEGER NOT NULL,
    running_no INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    gross INTEGER NOT NULL,
    net INTEGER NOT NULL,
    vat INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, purchase_id, refund_no, running_no)
) STRICT, WITHOUT ROWID;
