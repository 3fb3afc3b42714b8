<?php
// The intake as one would write it in PHP: a script for PHP-FPM, PDO with SQLite.
declare(strict_types=1);

const FIELDS = ['transaction_id', 'source_account', 'destination_account', 'amount', 'currency'];

function database(): PDO
{
    $database = new PDO('sqlite:' . getenv('DATABASE'), options: [
        PDO::ATTR_PERSISTENT => true,
        PDO::ATTR_TIMEOUT => 10,
    ]);
    // A setting of the connection, which may be a new one.
    $database->exec('PRAGMA synchronous = FULL');
    return $database;
}

function answer(int $status, string $message): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    exit(json_encode(['message' => $message]));
}

$webhook = json_decode(file_get_contents('php://input'), true);
if (!is_array($webhook)) {
    answer(400, 'Invalid JSON');
}
foreach (FIELDS as $field) {
    if (empty($webhook[$field])) {
        answer(400, 'Missing required fields');
    }
}
try {
    $insert = database()->prepare(
        'INSERT OR IGNORE INTO transactions
             (transaction_id, source_account, destination_account, amount, currency)
         VALUES (?, ?, ?, ?, ?)'
    );
    $insert->execute(array_map(fn ($field) => $webhook[$field], FIELDS));
} catch (PDOException $e) {
    error_log($e->getMessage());
    answer(503, 'Temporarily unavailable');
}
answer(202, 'Webhook received');
