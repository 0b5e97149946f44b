-- Subscription documents, superseded item versions, journal and outbox.

-- name: held(merchant_id, id)
-- Everything a decision or an answer needs, in one go. Subqueries by whole primary keys instead
-- of joins: PostgreSQL could only choose the order of joins by statistics, and with all rows of
-- one merchant, or none gathered yet, it begins with every customer.
SELECT
    s.document,
    (SELECT document FROM merchant WHERE merchant_id = :merchant_id),
    (SELECT mode FROM merchant WHERE merchant_id = :merchant_id),
    (SELECT clock FROM merchant WHERE merchant_id = :merchant_id),
    (SELECT document FROM customer WHERE merchant_id = :merchant_id AND id = s.customer_id),
    (
        SELECT document FROM payment_method
        WHERE merchant_id = :merchant_id AND id = s.payment_method_id
    )
FROM subscription s
WHERE s.merchant_id = :merchant_id AND s.id = :id

-- name: of_purchase(merchant_id, purchase_id)
-- The subscriptions that the purchase has lines of.
SELECT DISTINCT subscription_id FROM purchase_item
WHERE merchant_id = :merchant_id AND purchase_id = :purchase_id

-- name: of_customer(merchant_id, customer_id)
-- The customer's subscriptions; one row with NULL when there are none.
SELECT s.id FROM customer c
LEFT JOIN subscription s ON s.merchant_id = c.merchant_id AND s.customer_id = c.id
WHERE c.merchant_id = :merchant_id AND c.id = :customer_id

-- name: of_reference(merchant_id, reference_id)
-- Several customers may have the same reference.
SELECT s.id FROM customer c
LEFT JOIN subscription s ON s.merchant_id = c.merchant_id AND s.customer_id = c.id
WHERE c.merchant_id = :merchant_id AND c.reference_id = :reference_id

-- name: of_email(merchant_id, email)
-- The address of any contact, folded.
SELECT s.id FROM contact c
LEFT JOIN subscription s ON s.merchant_id = c.merchant_id AND s.customer_id = c.customer_id
WHERE c.merchant_id = :merchant_id AND c.email = :email

-- name: subscription_ids(merchant_id, above, page)
-- Of any table that names a subscription; each of them is read in the order of an index.
SELECT id FROM (
    SELECT id FROM subscription
    WHERE merchant_id = :merchant_id AND id > :above ORDER BY id LIMIT :page
) page_s
UNION SELECT subscription_id FROM (
    SELECT DISTINCT subscription_id FROM journal
    WHERE merchant_id = :merchant_id AND subscription_id > :above
    ORDER BY subscription_id LIMIT :page
) page_j
UNION SELECT subscription_id FROM (
    SELECT DISTINCT subscription_id FROM outbox
    WHERE merchant_id = :merchant_id AND subscription_id > :above
    ORDER BY subscription_id LIMIT :page
) page_o
UNION SELECT subscription_id FROM (
    SELECT DISTINCT subscription_id FROM item_version
    WHERE merchant_id = :merchant_id AND subscription_id > :above
    ORDER BY subscription_id LIMIT :page
) page_v
UNION SELECT subscription_id FROM (
    SELECT DISTINCT subscription_id FROM purchase_item
    WHERE merchant_id = :merchant_id AND subscription_id > :above
    ORDER BY subscription_id LIMIT :page
) page_i
UNION SELECT subscription_id FROM (
    SELECT DISTINCT subscription_id FROM charge_claim
    WHERE merchant_id = :merchant_id AND subscription_id > :above
    ORDER BY subscription_id LIMIT :page
) page_c
UNION SELECT subscription_id FROM (
    SELECT DISTINCT subscription_id FROM posting
    WHERE merchant_id = :merchant_id AND subscription_id > :above
    ORDER BY subscription_id LIMIT :page
) page_p
UNION SELECT subscription_id FROM (
    SELECT DISTINCT subscription_id FROM coupon_use
    WHERE merchant_id = :merchant_id AND subscription_id > :above
    ORDER BY subscription_id LIMIT :page
) page_u
ORDER BY id
LIMIT :page

-- name: stored_subscription(merchant_id, subscription_id)
SELECT customer_id, payment_method_id, status, due_at, revision, document FROM subscription
WHERE merchant_id = :merchant_id AND id = :subscription_id

-- name: insert_subscriptions(merchant_id, id, customer_id, payment_method_id, status, due_at, revision, document)*!
INSERT INTO subscription (
    merchant_id, id, customer_id, payment_method_id, status, due_at, revision, document
) VALUES (
    :merchant_id, :id, :customer_id, :payment_method_id, :status, :due_at, :revision, :document
)

-- name: update_subscriptions(merchant_id, id, customer_id, payment_method_id, status, due_at, revision, document)*!
-- The row is locked and its revision compared before (lock_subscriptions). Whatever changes a
-- subscription unparks it.
UPDATE subscription SET
    customer_id = :customer_id,
    payment_method_id = :payment_method_id,
    status = :status,
    due_at = :due_at,
    revision = :revision,
    document = :document,
    parked_at = NULL,
    parked_error = ''
WHERE merchant_id = :merchant_id AND id = :id

-- name: insert_versions(merchant_id, subscription_id, running_no, version, document)*!
INSERT INTO item_version (merchant_id, subscription_id, running_no, version, document)
VALUES (:merchant_id, :subscription_id, :running_no, :version, :document)

-- name: versions(merchant_id, subscription_id)
SELECT running_no, version, document FROM item_version
WHERE merchant_id = :merchant_id AND subscription_id = :subscription_id
ORDER BY running_no, version

-- name: insert_journal(merchant_id, subscription_id, sequence, type, version, payload, at, recorded_at, actor, command, command_id, position)*!
INSERT INTO journal (
    merchant_id, subscription_id, sequence, type, version, payload, at, recorded_at,
    actor, command, command_id, position
) VALUES (
    :merchant_id, :subscription_id, :sequence, :type, :version, :payload, :at, :recorded_at,
    :actor, :command, :command_id, :position
)

-- name: journal(merchant_id, subscription_id)
SELECT sequence, type, version, payload, at, recorded_at, actor, command, command_id
FROM journal
WHERE merchant_id = :merchant_id AND subscription_id = :subscription_id
ORDER BY sequence

-- name: journal_of_command(merchant_id, command_id)
SELECT
    subscription_id, sequence, type, version, payload, at, recorded_at, actor, command, command_id
FROM journal
WHERE merchant_id = :merchant_id AND command_id = :command_id
ORDER BY subscription_id, sequence

-- name: command_saved(merchant_id, command_id)
-- Whether anything of the command was committed: asked when the answer to COMMIT was lost.
SELECT 1 FROM journal WHERE merchant_id = :merchant_id AND command_id = :command_id LIMIT 1

-- name: insert_facts(merchant_id, subscription_id, sequence, stream, type, subject, at, frozen)*!
INSERT INTO outbox (merchant_id, subscription_id, sequence, stream, type, subject, at, frozen)
VALUES (:merchant_id, :subscription_id, :sequence, :stream, :type, :subject, :at, :frozen)

-- name: insert_untold(merchant_id, slot, stream, subscription_id, sequence)*!
INSERT INTO untold (merchant_id, slot, stream, subscription_id, sequence)
VALUES (:merchant_id, :slot, :stream, :subscription_id, :sequence)

-- name: facts(merchant_id, subscription_id)
SELECT sequence, stream, type, subject, at, frozen FROM outbox
WHERE merchant_id = :merchant_id AND subscription_id = :subscription_id
ORDER BY sequence
