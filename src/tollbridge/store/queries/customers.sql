-- Customers with their contacts, and payment methods.

-- name: customer(merchant_id, id)
SELECT document FROM customer WHERE merchant_id = :merchant_id AND id = :id

-- name: payment_method(merchant_id, id)
SELECT document FROM payment_method WHERE merchant_id = :merchant_id AND id = :id

-- name: insert_customers(merchant_id, id, reference_id, document)*!
INSERT INTO customer (merchant_id, id, reference_id, document)
VALUES (:merchant_id, :id, :reference_id, :document)

-- name: insert_contacts(merchant_id, customer_id, role, email, country_id)*!
INSERT INTO contact (merchant_id, customer_id, role, email, country_id)
VALUES (:merchant_id, :customer_id, :role, :email, :country_id)

-- name: insert_payment_methods(merchant_id, id, document)*!
INSERT INTO payment_method (merchant_id, id, document) VALUES (:merchant_id, :id, :document)
