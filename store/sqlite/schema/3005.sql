-- payhook's schema, step 5 of version 3: retention.

-- How far the rows, in the order of their arrival, have been gone through.
CREATE TABLE retention (
    id                  INTEGER PRIMARY KEY CHECK (id = 1),
    emptied_until       INTEGER NOT NULL   -- transactions.id: bodies and headers
) STRICT;

INSERT INTO retention VALUES (1, 0);

-- Those rows up to there that were not PROCESSED then, and kept their body and headers.
CREATE TABLE not_emptied (
    transaction_row     INTEGER PRIMARY KEY  -- transactions.id
) STRICT;

-- What is remembered of rows that were pruned, so that their webhooks are still known when they come
-- again. They stay in id_index, which leads to the row here. Nobody who does not know id_index's key
-- can choose an id or values that have the same check. By its day and its hash a later release may
-- forget one.
CREATE TABLE pruned_ids (
    transaction_row     INTEGER PRIMARY KEY, -- transactions.id, as it was
    created_on          INTEGER NOT NULL,    -- the day in UTC, counted from 1970-01-01
    hash                INTEGER NOT NULL,    -- id_index.hash
    id_check            INTEGER NOT NULL,    -- of source and transaction_id, by SipHash-2-4
    values_check        INTEGER NOT NULL     -- of the accounts, the amount and the currency
) STRICT;
