#include "store/postgresql/account_order.h"

namespace payhook::postgresql {

namespace {

constexpr Statement k_lock_accounts{"payhook_lock_accounts", R"sql(
  SELECT pg_advisory_xact_lock(lock) FROM (
    SELECT DISTINCT account_lock(place.source, place.source_account) AS lock
    FROM transactions AS one
    JOIN account_order AS place
      ON place.source = one.source AND place.source_account = one.source_account
         AND place.transaction_row = one.id
    WHERE one.id = ANY ($1::bigint[])
    ORDER BY lock) AS accounts
)sql"};

constexpr Statement k_set_over{"payhook_set_over", R"sql(
  UPDATE account_order AS place SET is_over = true
  FROM transactions AS one
  WHERE one.id = ANY ($1::bigint[]) AND one.status <> 'PROCESSING'
    AND place.source = one.source AND place.source_account = one.source_account
    AND NOT place.is_over AND place.transaction_row = one.id
)sql"};

// One that was cancelled while it ran has the next begin only now. (An index that has due_at would
// be gone through for all who wait, if it were compared with 'infinity'.)
constexpr Statement k_free_next{"payhook_free_next", R"sql(
  WITH next AS MATERIALIZED (
    SELECT (SELECT place.transaction_row
            FROM account_order AS place
            JOIN transactions AS other ON other.id = place.transaction_row
            WHERE place.source = one.source AND place.source_account = one.source_account
              AND NOT place.is_over AND other.status = 'PROCESSING'
            ORDER BY place.transaction_row LIMIT 1) AS id
    FROM transactions AS one
    WHERE one.id = ANY ($1::bigint[]) AND one.status <> 'PROCESSING')
  UPDATE transactions AS waiting SET due_at = $2::timestamptz
  FROM next
  WHERE waiting.id = next.id AND waiting.status = 'PROCESSING' AND NOT isfinite(waiting.due_at)
)sql"};

constexpr Statement k_put_back{"payhook_put_back_in_order", R"sql(
  UPDATE account_order AS place SET is_over = false
  FROM transactions AS one
  WHERE one.id = ANY ($1::bigint[])
    AND place.source = one.source AND place.source_account = one.source_account
    AND place.is_over AND place.transaction_row = one.id
)sql"};

}  // namespace

void lock_accounts(ScopedTransaction& transaction, const Array& rows) {
  transaction.add(k_lock_accounts, Parameters().add(rows));
}

void note_ended(ScopedTransaction& transaction, const Array& rows, Timestamp now) {
  transaction.add(k_set_over, Parameters().add(rows));
  transaction.add(k_free_next, Parameters().add(rows).add(now));
}

void put_back(ScopedTransaction& transaction, const Array& rows) {
  transaction.add(k_put_back, Parameters().add(rows));
}

}  // namespace payhook::postgresql
