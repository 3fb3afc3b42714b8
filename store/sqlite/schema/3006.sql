-- payhook's schema, step 6 of version 3: what has happened, counted.
--
-- Each commit that stores or processes adds to the counters, once for each source and outcome that it
-- has, so that nobody has to look through transactions to know how much comes, and when the last did.

-- Since this table is there. It is never emptied: last_at is how one knows that a source has fallen
-- silent.
CREATE TABLE outcomes (
    source              TEXT    NOT NULL,
    outcome             TEXT    NOT NULL,  -- store/statistics.h has them
    count               INTEGER NOT NULL,
    last_at             TEXT    NOT NULL,
    PRIMARY KEY (source, outcome)
) STRICT, WITHOUT ROWID;

-- For two days.
CREATE TABLE outcomes_by_minute (
    minute              TEXT    NOT NULL,  -- as 2026-11-27T14:31
    source              TEXT    NOT NULL,
    outcome             TEXT    NOT NULL,
    count               INTEGER NOT NULL,
    PRIMARY KEY (minute, source, outcome)
) STRICT, WITHOUT ROWID;

-- What is older, for sixty.
CREATE TABLE outcomes_by_hour (
    hour                TEXT    NOT NULL,  -- as 2026-11-27T14
    source              TEXT    NOT NULL,
    outcome             TEXT    NOT NULL,
    count               INTEGER NOT NULL,
    PRIMARY KEY (hour, source, outcome)
) STRICT, WITHOUT ROWID;

-- How large the database was, without what it has free, for sixty days too.
CREATE TABLE database_sizes (
    hour                TEXT    PRIMARY KEY,
    bytes               INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest backup is looked for whenever somebody asks how payhook is.
CREATE INDEX operations_backup ON operations (at) WHERE operation = 'backup';

-- Rows stand in the order of their arrival, but for what operators have imported or stored again: up
-- to this row created_at may be in any order, and is not later than this time.
CREATE TABLE late_rows (
    id                  INTEGER PRIMARY KEY CHECK (id = 1),
    until_row           INTEGER NOT NULL,  -- transactions.id
    until_time          TEXT    NOT NULL
) STRICT;
