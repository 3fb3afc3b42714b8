-- payhook's schema, step 4 of version 3: handlers.

-- The queue of each source: one whose handlers are all busy must not be looked through to find the
-- rows of another.
DROP INDEX transactions_due;
CREATE INDEX transactions_due_of_source ON transactions (source, due_at) WHERE status = 'PROCESSING';

-- Where the order within an account is kept: what has been begun and is not over, and what waits for
-- that, which is due at the end of time. A row enters it with its first attempt, so that a webhook
-- costs nothing here.
CREATE INDEX transactions_in_order ON transactions (source, source_account, id)
    WHERE status = 'PROCESSING' AND (attempts > 0 OR due_at = 9223372036854775807);

-- For those that an operator has to see to.
CREATE INDEX transactions_failed ON transactions (processed_at) WHERE status = 'FAILED';

-- Of `attempts`, those that do not count any more: until it was put back into the queue by an
-- operator, or ended by payhookd, which was told to stop.
ALTER TABLE transactions ADD COLUMN attempts_forgiven INTEGER NOT NULL DEFAULT 0;

-- Each run of a handler, written before it starts.
CREATE TABLE attempts (
    transaction_row     INTEGER NOT NULL,  -- transactions.id
    number              INTEGER NOT NULL,  -- from 1
    started_at          TEXT    NOT NULL,

    -- NULL while it runs, and for good where nobody could report its end.
    ended_at            TEXT,
    outcome             TEXT CHECK (outcome IN ('PROCESSED', 'RETRY', 'FAILED', 'INTERRUPTED')),
    reason              TEXT    NOT NULL DEFAULT '',  -- why it was not PROCESSED
    output              BLOB    NOT NULL DEFAULT x'', -- the last of what the handler said
    PRIMARY KEY (transaction_row, number),
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
) STRICT, WITHOUT ROWID;

-- What runs, or ran when a processor ended without a word.
CREATE INDEX attempts_open ON attempts (transaction_row, number) WHERE ended_at IS NULL;

-- What operators did to the queue.
CREATE TABLE operations (
    id                  INTEGER PRIMARY KEY,
    at                  TEXT    NOT NULL,
    operation           TEXT    NOT NULL,  -- requeue, cancel, replay, pause, resume
    transaction_row     INTEGER,           -- transactions.id, where it was about one
    who                 TEXT    NOT NULL,
    why                 TEXT    NOT NULL
) STRICT;

-- Has a row while processing is paused.
CREATE TABLE pause (
    id                  INTEGER PRIMARY KEY CHECK (id = 1)
) STRICT;
