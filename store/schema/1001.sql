-- payhook's schema, major version 1, step 1. Later steps of version 1 only add to it, so that an
-- earlier 1.x program still works on the newer schema.
--
-- Times are RFC 3339 text in UTC with milliseconds: their order as text is their order in time.

CREATE TABLE transactions (
    id                  INTEGER PRIMARY KEY,

    -- What the webhook said. `amount` is the exact decimal; `amount_minor` is the same sum in the
    -- currency's minor unit, to compare and add up (SQLite compares decimal texts wrongly).
    transaction_id      TEXT    NOT NULL UNIQUE CHECK (length(transaction_id) > 0),
    source_account      TEXT    NOT NULL,
    destination_account TEXT    NOT NULL,
    amount              TEXT    NOT NULL,
    currency            TEXT    NOT NULL,

    -- Where it stands. (SQLite would build a temporary table for IN, at every insert.)
    status              TEXT    NOT NULL CHECK (status = 'PROCESSING' OR status = 'PROCESSED'
                                                OR status = 'FAILED'),
    created_at          TEXT    NOT NULL,
    processed_at        TEXT             CHECK ((processed_at IS NULL) = (status = 'PROCESSING')),

    amount_minor        INTEGER NOT NULL CHECK (amount_minor > 0),

    -- The exact bytes received, and the address that sent them.
    body                BLOB    NOT NULL,
    source              TEXT    NOT NULL
) STRICT;

-- The processor's queue.
CREATE INDEX transactions_processing ON transactions (created_at) WHERE status = 'PROCESSING';

-- Webhooks that repeated a transaction_id with other values: once per distinct set of values, a
-- bounded number per id. The first body stands with its transaction.
CREATE TABLE conflicts (
    id                  INTEGER PRIMARY KEY,
    transaction_id      TEXT    NOT NULL REFERENCES transactions (transaction_id),
    source_account      TEXT    NOT NULL,
    destination_account TEXT    NOT NULL,
    amount              TEXT    NOT NULL,
    currency            TEXT    NOT NULL,
    received_at         TEXT    NOT NULL,
    body                BLOB    NOT NULL,
    source              TEXT    NOT NULL,
    UNIQUE (transaction_id, source_account, destination_account, amount, currency)
) STRICT;
