#pragma once

#include <string_view>

#include "store/intake.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/kept_size.h"

namespace payhook {

/// The table quarantine, as one who is in a transaction writes it. For one thread at a time.
class SqliteQuarantine {
 public:
  explicit SqliteQuarantine(SqliteConnection& connection);

  /// Keeps a webhook, whatever its content, unless its source's has the same body already. Returns
  /// QUARANTINED or NO_ROOM. Raises an alarm while less than half of the room is left.
  /// Throws StoreUnavailable or StoreBroken.
  IntakeResult keep(const IncomingWebhook& webhook, std::string_view reason);

 private:
  bool is_kept(const IncomingWebhook& webhook, std::string_view body_hash);
  bool has_room_for(const IncomingWebhook& webhook);

  SqliteStatement m_find;
  KeptSize m_size;
  SqliteStatement m_insert;
};

}  // namespace payhook
