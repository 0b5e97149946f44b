-- Deliveries: what is due, what came of it, and the log of notifications.

-- name: due_endpoints(merchant_id, until, now)
SELECT e.id FROM endpoint e
WHERE e.merchant_id = :merchant_id AND e.active = 1 AND EXISTS (
    SELECT 1 FROM lane l
    WHERE l.merchant_id = :merchant_id AND l.endpoint_id = e.id AND l.due_at <= :until
        AND l.leased_until <= :now
)

-- name: earliest_delivery(merchant_id)
-- One step in the index for each endpoint.
SELECT min(due_at) FROM (
    SELECT (
        SELECT l.due_at FROM lane l
        WHERE l.merchant_id = :merchant_id AND l.endpoint_id = e.id AND l.due_at IS NOT NULL
        ORDER BY l.due_at
        LIMIT 1
    ) AS due_at
    FROM endpoint e
    WHERE e.merchant_id = :merchant_id AND e.active = 1
) page_earliest

-- name: following(merchant_id, endpoint_id, stream, replay, sequence, format)
-- The columns of `claimed`, of the one behind.
SELECT
    d.stream, d.replay, d.sequence, l.last, 0, l.due_at,
    n.id, n.type, n.subject, n.at, n.document, b.body
FROM delivery d
JOIN lane l ON l.merchant_id = d.merchant_id AND l.endpoint_id = d.endpoint_id
    AND l.stream = d.stream AND l.replay = d.replay
JOIN notification n ON n.merchant_id = d.merchant_id AND n.id = d.notification_id
LEFT JOIN notification_body b ON b.merchant_id = n.merchant_id AND b.notification_id = n.id
    AND b.format = :format
WHERE d.merchant_id = :merchant_id AND d.endpoint_id = :endpoint_id AND d.stream = :stream
    AND d.replay = :replay AND d.sequence = :sequence

-- name: insert_bodies(merchant_id, notification_id, format, body)*!
INSERT INTO notification_body (merchant_id, notification_id, format, body)
VALUES (:merchant_id, :notification_id, :format, :body)

-- name: put_bodies(merchant_id, notification_id, format, body)*!
-- Two endpoints may want the same one at once: who comes first is right.
INSERT INTO notification_body (merchant_id, notification_id, format, body)
VALUES (:merchant_id, :notification_id, :format, :body)
ON CONFLICT (merchant_id, notification_id, format) DO NOTHING

-- name: move_lanes(merchant_id, endpoint_id, stream, replay, head, tries, due_at)*!
UPDATE lane SET head = :head, tries = :tries, due_at = :due_at, leased_until = 0
WHERE merchant_id = :merchant_id AND endpoint_id = :endpoint_id AND stream = :stream
    AND replay = :replay

-- name: release_lanes(merchant_id, endpoint_id, stream, replay, leased_until)*!
-- Unless somebody has taken it over since.
UPDATE lane SET leased_until = 0
WHERE merchant_id = :merchant_id AND endpoint_id = :endpoint_id AND stream = :stream
    AND replay = :replay AND leased_until = :leased_until

-- name: end_deliveries(merchant_id, endpoint_id, stream, replay, sequence, state, ended_at)*!
UPDATE delivery SET state = :state, ended_at = :ended_at
WHERE merchant_id = :merchant_id AND endpoint_id = :endpoint_id AND stream = :stream
    AND replay = :replay AND sequence = :sequence

-- name: insert_delivery_attempts(merchant_id, endpoint_id, stream, replay, sequence, number, at, posted_at, status, microseconds, reply, error, chaos)*!
INSERT INTO delivery_attempt (
    merchant_id, endpoint_id, stream, replay, sequence, number, at, posted_at, status,
    microseconds, reply, error, chaos
)
VALUES (
    :merchant_id, :endpoint_id, :stream, :replay, :sequence, :number, :at, :posted_at, :status,
    :microseconds, :reply, :error, :chaos
)

-- name: insert_lanes(merchant_id, endpoint_id, stream, replay, head, last, tries, due_at, leased_until)*!
INSERT INTO lane (
    merchant_id, endpoint_id, stream, replay, head, last, tries, due_at, leased_until
)
VALUES (
    :merchant_id, :endpoint_id, :stream, :replay, :head, :last, :tries, :due_at, :leased_until
)

-- name: notifications(merchant_id, type, since, until, state, at, below, most)
-- The newest first. An empty type or state is any; what is another state than delivered is asked
-- for by `notifications_in_state`.
SELECT n.id, n.type, n.stream, n.subject, n.at, n.document
FROM notification n
WHERE n.merchant_id = :merchant_id AND n.at >= :since AND n.at < :until
    AND (n.at, n.id) < (:at, :below)
    AND (:type = '' OR n.type = :type)
    AND (:state = '' OR EXISTS (
        SELECT 1 FROM delivery d
        WHERE d.merchant_id = :merchant_id AND d.notification_id = n.id AND d.state = :state
    ))
ORDER BY n.at DESC, n.id DESC
LIMIT :most

-- name: notifications_of_type(merchant_id, type, since, until, state, at, below, most)
SELECT AS notifications
WHERE n.merchant_id = :merchant_id AND n.type = :type AND n.at >= :since AND n.at < :until
    AND (n.at, n.id) < (:at, :below)
    AND (:state = '' OR EXISTS (
        SELECT 1 FROM delivery d
        WHERE d.merchant_id = :merchant_id AND d.notification_id = n.id AND d.state = :state
    ))
