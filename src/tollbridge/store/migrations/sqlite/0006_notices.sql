-- Facts carry the stream that notices of them are kept in order by; what is not told yet is listed.
ALTER TABLE outbox ADD COLUMN stream INTEGER NOT NULL DEFAULT 0;

UPDATE outbox SET stream = subscription_id;

CREATE TABLE untold (
    merchant_id INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, slot, stream, subscription_id, sequence)
) STRICT, WITHOUT ROWID;

INSERT INTO untold (merchant_id, slot, stream, subscription_id, sequence)
SELECT merchant_id, stream & 15, stream, subscription_id, sequence FROM outbox;
