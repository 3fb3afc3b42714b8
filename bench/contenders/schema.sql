-- For the contenders that do not create their table themselves.
PRAGMA journal_mode = WAL;
CREATE TABLE transactions (
    id INTEGER PRIMARY KEY,
    transaction_id TEXT NOT NULL UNIQUE,
    source_account TEXT NOT NULL,
    destination_account TEXT NOT NULL,
    amount NUMERIC NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'PROCESSING',
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    processed_at TEXT
);
