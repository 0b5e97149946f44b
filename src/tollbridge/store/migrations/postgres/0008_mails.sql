-- Mails to customers: what they tell stands in the facts, what became of them here. `shared_with`
-- are further subscriptions of the order that share its purchase (`|2|3|`), mostly none.
CREATE TABLE mail (
    merchant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    subscription_id BIGINT NOT NULL,
    shared_with TEXT NOT NULL,
    purchase_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT,
    tries INTEGER NOT NULL,
    sent_at BIGINT,
    subject TEXT NOT NULL,
    error TEXT NOT NULL,
    message_id TEXT NOT NULL,
    document BYTEA NOT NULL,
    PRIMARY KEY (merchant_id, id)
);

CREATE INDEX mail_created ON mail (merchant_id, created_at, id);
CREATE INDEX mail_customer ON mail (merchant_id, customer_id, created_at, id);
CREATE INDEX mail_due ON mail (merchant_id, due_at, id) WHERE due_at IS NOT NULL;
