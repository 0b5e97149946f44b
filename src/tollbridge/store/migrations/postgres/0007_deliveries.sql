-- Notices: who is told (endpoint), of what (notification), and how it reaches them (lane, delivery,
-- delivery_attempt). Replayed notices have a lane of their own: `replay` is 0 for all others.
CREATE TABLE endpoint (
    merchant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    active INTEGER NOT NULL,
    disabled_at BIGINT,
    document BYTEA NOT NULL,
    signing BYTEA NOT NULL,
    previous BYTEA NOT NULL,
    previous_until BIGINT,
    password BYTEA NOT NULL,
    PRIMARY KEY (merchant_id, id)
);

CREATE TABLE notification (
    merchant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    type TEXT NOT NULL,
    stream BIGINT NOT NULL,
    subject TEXT NOT NULL,
    at BIGINT NOT NULL,
    document BYTEA NOT NULL,
    PRIMARY KEY (merchant_id, id)
);

CREATE INDEX notification_at ON notification (merchant_id, at, id);
CREATE INDEX notification_type ON notification (merchant_id, type, at, id);

CREATE TABLE notification_fact (
    merchant_id BIGINT NOT NULL,
    subscription_id BIGINT NOT NULL,
    sequence INTEGER NOT NULL,
    notification_id BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, subscription_id, sequence, notification_id)
);

CREATE TABLE notification_body (
    merchant_id BIGINT NOT NULL,
    notification_id BIGINT NOT NULL,
    format TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (merchant_id, notification_id, format)
);

-- The head is the first delivery that has not ended; due_at is when it is posted next, NULL where
-- nothing waits. What waits behind heads stands in no index that work is claimed from. The keys
-- begin with the stream, so that lanes of an endpoint are looked for along lane_due alone.
CREATE TABLE lane (
    merchant_id BIGINT NOT NULL,
    endpoint_id BIGINT NOT NULL,
    stream BIGINT NOT NULL,
    replay INTEGER NOT NULL,
    head INTEGER NOT NULL,
    last INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    due_at BIGINT,
    leased_until BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, stream, endpoint_id, replay)
);

CREATE INDEX lane_due ON lane (merchant_id, endpoint_id, due_at, stream, replay)
    WHERE due_at IS NOT NULL;

CREATE TABLE delivery (
    merchant_id BIGINT NOT NULL,
    endpoint_id BIGINT NOT NULL,
    stream BIGINT NOT NULL,
    replay INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    notification_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (merchant_id, stream, endpoint_id, replay, sequence)
);

CREATE INDEX delivery_notification ON delivery (merchant_id, notification_id);
CREATE INDEX delivery_state ON delivery (merchant_id, state, notification_id)
    WHERE state <> 'delivered';

CREATE TABLE delivery_attempt (
    merchant_id BIGINT NOT NULL,
    endpoint_id BIGINT NOT NULL,
    stream BIGINT NOT NULL,
    replay INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at BIGINT NOT NULL,
    posted_at BIGINT NOT NULL,
    status INTEGER,
    microseconds BIGINT NOT NULL,
    reply BYTEA NOT NULL,
    error TEXT NOT NULL,
    chaos TEXT NOT NULL,
    PRIMARY KEY (merchant_id, stream, endpoint_id, replay, sequence, number)
);
