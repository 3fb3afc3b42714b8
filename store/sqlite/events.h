#pragma once

#include <string_view>

#include "store/intake.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/kept_size.h"

namespace payhook {

/// The table events, as one who is in a transaction writes it. For one thread at a time.
class SqliteEvents {
 public:
  explicit SqliteEvents(SqliteConnection& connection);

  /// Keeps a webhook unless its source's has the same body already, in the place of the oldest
  /// where the table is full. Returns EVENT_KEPT or, from a sender who has proved nothing, NO_ROOM.
  /// Throws StoreUnavailable or StoreBroken.
  IntakeResult keep(const IncomingWebhook& webhook, std::string_view type);

 private:
  void forget_the_oldest();

  KeptSize m_size;
  SqliteStatement m_insert;
  SqliteStatement m_drop_oldest;
};

}  // namespace payhook
