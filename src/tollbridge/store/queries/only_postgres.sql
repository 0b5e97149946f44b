-- Statements that only PostgreSQL understands.

-- name: has_ledger()
SELECT 1 WHERE to_regclass('schema_migration') IS NOT NULL

-- name: lock_ledger()
-- One migration at a time; held to the end of the transaction. The number is ours alone.
SELECT pg_advisory_xact_lock(8646753190412)

-- name: begin_session(lock_timeout, statement_timeout)
-- Durable means durable (DESIGN.md 3): a server that is set to less is raised to "on". Every
-- statement looks rows up by their keys, so one plan serves for all parameters.
SELECT
    set_config('plan_cache_mode', 'force_generic_plan', false),
    set_config('lock_timeout', :lock_timeout, false),
    set_config('statement_timeout', :statement_timeout, false),
    set_config('synchronous_commit', CASE
        WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN 'on'
        ELSE current_setting('synchronous_commit')
    END, false)

-- name: lock_subscriptions(merchant_id, ids)
-- In id order, so that two savers never wait for each other.
SELECT id, revision FROM subscription
WHERE merchant_id = :merchant_id AND id = ANY(:ids::bigint[])
ORDER BY id
FOR UPDATE

-- name: lock_customer(merchant_id, id)
-- Whoever changes the customer waits, whichever subscription it is by.
SELECT 1 FROM customer WHERE merchant_id = :merchant_id AND id = :id
FOR UPDATE

-- name: some_products(merchant_id, ids)
SELECT id, document FROM product
WHERE merchant_id = :merchant_id AND id = ANY(:ids::bigint[])

-- name: attempts(merchant_id, keys)
SELECT
    purchase_id, try_no, key, amount, currency, payment_method_id, opened_at,
    result, reference, code, settled_at
FROM payment_attempt
WHERE merchant_id = :merchant_id AND key = ANY(:keys::text[])
ORDER BY opened_at, purchase_id, try_no

-- name: refunds(merchant_id, keys)
SELECT
    purchase_id, refund_no, key, charge_key, charge_reference, amount, currency, reason, opened_at,
    result, reference, code, settled_at
FROM refund
WHERE merchant_id = :merchant_id AND key = ANY(:keys::text[])
ORDER BY opened_at, purchase_id, refund_no

-- name: held_of_purchase(merchant_id, purchase_ids)
-- Every subscription that any of the purchases has lines of.
SELECT AS held
WHERE s.merchant_id = :merchant_id AND s.id IN (
    SELECT i.subscription_id FROM purchase_item i
    WHERE i.merchant_id = :merchant_id AND i.purchase_id = ANY(:purchase_ids::bigint[])
)
ORDER BY s.id

-- name: held_with_history(merchant_id, id)
-- As held; then superseded item versions and purchase links as JSON arrays, both in the order
-- of the index that they are read from.
SELECT
    s.document,
    (SELECT document FROM merchant WHERE merchant_id = :merchant_id),
    (SELECT mode FROM merchant WHERE merchant_id = :merchant_id),
    (SELECT clock FROM merchant WHERE merchant_id = :merchant_id),
    (SELECT document FROM customer WHERE merchant_id = :merchant_id AND id = s.customer_id),
    (
        SELECT document FROM payment_method
        WHERE merchant_id = :merchant_id AND id = s.payment_method_id
    ),
    (
        SELECT '['::bytea || string_agg(v.document, ','::bytea) || ']'::bytea FROM (
            SELECT document FROM item_version
            WHERE merchant_id = :merchant_id AND subscription_id = s.id
            ORDER BY running_no, version
        ) v
    ),
    (
        SELECT '[[' || string_agg(
            concat_ws(
                ',', l.item_running_no, l.item_version, l.purchase_id, l.running_no,
                l.interval_no, l.billing_interval_no
            ),
            '],['
        ) || ']]' FROM (
            SELECT
                item_running_no, item_version, purchase_id, running_no,
                interval_no, billing_interval_no
            FROM purchase_item
            WHERE merchant_id = :merchant_id AND subscription_id = s.id
            ORDER BY interval_no, billing_interval_no, purchase_id, running_no
        ) l
    )
FROM subscription s
WHERE s.merchant_id = :merchant_id AND s.id = :id

-- name: many_with_history(merchant_id, ids)
SELECT AS held_with_history
WHERE s.merchant_id = :merchant_id AND s.id = ANY(:ids::bigint[])
ORDER BY s.id

-- name: update_subscriptions_in_bulk(merchant_id, id, customer_id, payment_method_id, status, due_at, revision, document)!
-- As update_subscriptions, for an array of values of each column.
UPDATE subscription s SET
    customer_id = u.customer_id,
    payment_method_id = u.payment_method_id,
    status = u.status,
    due_at = u.due_at,
    revision = u.revision,
    document = u.document,
    parked_at = NULL,
    parked_error = ''
FROM unnest(
    :merchant_id::bigint[], :id::bigint[], :customer_id::bigint[],
    :payment_method_id::bigint[], :status::text[], :due_at::bigint[], :revision::integer[],
    :document::bytea[]
) u (merchant_id, id, customer_id, payment_method_id, status, due_at, revision, document)
WHERE s.merchant_id = u.merchant_id AND s.id = u.id

