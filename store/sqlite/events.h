#pragma once

#include <string_view>

#include "store/intake.h"
#include "store/sqlite/connection.h"

namespace payhook {

/// The table events, as one who is in a transaction writes it. For one thread at a time.
class SqliteEvents {
 public:
  explicit SqliteEvents(SqliteConnection& connection);

  /// Keeps a webhook unless its source's has the same body already. Throws StoreUnavailable or
  /// StoreBroken.
  void keep(const IncomingWebhook& webhook, std::string_view type);

 private:
  SqliteStatement m_insert;
};

}  // namespace payhook
