-- Customers with their contacts, and payment methods.

-- name: customer(merchant_id, id)
SELECT
    c.reference_id, c.reference_no,
    billing.document, delivery.document, licensee.document
FROM customer c
JOIN contact billing
    ON billing.merchant_id = c.merchant_id AND billing.customer_id = c.id
    AND billing.role = 'billing'
LEFT JOIN contact delivery
    ON delivery.merchant_id = c.merchant_id AND delivery.customer_id = c.id
    AND delivery.role = 'delivery'
LEFT JOIN contact licensee
    ON licensee.merchant_id = c.merchant_id AND licensee.customer_id = c.id
    AND licensee.role = 'licensee'
WHERE c.merchant_id = :merchant_id AND c.id = :id

-- name: payment_method(merchant_id, id)
SELECT document FROM payment_method WHERE merchant_id = :merchant_id AND id = :id

-- name: insert_customers(merchant_id, id, reference_id, reference_no)*!
INSERT INTO customer (merchant_id, id, reference_id, reference_no)
VALUES (:merchant_id, :id, :reference_id, :reference_no)

-- name: insert_contacts(merchant_id, customer_id, role, email, country_id, document)*!
INSERT INTO contact (merchant_id, customer_id, role, email, country_id, document)
VALUES (:merchant_id, :customer_id, :role, :email, :country_id, :document)

-- name: update_customers(merchant_id, id, reference_id, reference_no)*!
UPDATE customer SET reference_id = :reference_id, reference_no = :reference_no
WHERE merchant_id = :merchant_id AND id = :id

-- name: put_contacts(merchant_id, customer_id, role, email, country_id, document)*!
INSERT INTO contact (merchant_id, customer_id, role, email, country_id, document)
VALUES (:merchant_id, :customer_id, :role, :email, :country_id, :document)
ON CONFLICT (merchant_id, customer_id, role) DO UPDATE SET
    email = excluded.email, country_id = excluded.country_id, document = excluded.document

-- name: delete_contacts(merchant_id, customer_id, role)*!
DELETE FROM contact
WHERE merchant_id = :merchant_id AND customer_id = :customer_id AND role = :role

-- name: update_payment_methods(merchant_id, id, document)*!
UPDATE payment_method SET document = :document WHERE merchant_id = :merchant_id AND id = :id

-- name: insert_payment_methods(merchant_id, id, document)*!
INSERT INTO payment_method (merchant_id, id, document) VALUES (:merchant_id, :id, :document)
