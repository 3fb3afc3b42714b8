#include "store/sqlite/quarantine.h"

#include <string>

#include "core/log.h"
#include "core/sha256.h"
#include "store/sqlite/insert_kept.h"

namespace payhook {

namespace {

constexpr auto k_find = "SELECT 1 FROM quarantine WHERE source = ?1 AND body_hash = ?2";

constexpr auto k_insert = R"sql(
  INSERT INTO quarantine (source, reason, received_at, headers, body, body_hash, remote_address)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
)sql";

}  // namespace

SqliteQuarantine::SqliteQuarantine(SqliteConnection& connection)
    : m_find(connection.prepare(k_find)),
      m_size(connection, "quarantine"),
      m_insert(connection.prepare(k_insert)) {}

IntakeResult SqliteQuarantine::keep(const IncomingWebhook& webhook, std::string_view reason) {
  const std::string body_hash = sha256_of(webhook.body);
  if (is_kept(webhook, body_hash)) {
    return IntakeResult::QUARANTINED;
  }
  if (!has_room_for(webhook)) {
    return IntakeResult::NO_ROOM;
  }
  insert_kept(m_insert, webhook, reason, body_hash);
  return IntakeResult::QUARANTINED;
}

bool SqliteQuarantine::is_kept(const IncomingWebhook& webhook, std::string_view body_hash) {
  m_find.bind(1, webhook.source);
  m_find.bind_blob(2, body_hash);
  const ResetAtEnd reset(m_find);
  return m_find.step();
}

bool SqliteQuarantine::has_room_for(const IncomingWebhook& webhook) {
  constexpr KeptAmount k_most = k_most_quarantined;
  const KeptAmount grown = m_size.with(webhook);
  if (grown.exceeds({k_most.webhooks / 2, k_most.bytes / 2})) {
    log::report(log::Event::QUARANTINED,
                "the quarantine would hold {} webhooks of {} bytes now; past {} webhooks or {} "
                "bytes webhooks are answered 503: see to what is in the table quarantine",
                grown.webhooks, grown.bytes, k_most.webhooks, k_most.bytes);
  }
  return !grown.exceeds(k_most);
}

}  // namespace payhook
