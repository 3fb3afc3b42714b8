-- payhook's schema, step 3 of version 3.

-- What the table events holds, kept by triggers as quarantine_size is.
CREATE TABLE events_size (
    id                  INTEGER PRIMARY KEY CHECK (id = 1),
    webhooks            INTEGER NOT NULL,
    bytes               INTEGER NOT NULL   -- of bodies and headers
) STRICT;

INSERT INTO events_size
SELECT 1, count(*), coalesce(sum(length(body) + length(CAST(headers AS BLOB))), 0) FROM events;

CREATE TRIGGER events_grow AFTER INSERT ON events BEGIN
    UPDATE events_size
    SET webhooks = webhooks + 1,
        bytes = bytes + length(NEW.body) + length(CAST(NEW.headers AS BLOB));
END;

CREATE TRIGGER events_shrink AFTER DELETE ON events BEGIN
    UPDATE events_size
    SET webhooks = webhooks - 1,
        bytes = bytes - length(OLD.body) - length(CAST(OLD.headers AS BLOB));
END;
