-- payhook's schema, step 2 of version 3.

-- What senders told that is no payment: one that failed, a test, a refund. Each body once for a
-- source, however often it comes. The oldest are forgotten after a time.
CREATE TABLE events (
    id                  INTEGER PRIMARY KEY,
    source              TEXT    NOT NULL CHECK (source <> ''),
    type                TEXT    NOT NULL,
    received_at         TEXT    NOT NULL,
    headers             TEXT    NOT NULL,
    body                BLOB    NOT NULL,
    body_hash           BLOB    NOT NULL CHECK (length(body_hash) = 32),  -- SHA-256
    remote_address      TEXT    NOT NULL,
    UNIQUE (source, body_hash)
) STRICT;
