-- Mails to customers.

-- name: insert_mails(merchant_id, id, kind, state, subscription_id, shared_with, purchase_id, customer_id, address, created_at, due_at, tries, sent_at, subject, error, message_id, document)*!
INSERT INTO mail (
    merchant_id, id, kind, state, subscription_id, shared_with, purchase_id, customer_id, address,
    created_at, due_at, tries, sent_at, subject, error, message_id, document
)
VALUES (
    :merchant_id, :id, :kind, :state, :subscription_id, :shared_with, :purchase_id, :customer_id,
    :address, :created_at, :due_at, :tries, :sent_at, :subject, :error, :message_id, :document
)

-- name: mails(merchant_id, kind, state, address, subscription_id, shared_with, purchase_id, at, below, most)
-- The newest first. An empty text or 0 is any.
SELECT
    m.id, m.kind, m.state, m.subscription_id, m.purchase_id, m.customer_id, m.created_at,
    m.due_at, m.tries, m.sent_at, m.subject, m.error, m.message_id, m.document
FROM mail m
WHERE m.merchant_id = :merchant_id AND (m.created_at, m.id) < (:at, :below)
    AND (:kind = '' OR m.kind = :kind) AND (:state = '' OR m.state = :state)
    AND (:address = '' OR m.address = :address)
    AND (
        :subscription_id = 0 OR m.subscription_id = :subscription_id
        OR m.shared_with LIKE :shared_with
    )
    AND (:purchase_id = 0 OR m.purchase_id = :purchase_id)
ORDER BY m.created_at DESC, m.id DESC
LIMIT :most

-- name: mails_of_customer(merchant_id, customer_id, kind, state, address, subscription_id, shared_with, purchase_id, at, below, most)
SELECT AS mails
WHERE m.merchant_id = :merchant_id AND m.customer_id = :customer_id
    AND (m.created_at, m.id) < (:at, :below)
    AND (:kind = '' OR m.kind = :kind) AND (:state = '' OR m.state = :state)
    AND (:address = '' OR m.address = :address)
    AND (
        :subscription_id = 0 OR m.subscription_id = :subscription_id
        OR m.shared_with LIKE :shared_with
    )
    AND (:purchase_id = 0 OR m.purchase_id = :purchase_id)
ORDER BY m.created_at DESC, m.id DESC
LIMIT :most

-- name: mail(merchant_id, id)
SELECT AS mails
WHERE m.merchant_id = :merchant_id AND m.id = :id

-- name: mails_to_send(merchant_id, until, most)
SELECT AS mails
WHERE m.merchant_id = :merchant_id AND m.due_at <= :until
ORDER BY m.due_at, m.id
LIMIT :most

-- name: note_mail(merchant_id, id, state, due_at, tries, sent_at, subject, error, message_id, state_before, tries_before)!
-- Whoever noted something since has changed the state or the tries.
UPDATE mail SET
    state = :state, due_at = :due_at, tries = :tries, sent_at = :sent_at, subject = :subject,
    error = :error, message_id = :message_id
WHERE merchant_id = :merchant_id AND id = :id AND state = :state_before AND tries = :tries_before

-- name: customer_of_subscription(merchant_id, id)
SELECT customer_id FROM subscription WHERE merchant_id = :merchant_id AND id = :id

-- name: customer_of_purchase(merchant_id, id)
SELECT customer_id FROM purchase WHERE merchant_id = :merchant_id AND id = :id