-- name: settle_attempts_in_bulk(merchant_id, purchase_id, try_no, result, reference, code, settled_at)!
UPDATE payment_attempt a SET
    result = u.result, reference = u.reference, code = u.code, settled_at = u.settled_at
FROM unnest(
    :merchant_id::bigint[], :purchase_id::bigint[], :try_no::integer[], :result::text[],
    :reference::text[], :code::text[], :settled_at::bigint[]
) u (merchant_id, purchase_id, try_no, result, reference, code, settled_at)
WHERE a.merchant_id = u.merchant_id AND a.purchase_id = u.purchase_id AND a.try_no = u.try_no

-- name: move_purchases_in_bulk(merchant_id, purchase_id, status, paid_at)!
UPDATE purchase p SET status = u.status, paid_at = u.paid_at
FROM unnest(
    :merchant_id::bigint[], :purchase_id::bigint[], :status::text[], :paid_at::bigint[]
) u (merchant_id, purchase_id, status, paid_at)
WHERE p.merchant_id = u.merchant_id AND p.id = u.purchase_id

-- name: release_claims_in_bulk(merchant_id, subscription_id, purpose, interval_no, billing_interval_no, cause, purchase_id)!
DELETE FROM charge_claim c
USING unnest(
    :merchant_id::bigint[], :subscription_id::bigint[], :purpose::text[],
    :interval_no::integer[], :billing_interval_no::integer[], :cause::integer[],
    :purchase_id::bigint[]
) u (
    merchant_id, subscription_id, purpose, interval_no, billing_interval_no, cause, purchase_id
)
WHERE c.merchant_id = u.merchant_id AND c.subscription_id = u.subscription_id
    AND c.purpose = u.purpose AND c.interval_no = u.interval_no
    AND c.billing_interval_no = u.billing_interval_no AND c.cause = u.cause
    AND c.purchase_id = u.purchase_id

-- name: lock_untold(merchant_id, slot, streams)
-- Of two that tell the same the second waits here, and then does not find them any more.
SELECT stream, subscription_id, sequence FROM untold
WHERE merchant_id = :merchant_id AND slot = :slot AND stream = ANY(:streams::bigint[])
ORDER BY stream, subscription_id, sequence
FOR UPDATE

-- name: lock_lanes(merchant_id, endpoint_id, streams, replays)
-- In the order in which they are given: that of the key, for everybody who locks several. Each by
-- its whole key, whatever the planner knows of the table; so are others below.
SELECT l.stream, l.replay, l.head, l.last, l.tries
FROM unnest(:streams::bigint[], :replays::bigint[]) u (stream, replay)
CROSS JOIN LATERAL (
    SELECT stream, replay, head, last, tries FROM lane
    WHERE merchant_id = :merchant_id AND stream = u.stream AND endpoint_id = :endpoint_id
        AND replay = u.replay
    LIMIT 1
    FOR UPDATE
) l

-- name: claim_lanes(merchant_id, endpoint_id, until, now, leased_until, most)
-- What another is claiming at this moment is passed over; nobody waits.
WITH due AS (
    SELECT d.merchant_id, d.endpoint_id, d.stream, d.replay FROM lane d
    WHERE d.merchant_id = :merchant_id AND d.endpoint_id = :endpoint_id AND d.due_at <= :until
        AND d.leased_until <= :now
    ORDER BY d.due_at, d.stream, d.replay
    LIMIT :most
    FOR UPDATE SKIP LOCKED
)
UPDATE lane l SET leased_until = :leased_until
FROM due
WHERE l.merchant_id = :merchant_id AND due.merchant_id = l.merchant_id AND l.endpoint_id = due.endpoint_id
    AND l.stream = due.stream AND l.replay = due.replay
RETURNING l.stream, l.replay

-- name: lasts_of_lanes(merchant_id, endpoint_id, streams)
SELECT u.stream, l.last
FROM unnest(:streams::bigint[]) u (stream)
CROSS JOIN LATERAL (
    SELECT last FROM lane
    WHERE merchant_id = :merchant_id AND stream = u.stream AND endpoint_id = :endpoint_id
        AND replay = 0
    LIMIT 1
) l

-- name: highest_replays(merchant_id, endpoint_id, streams)
SELECT u.stream, l.replay
FROM unnest(:streams::bigint[]) u (stream)
CROSS JOIN LATERAL (
    SELECT replay FROM lane
    WHERE merchant_id = :merchant_id AND stream = u.stream AND endpoint_id = :endpoint_id
    ORDER BY replay DESC
    LIMIT 1
) l

-- name: first_sequences(merchant_id, notification_ids)
SELECT notification_id, endpoint_id, sequence FROM delivery
WHERE merchant_id = :merchant_id AND notification_id = ANY(:notification_ids::bigint[]) AND replay = 0

-- name: bodies(merchant_id, notification_ids, format)
SELECT notification_id, body FROM notification_body
WHERE merchant_id = :merchant_id AND notification_id = ANY(:notification_ids::bigint[]) AND format = :format

