-- The first schema. Instants are microseconds since 1970 in UTC, money is minor units, exact
-- decimals are text, documents are msgspec JSON. Every key begins with the merchant.

CREATE TABLE merchant (
    merchant_id INTEGER NOT NULL PRIMARY KEY,
    mode TEXT NOT NULL,
    clock INTEGER,
    document BLOB NOT NULL
) STRICT;

CREATE TABLE credential (
    merchant_id INTEGER NOT NULL,
    username TEXT NOT NULL,
    salt BLOB NOT NULL,
    secret_hash BLOB NOT NULL,
    PRIMARY KEY (merchant_id, username)
) STRICT, WITHOUT ROWID;

-- A user logs in by name alone, so names are unique over the whole platform.
CREATE UNIQUE INDEX credential_username ON credential (username);

CREATE TABLE product (
    merchant_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT;

CREATE TABLE id_block (
    merchant_id INTEGER NOT NULL,
    series TEXT NOT NULL,
    next_id INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, series)
) STRICT, WITHOUT ROWID;

CREATE TABLE customer (
    merchant_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    reference_id TEXT NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX customer_reference ON customer (merchant_id, reference_id);

-- What customers are searched by; the whole contact is in the customer's document.
CREATE TABLE contact (
    merchant_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    role TEXT NOT NULL,
    email TEXT NOT NULL,
    country_id TEXT NOT NULL,
    PRIMARY KEY (merchant_id, customer_id, role)
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_email ON contact (merchant_id, email);

CREATE TABLE payment_method (
    merchant_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE subscription (
    merchant_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    payment_method_id INTEGER NOT NULL,
    status TEXT NOT NULL,
    due_at INTEGER,
    revision INTEGER NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT;

CREATE INDEX subscription_customer ON subscription (merchant_id, customer_id);
CREATE INDEX subscription_due ON subscription (merchant_id, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE item_version (
    merchant_id INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    running_no INTEGER NOT NULL,
    version INTEGER NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (merchant_id, subscription_id, running_no, version)
) STRICT;

CREATE TABLE journal (
    merchant_id INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    payload BLOB NOT NULL,
    at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    command TEXT NOT NULL,
    command_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, subscription_id, sequence)
) STRICT;

-- A command is recorded once; by its id it is looked up when the answer to COMMIT was lost.
CREATE UNIQUE INDEX journal_command
    ON journal (merchant_id, command_id, subscription_id, position);

CREATE TABLE purchase (
    merchant_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    currency TEXT NOT NULL,
    purpose TEXT NOT NULL,
    status TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    paid_at INTEGER,
    gross INTEGER NOT NULL,
    net INTEGER NOT NULL,
    vat INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX purchase_customer ON purchase (merchant_id, customer_id);

CREATE TABLE purchase_item (
    merchant_id INTEGER NOT NULL,
    purchase_id INTEGER NOT NULL,
    running_no INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    item_running_no INTEGER NOT NULL,
    item_version INTEGER NOT NULL,
    interval_no INTEGER NOT NULL,
    billing_interval_no INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    product_name TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    rate TEXT NOT NULL,
    rate_source TEXT NOT NULL,
    gross INTEGER NOT NULL,
    net INTEGER NOT NULL,
    vat INTEGER NOT NULL,
    explanation BLOB NOT NULL,
    PRIMARY KEY (merchant_id, purchase_id, running_no)
) STRICT;

-- The purchase links of a subscription, oldest first, are read from this index alone.
CREATE INDEX purchase_item_subscription ON purchase_item (
    merchant_id, subscription_id, interval_no, billing_interval_no, purchase_id, running_no,
    item_running_no, item_version
);

CREATE TABLE payment_attempt (
    merchant_id INTEGER NOT NULL,
    purchase_id INTEGER NOT NULL,
    try_no INTEGER NOT NULL,
    key TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    payment_method_id INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    result TEXT,
    reference TEXT NOT NULL DEFAULT '',
    code TEXT NOT NULL DEFAULT '',
    settled_at INTEGER,
    PRIMARY KEY (merchant_id, purchase_id, try_no)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX payment_attempt_key ON payment_attempt (merchant_id, key);
-- R4: whatever the program believes, a purchase is captured once.
CREATE UNIQUE INDEX payment_attempt_captured
    ON payment_attempt (merchant_id, purchase_id) WHERE result = 'captured';
CREATE INDEX payment_attempt_open
    ON payment_attempt (merchant_id, opened_at) WHERE settled_at IS NULL;

-- R4: what may be charged once.
CREATE TABLE charge_claim (
    merchant_id INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    interval_no INTEGER NOT NULL,
    billing_interval_no INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    purchase_id INTEGER NOT NULL,
    PRIMARY KEY (
        merchant_id, subscription_id, purpose, interval_no, billing_interval_no, cause
    )
) STRICT, WITHOUT ROWID;

CREATE TABLE posting (
    merchant_id INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    account TEXT NOT NULL,
    purchase_id INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, subscription_id, sequence, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    merchant_id INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    frozen BLOB NOT NULL,
    PRIMARY KEY (merchant_id, subscription_id, sequence)
) STRICT;
