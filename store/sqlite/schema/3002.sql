-- Step 2: what authentic senders sent that became no transaction.

-- The headers that are kept with the body, a line each.
ALTER TABLE transactions ADD COLUMN headers TEXT NOT NULL DEFAULT '';
ALTER TABLE conflicts ADD COLUMN headers TEXT NOT NULL DEFAULT '';

-- Each body once for a source, however often it comes.
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
    SET webhooks = webhooks + 1, bytes = bytes + length(NEW.body) + length(NEW.headers);
END;

CREATE TRIGGER quarantine_shrinks AFTER DELETE ON quarantine BEGIN
    UPDATE quarantine_size
    SET webhooks = webhooks - 1, bytes = bytes - length(OLD.body) - length(OLD.headers);
END;
