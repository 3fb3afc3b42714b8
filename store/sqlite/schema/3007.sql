-- payhook's schema, step 7 of version 3: how late transactions are processed, counted.

-- A row for each bucket of store/statistics.h into which one has come, added to by the commits that
-- process transactions or hand them to handlers.
CREATE TABLE processing_lag (
    bucket              INTEGER PRIMARY KEY CHECK (bucket BETWEEN 0 AND 10),  -- 0: the shortest
    count               INTEGER NOT NULL,
    milliseconds        INTEGER NOT NULL      -- of all of them together
) STRICT;