-- name: claimed(merchant_id, endpoint_id, streams, replays, leased_until, format)
-- What `claim_lanes` has just leased, with the notices to be posted.
SELECT
    l.stream, l.replay, l.head, l.last, l.tries, l.due_at,
    n.id, n.type, n.subject, n.at, n.document, (
        SELECT body FROM notification_body
        WHERE merchant_id = :merchant_id AND notification_id = n.id AND format = :format
    )
FROM unnest(:streams::bigint[], :replays::bigint[]) u (stream, replay)
CROSS JOIN LATERAL (
    SELECT stream, replay, head, last, tries, due_at FROM lane
    WHERE merchant_id = :merchant_id AND stream = u.stream AND endpoint_id = :endpoint_id
        AND replay = u.replay AND leased_until = :leased_until
    LIMIT 1
) l
CROSS JOIN LATERAL (
    SELECT notification_id FROM delivery
    WHERE merchant_id = :merchant_id AND stream = l.stream AND endpoint_id = :endpoint_id
        AND replay = l.replay AND sequence = l.head
    LIMIT 1
) d
CROSS JOIN LATERAL (
    SELECT id, type, subject, at, document FROM notification
    WHERE merchant_id = :merchant_id AND id = d.notification_id
    LIMIT 1
) n
ORDER BY l.due_at, l.stream, l.replay

-- name: many_facts(merchant_id, subscription_ids, sequences)
SELECT o.stream, o.subscription_id, o.sequence, o.type, o.subject, o.at, o.frozen
FROM unnest(:subscription_ids::bigint[], :sequences::bigint[]) u (subscription_id, sequence)
CROSS JOIN LATERAL (
    SELECT stream, subscription_id, sequence, type, subject, at, frozen FROM outbox
    WHERE merchant_id = :merchant_id AND subscription_id = u.subscription_id
        AND sequence = u.sequence
    LIMIT 1
) o

-- name: delete_untold_in_bulk(merchant_id, slot, stream, subscription_id, sequence)!
DELETE FROM untold t
USING unnest(
    :merchant_id::bigint[], :slot::integer[], :stream::bigint[], :subscription_id::bigint[],
    :sequence::integer[]
) u (merchant_id, slot, stream, subscription_id, sequence)
WHERE t.merchant_id = u.merchant_id AND t.slot = u.slot AND t.stream = u.stream
    AND t.subscription_id = u.subscription_id AND t.sequence = u.sequence

-- name: grow_lanes_in_bulk(merchant_id, endpoint_id, stream, added, due_at)!
INSERT INTO lane AS l (
    merchant_id, endpoint_id, stream, replay, head, last, tries, due_at, leased_until
)
SELECT u.merchant_id, u.endpoint_id, u.stream, 0, 1, u.added, 0, u.due_at, 0
FROM unnest(
    :merchant_id::bigint[], :endpoint_id::bigint[], :stream::bigint[], :added::integer[],
    :due_at::bigint[]
) u (merchant_id, endpoint_id, stream, added, due_at)
ON CONFLICT (merchant_id, endpoint_id, stream, replay) DO UPDATE SET
    last = l.last + excluded.last, due_at = COALESCE(l.due_at, excluded.due_at)

-- name: put_bodies_in_bulk(merchant_id, notification_id, format, body)!
INSERT INTO notification_body (merchant_id, notification_id, format, body)
SELECT u.merchant_id, u.notification_id, u.format, u.body
FROM unnest(
    :merchant_id::bigint[], :notification_id::bigint[], :format::text[], :body::bytea[]
) u (merchant_id, notification_id, format, body)
ON CONFLICT (merchant_id, notification_id, format) DO NOTHING

-- name: move_lanes_in_bulk(merchant_id, endpoint_id, stream, replay, head, tries, due_at)!
UPDATE lane l SET head = u.head, tries = u.tries, due_at = u.due_at, leased_until = 0
FROM unnest(
    :merchant_id::bigint[], :endpoint_id::bigint[], :stream::bigint[], :replay::integer[],
    :head::integer[], :tries::integer[], :due_at::bigint[]
) u (merchant_id, endpoint_id, stream, replay, head, tries, due_at)
WHERE l.merchant_id = u.merchant_id AND l.endpoint_id = u.endpoint_id AND l.stream = u.stream
    AND l.replay = u.replay

-- name: end_deliveries_in_bulk(merchant_id, endpoint_id, stream, replay, sequence, state, ended_at)!
UPDATE delivery d SET state = u.state, ended_at = u.ended_at
FROM unnest(
    :merchant_id::bigint[], :endpoint_id::bigint[], :stream::bigint[], :replay::integer[],
    :sequence::integer[], :state::text[], :ended_at::bigint[]
) u (merchant_id, endpoint_id, stream, replay, sequence, state, ended_at)
WHERE d.merchant_id = u.merchant_id AND d.endpoint_id = u.endpoint_id AND d.stream = u.stream
    AND d.replay = u.replay AND d.sequence = u.sequence
