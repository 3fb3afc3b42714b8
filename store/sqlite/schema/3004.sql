-- payhook's schema, step 4 of version 3: handlers.
--
-- No release has had the index that is dropped here. The new ones are looked for in the whole table
-- once, which takes about ten seconds for a million rows.

-- The queue of each source: one whose handlers are all busy must not be looked through to find the
-- rows of another. A row that waits for another one of its account is due at the end of time.
DROP INDEX transactions_due;
CREATE INDEX transactions_due_of_source ON transactions (source, due_at) WHERE status = 'PROCESSING';

-- For those that an operator has to see to.
CREATE INDEX transactions_failed ON transactions (processed_at) WHERE status = 'FAILED';

-- Each run of a handler, written before it starts.
CREATE TABLE attempts (
    transaction_row     INTEGER NOT NULL,  -- transactions.id
    number              INTEGER NOT NULL,  -- from 1
    started_at          TEXT    NOT NULL,

    -- NULL while it runs.
    ended_at            TEXT,
    outcome             TEXT CHECK (outcome IN ('PROCESSED', 'RETRY', 'FAILED', 'INTERRUPTED')),
    reason              TEXT    NOT NULL DEFAULT '',  -- why it was not PROCESSED
    output              BLOB    NOT NULL DEFAULT x'', -- the last of what the handler said

    -- Whether it is one of the most that there may be: not one that we interrupted, nor one before an
    -- operator put the transaction back into the queue.
    counts              INTEGER NOT NULL DEFAULT 1 CHECK (counts IN (0, 1)),

    PRIMARY KEY (transaction_row, number),
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
) STRICT, WITHOUT ROWID;

-- What runs, or ran when a processor ended without a word.
CREATE INDEX attempts_open ON attempts (transaction_row) WHERE ended_at IS NULL;

-- The transactions of those sources that keep the order within an account, as they came. Those that
-- are over stay, for they may be put back.
CREATE TABLE account_order (
    source              TEXT    NOT NULL,
    source_account      TEXT    NOT NULL,
    is_over             INTEGER NOT NULL CHECK (is_over IN (0, 1)),
    transaction_row     INTEGER NOT NULL,  -- transactions.id
    PRIMARY KEY (source, source_account, is_over, transaction_row)
) STRICT, WITHOUT ROWID;

-- What operators did to the queue.
CREATE TABLE operations (
    id                  INTEGER PRIMARY KEY,
    at                  TEXT    NOT NULL,
    operation           TEXT    NOT NULL,  -- requeue, cancel, replay, pause, resume, import
    transaction_row     INTEGER,           -- transactions.id, where it was about one
    who                 TEXT    NOT NULL,
    why                 TEXT    NOT NULL
) STRICT;

-- Has a row while processing is paused.
CREATE TABLE pause (
    id                  INTEGER PRIMARY KEY CHECK (id = 1)
) STRICT;
