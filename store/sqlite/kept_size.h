#pragma once

#include <string>
#include <string_view>

#include "store/intake.h"
#include "store/sqlite/connection.h"

namespace payhook {

/// How much a table of kept webhooks holds, as its triggers count it. For one thread at a time.
class KeptSize {
 public:
  /// `table` is the table's name.
  KeptSize(SqliteConnection& connection, std::string_view table);

  /// What it holds. Throws StoreDamaged where that is not written, StoreUnavailable or StoreBroken.
  KeptAmount now();

  /// What it will hold with one more. Throws as now() does.
  KeptAmount with(const IncomingWebhook& webhook);

 private:
  std::string m_table;
  SqliteStatement m_size;
};

}  // namespace payhook
