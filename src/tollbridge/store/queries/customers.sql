-- Customers with their contacts, and payment methods.

-- name: customer(merchant_id, id)
SELECT document FROM customer WHERE merchant_id = :merchant_id AND id = :id

-- name: stored_customer(merchant_id, customer_id)
SELECT reference_id, document FROM customer
WHERE merchant_id = :merchant_id AND id = :customer_id

-- name: contacts(merchant_id, customer_id)
SELECT role, email, country_id FROM contact
WHERE merchant_id = :merchant_id AND customer_id = :customer_id
ORDER BY role

-- name: payment_method(merchant_id, id)
SELECT document FROM payment_method WHERE merchant_id = :merchant_id AND id = :id

-- name: insert_customers(merchant_id, id, reference_id, document)*!
INSERT INTO customer (merchant_id, id, reference_id, document)
VALUES (:merchant_id, :id, :reference_id, :document)

-- name: insert_contacts(merchant_id, customer_id, role, email, country_id)*!
INSERT INTO contact (merchant_id, customer_id, role, email, country_id)
VALUES (:merchant_id, :customer_id, :role, :email, :country_id)

-- name: update_customers(merchant_id, id, reference_id, document)*!
UPDATE customer SET reference_id = :reference_id, document = :document
WHERE merchant_id = :merchant_id AND id = :id

-- name: put_contacts(merchant_id, customer_id, role, email, country_id)*!
INSERT INTO contact (merchant_id, customer_id, role, email, country_id)
VALUES (:merchant_id, :customer_id, :role, :email, :country_id)
ON CONFLICT (merchant_id, customer_id, role) DO UPDATE SET
    email = excluded.email, country_id = excluded.country_id

-- name: delete_contacts(merchant_id, customer_id, role)*!
DELETE FROM contact
WHERE merchant_id = :merchant_id AND customer_id = :customer_id AND role = :role

-- name: update_payment_methods(merchant_id, id, document)*!
UPDATE payment_method SET document = :document WHERE merchant_id = :merchant_id AND id = :id

-- name: insert_payment_methods(merchant_id, id, document)*!
INSERT INTO payment_method (merchant_id, id, document) VALUES (:merchant_id, :id, :document)
