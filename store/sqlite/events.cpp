#include "store/sqlite/events.h"

#include <string>

#include "core/sha256.h"

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
  const std::string received_at = format_milliseconds(webhook.received_at);
  const std::string body_hash = sha256_of(webhook.body);
  m_insert.bind(1, webhook.source);
  m_insert.bind(2, type);
  m_insert.bind(3, received_at);
  m_insert.bind(4, webhook.headers);
  m_insert.bind_blob(5, webhook.body);
  m_insert.bind_blob(6, body_hash);
  m_insert.bind(7, webhook.remote_address);
  m_insert.run();
}

}  // namespace payhook
