#include "store/sqlite/quarantine.h"

#include <sysexits.h>

#include <string>

#include "core/log.h"
#include "core/sha256.h"
#include "store/sqlite/insert_kept.h"

namespace payhook {

namespace {

constexpr auto k_find = "SELECT 1 FROM quarantine WHERE source = ?1 AND body_hash = ?2";

constexpr auto k_size = "SELECT webhooks, bytes FROM quarantine_size";

constexpr auto k_insert = R"sql(
  INSERT INTO quarantine (source, reason, received_at, headers, body, body_hash, remote_address)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
)sql";

}  // namespace

SqliteQuarantine::SqliteQuarantine(SqliteConnection& connection)
    : m_find(connection.prepare(k_find)),
      m_size(connection.prepare(k_size)),
      m_insert(connection.prepare(k_insert)) {}

IntakeResult SqliteQuarantine::keep(const IncomingWebhook& webhook, std::string_view reason) {
  const std::string body_hash = sha256_of(webhook.body);
  if (is_kept(webhook, body_hash)) {
    return IntakeResult::QUARANTINED;
  }
  if (!has_room_for(webhook)) {
    return IntakeResult::QUARANTINE_FULL;
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
  const ResetAtEnd reset(m_size);
  if (!m_size.step()) {
    throw StoreDamaged(EX_DATAERR, "the table quarantine_size has no row");
  }
  const std::int64_t webhooks = m_size.number(0) + 1;
  const std::int64_t bytes =
      m_size.number(1) + static_cast<std::int64_t>(webhook.body.size() + webhook.headers.size());
  if (webhooks > k_quarantined_webhooks / 2 || bytes > k_quarantined_bytes / 2) {
    log::report(log::Event::QUARANTINED,
                "the quarantine holds {} webhooks of {} bytes; at {} webhooks or {} bytes webhooks "
                "are answered 503: see to what is in the table quarantine",
                m_size.number(0), m_size.number(1), k_quarantined_webhooks, k_quarantined_bytes);
  }
  return webhooks <= k_quarantined_webhooks && bytes <= k_quarantined_bytes;
}

}  // namespace payhook
