-- Due work is claimed by slot: id & 15, that is id % 16 (`ports.SLOTS`). What failed is parked in
-- its own row, so that it is not even in the index of what is due.
ALTER TABLE subscription
    ADD COLUMN parked_at BIGINT,
    ADD COLUMN parked_error TEXT NOT NULL DEFAULT '';

DROP INDEX subscription_due;
CREATE INDEX subscription_due ON subscription (merchant_id, (id & 15), due_at, id)
    WHERE due_at IS NOT NULL AND parked_at IS NULL;
CREATE INDEX subscription_parked ON subscription (merchant_id, parked_at, id)
    WHERE parked_at IS NOT NULL;

-- Who bills a slot, until when (wall time).
CREATE TABLE worker_slot (
    merchant_id BIGINT NOT NULL,
    slot INTEGER NOT NULL,
    holder TEXT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, slot)
);

-- Wall time; of attempts from before it is only known that they are old.
ALTER TABLE payment_attempt ADD COLUMN recorded_at BIGINT NOT NULL DEFAULT 0;
