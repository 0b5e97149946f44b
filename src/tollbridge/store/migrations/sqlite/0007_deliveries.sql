-- Notices: who is told (endpoint), of what (notification), and how it reaches them (lane, delivery,
-- delivery_attempt). Replayed notices have a lane of their own: `replay` is 0 for all others.
CREATE TABLE endpoint (
    merchant_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    active INTEGER NOT NULL,
    disabled_at INTEGER,
    document BLOB NOT NULL,
    signing BLOB NOT NULL,
    previous BLOB NOT NULL,
    previous_until INTEGER,
    password BLOB NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT;

CREATE TABLE notification (
    merchant_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    type TEXT NOT NULL,
    stream INTEGER NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT;

CREATE INDEX notification_at ON notification (merchant_id, at, id);
CREATE INDEX notification_type ON notification (merchant_id, type, at, id);

CREATE TABLE notification_fact (
    merchant_id INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    notification_id INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, subscription_id, sequence, notification_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE notification_body (
    merchant_id INTEGER NOT NULL,
    notification_id INTEGER NOT NULL,
    format TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (merchant_id, notification_id, format)
) STRICT;

-- The head is the first delivery that has not ended; due_at is when it is posted next, NULL where
-- nothing waits. What waits behind heads stands in no index that work is claimed from. The keys
-- begin with the stream, so that lanes of an endpoint are looked for along lane_due alone.
CREATE TABLE lane (
    merchant_id INTEGER NOT NULL,
    endpoint_id INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    replay INTEGER NOT NULL,
    head INTEGER NOT NULL,
    last INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    due_at INTEGER,
    leased_until INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, stream, endpoint_id, replay)
) STRICT, WITHOUT ROWID;

CREATE INDEX lane_due ON lane (merchant_id, endpoint_id, due_at, stream, replay)
    WHERE due_at IS NOT NULL;

CREATE TABLE delivery (
    merchant_id INTEGER NOT NULL,
    endpoint_id INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    replay INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    notification_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (merchant_id, stream, endpoint_id, replay, sequence)
) STRICT;

CREATE INDEX delivery_notification ON delivery (merchant_id, notification_id);
CREATE INDEX delivery_state ON delivery (merchant_id, state, notification_id)
    WHERE state <> 'delivered';

CREATE TABLE delivery_attempt (
    merchant_id INTEGER NOT NULL,
    endpoint_id INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    replay INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    posted_at INTEGER NOT NULL,
    status INTEGER,
    microseconds INTEGER NOT NULL,
    reply BLOB NOT NULL,
    error TEXT NOT NULL,
    chaos TEXT NOT NULL,
    PRIMARY KEY (merchant_id, stream, endpoint_id, replay, sequence, number)
) STRICT;
