-- payhook's schema, major version 3, step 1. Later steps of version 3 only add to it, so that an
-- earlier 3.x program still works on the newer schema.
--
-- Times are RFC 3339 text in UTC with milliseconds: their order as text is their order in time.
-- Only `due_at`, which is for the processor, is a number: milliseconds since 1970, as in
-- datetime(due_at / 1000, 'unixepoch').

CREATE TABLE transactions (
    id                  INTEGER PRIMARY KEY,

    -- The name of the sender in the configuration. An id is unique within it, see below.
    source              TEXT    NOT NULL CHECK (source <> ''),

    -- What the webhook said. `amount` is the exact decimal; `amount_minor` is the same sum in the
    -- currency's minor unit, to compare and add up (SQLite compares decimal texts wrongly).
    transaction_id      TEXT    NOT NULL CHECK (transaction_id <> ''),
    source_account      TEXT    NOT NULL,
    destination_account TEXT    NOT NULL,
    amount              TEXT    NOT NULL,
    currency            TEXT    NOT NULL,

    -- Where it stands.
    status              TEXT    NOT NULL,
    created_at          TEXT    NOT NULL,
    processed_at        TEXT,

    -- The processor's queue: when it is due, or, while it is claimed, when the lease ends; how often
    -- it has been claimed; and why the last attempt did not succeed.
    due_at              INTEGER,
    attempts            INTEGER NOT NULL DEFAULT 0,
    last_error          TEXT,

    amount_minor        INTEGER NOT NULL CHECK (amount_minor > 0),

    -- The exact bytes received, the headers that are kept with them, a line each, and the address
    -- that sent them.
    body                BLOB    NOT NULL,
    headers             TEXT    NOT NULL,
    remote_address      TEXT    NOT NULL,

    -- One comparison at an insert. (For IN, SQLite would build a temporary table each time.)
    CHECK (CASE WHEN status = 'PROCESSING'
                THEN processed_at IS NULL AND due_at IS NOT NULL
                WHEN status = 'PROCESSED' OR status = 'FAILED'
                THEN processed_at IS NOT NULL AND due_at IS NULL
                ELSE FALSE END)
) STRICT;

CREATE INDEX transactions_due ON transactions (due_at) WHERE status = 'PROCESSING';

-- Which row has a transaction_id of a source. With a UNIQUE index each random id would change a page
-- of its own, and every change of a page is written twice. So the ids of the newest rows are looked
-- up in memory, and enter this table a long run at a time, sorted by their hashes, so that many of
-- them share a page. It holds at least the rows up to `indexed_until`. A hash only says which rows to
-- look at; its secret key keeps others from choosing ids that have the same.
CREATE TABLE id_index (
    hash                INTEGER NOT NULL,  -- of source and transaction_id, by SipHash-2-4
    transaction_row     INTEGER NOT NULL,  -- transactions.id
    PRIMARY KEY (hash, transaction_row)
) STRICT, WITHOUT ROWID;

CREATE TABLE id_index_state (
    id                  INTEGER PRIMARY KEY CHECK (id = 1),
    hash_key            BLOB    NOT NULL CHECK (length(hash_key) = 16),
    indexed_until       INTEGER NOT NULL   -- transactions.id
) STRICT;

INSERT INTO id_index_state VALUES (1, randomblob(16), 0);

-- Webhooks that repeated a transaction_id with other values: once per distinct set of values, a
-- bounded number per id. The first body stands with its transaction.
CREATE TABLE conflicts (
    id                  INTEGER PRIMARY KEY,
    source              TEXT    NOT NULL,
    transaction_id      TEXT    NOT NULL,
    source_account      TEXT    NOT NULL,
    destination_account TEXT    NOT NULL,
    amount              TEXT    NOT NULL,
    currency            TEXT    NOT NULL,
    received_at         TEXT    NOT NULL,
    body                BLOB    NOT NULL,
    headers             TEXT    NOT NULL,
    remote_address      TEXT    NOT NULL,
    UNIQUE (source, transaction_id, source_account, destination_account, amount, currency)
) STRICT;

-- What authentic senders sent that became no transaction: each body once for a source, however often
-- it comes.
CREATE TABLE quarantine (
    id                  INTEGER PRIMARY KEY,
    source              TEXT    NOT NULL CHECK (source <> ''),
    reason              TEXT    NOT NULL,
    received_at         TEXT    NOT NULL,
    headers             TEXT    NOT NULL,
    body                BLOB    NOT NULL,
    body_hash           BLOB    NOT NULL CHECK (length(body_hash) = 32),  -- SHA-256
    remote_address      TEXT    NOT NULL,
    UNIQUE (source, body_hash)
) STRICT;

-- What it holds, kept by triggers, so that nobody has to count and an operator's DELETE makes room.
CREATE TABLE quarantine_size (
    id                  INTEGER PRIMARY KEY CHECK (id = 1),
    webhooks            INTEGER NOT NULL,
    bytes               INTEGER NOT NULL   -- of bodies and headers
) STRICT;

INSERT INTO quarantine_size VALUES (1, 0, 0);

CREATE TRIGGER quarantine_grows AFTER INSERT ON quarantine BEGIN
    UPDATE quarantine_size
    SET webhooks = webhooks + 1,
        bytes = bytes + length(NEW.body) + length(CAST(NEW.headers AS BLOB));
END;

CREATE TRIGGER quarantine_shrinks AFTER DELETE ON quarantine BEGIN
    UPDATE quarantine_size
    SET webhooks = webhooks - 1,
        bytes = bytes - length(OLD.body) - length(CAST(OLD.headers AS BLOB));
END;
