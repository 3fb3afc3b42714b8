#pragma once

#include <string>
#include <string_view>

#include "core/timestamp.h"
#include "store/intake.h"
#include "store/sqlite/statement.h"

namespace payhook {

/// Runs an INSERT of a webhook that is kept as it came: source, why, received_at, headers, body,
/// body_hash and remote_address, as parameters 1 to 7. Throws as SqliteStatement does.
inline void insert_kept(SqliteStatement& insert, const IncomingWebhook& webhook,
                        std::string_view why, std::string_view body_hash) {
  const std::string received_at = format_milliseconds(webhook.received_at);
  insert.bind(1, webhook.source);
  insert.bind(2, why);
  insert.bind(3, received_at);
  insert.bind(4, webhook.headers);
  insert.bind_blob(5, webhook.body);
  insert.bind_blob(6, body_hash);
  insert.bind(7, webhook.remote_address);
  insert.run();
}

}  // namespace payhook
