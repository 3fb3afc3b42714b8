#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/timestamp.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/id_hash.h"
#include "store/sqlite/recent_ids.h"

namespace payhook {

/// What a transaction is known by, and what it says.
struct TransactionTexts {
  std::string_view source;
  std::string_view transaction_id;
  std::string_view source_account;
  std::string_view destination_account;
  std::string_view amount;
  std::string_view currency;
};

/// The rows that were pruned, as far as they are remembered: the table pruned_ids. The table
/// id_index still leads to them, so that an id that was never pruned costs no look at it. For one
/// thread at a time; member functions throw StoreUnavailable or StoreBroken.
class PrunedIds {
 public:
  explicit PrunedIds(SqliteConnection& connection);

  /// Remembers a row, by the hash of the table id_index.
  void add(RowId row, Timestamp created_at, const IdHash& hash, const TransactionTexts& texts);

  enum class Values { THE_SAME, OTHERS };

  /// What values the row had, where one with this id was pruned.
  std::optional<Values> values_of(RowId row, const IdHash& hash, const TransactionTexts& texts);

 private:
  SqliteStatement m_add;
  SqliteStatement m_find;
};

}  // namespace payhook