ORDER BY n.at DESC, n.id DESC
LIMIT :most

-- name: notifications_of_subscription(merchant_id, subscription_id, type, since, until, state, at, below, most)
-- `+n.at` is in no index: the few of the subscription are looked up, nothing is gone through.
SELECT AS notifications
WHERE n.merchant_id = :merchant_id AND n.id IN (
        SELECT f.notification_id FROM notification_fact f
        WHERE f.merchant_id = :merchant_id AND f.subscription_id = :subscription_id
    )
    AND +n.at >= :since AND +n.at < :until AND (+n.at, n.id) < (:at, :below)
    AND (:type = '' OR n.type = :type)
    AND (:state = '' OR EXISTS (
        SELECT 1 FROM delivery d
        WHERE d.merchant_id = :merchant_id AND d.notification_id = n.id AND d.state = :state
    ))
ORDER BY +n.at DESC, n.id DESC
LIMIT :most

-- name: notifications_in_state(merchant_id, type, since, until, state, at, below, most)
-- Few are in any state but delivered, and they have an index of their own; `+n.at` as above.
SELECT AS notifications
WHERE n.merchant_id = :merchant_id AND n.id IN (
        SELECT d.notification_id FROM delivery d
        WHERE d.merchant_id = :merchant_id AND d.state = :state AND d.state <> 'delivered'
    )
    AND +n.at >= :since AND +n.at < :until AND (+n.at, n.id) < (:at, :below)
    AND (:type = '' OR n.type = :type)
ORDER BY +n.at DESC, n.id DESC
LIMIT :most

-- name: notification(merchant_id, id)
SELECT AS notifications
WHERE n.merchant_id = :merchant_id AND n.id = :id

-- name: bodies_of(merchant_id, notification_id)
SELECT format, body FROM notification_body
WHERE merchant_id = :merchant_id AND notification_id = :notification_id

-- name: deliveries_of(merchant_id, notification_id)
SELECT
    d.endpoint_id, d.stream, d.replay, d.sequence, d.state, d.ended_at,
    l.head, l.tries, l.due_at,
    (
        SELECT max(a.number) FROM delivery_attempt a
        WHERE a.merchant_id = :merchant_id AND a.endpoint_id = d.endpoint_id
            AND a.stream = d.stream AND a.replay = d.replay AND a.sequence = d.sequence
    )
FROM delivery d
JOIN lane l ON l.merchant_id = d.merchant_id AND l.endpoint_id = d.endpoint_id
    AND l.stream = d.stream AND l.replay = d.replay
WHERE d.merchant_id = :merchant_id AND d.notification_id = :notification_id
ORDER BY +d.endpoint_id, d.replay

-- name: attempts_of_notification(merchant_id, notification_id)
SELECT
    a.endpoint_id, a.stream, a.replay, a.sequence, a.number, a.at, a.posted_at, a.status,
    a.microseconds, a.reply, a.error, a.chaos
FROM delivery d
CROSS JOIN delivery_attempt a
WHERE a.merchant_id = d.merchant_id AND a.endpoint_id = d.endpoint_id
    AND a.stream = d.stream AND a.replay = d.replay AND a.sequence = d.sequence
    AND d.merchant_id = :merchant_id AND d.notification_id = :notification_id
ORDER BY a.posted_at, a.endpoint_id, a.replay, a.number

-- name: attempts_to(merchant_id, endpoint_id, posted_at)
SELECT
    a.endpoint_id, a.stream, a.replay, a.sequence, a.number, a.at, a.posted_at, a.status,
    a.microseconds, a.reply, a.error, a.chaos,
    n.id, n.type, n.stream, n.subject, n.at, n.document
FROM delivery_attempt a
CROSS JOIN delivery d
CROSS JOIN notification n
WHERE d.merchant_id = a.merchant_id AND d.endpoint_id = a.endpoint_id
    AND d.stream = a.stream AND d.replay = a.replay AND d.sequence = a.sequence
    AND n.merchant_id = d.merchant_id AND n.id = d.notification_id
    AND a.merchant_id = :merchant_id AND a.endpoint_id = :endpoint_id
    AND a.posted_at >= :posted_at
ORDER BY a.posted_at, a.stream, a.replay, a.sequence, a.number

-- name: count_deliveries(merchant_id, state, most)
SELECT count(*) FROM (
    SELECT 1 FROM delivery d
    JOIN endpoint e ON e.merchant_id = d.merchant_id AND e.id = d.endpoint_id
    WHERE d.merchant_id = :merchant_id AND d.state = :state AND d.state <> 'delivered'
        AND e.active = 1
    LIMIT :most
) page_deliveries

-- name: lanes_of_stream(merchant_id, stream)
SELECT endpoint_id, replay, head, last, due_at FROM lane
WHERE merchant_id = :merchant_id AND stream = :stream
ORDER BY endpoint_id, replay

-- name: deliveries_of_stream(merchant_id, stream)
SELECT endpoint_id, replay, sequence, state FROM delivery
WHERE merchant_id = :merchant_id AND stream = :stream
ORDER BY endpoint_id, replay, sequence
