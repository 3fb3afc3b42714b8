#include "store/sqlite/events.h"

#include "core/sha256.h"
#include "store/sqlite/insert_kept.h"

namespace payhook {

namespace {

constexpr auto k_insert = R"sql(
  INSERT INTO events (source, type, received_at, headers, body, body_hash, remote_address)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT DO NOTHING
)sql";

}  // namespace

SqliteEvents::SqliteEvents(SqliteConnection& connection) : m_insert(connection.prepare(k_insert)) {}

void SqliteEvents::keep(const IncomingWebhook& webhook, std::string_view type) {
  insert_kept(m_insert, webhook, type, sha256_of(webhook.body));
}

}  // namespace payhook
