#include "store/sqlite/events.h"

#include "core/log.h"
#include "core/sha256.h"
#include "store/sqlite/insert_kept.h"

namespace payhook {

namespace {

constexpr auto k_insert = R"sql(
  INSERT INTO events (source, type, received_at, headers, body, body_hash, remote_address)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT DO NOTHING
)sql";

constexpr auto k_drop_oldest = "DELETE FROM events WHERE id = (SELECT min(id) FROM events)";

constexpr KeptAmount k_for_anybody{k_most_events.webhooks / 2, k_most_events.bytes / 2};

}  // namespace

SqliteEvents::SqliteEvents(SqliteConnection& connection)
    : m_size(connection, "events"),
      m_insert(connection.prepare(k_insert)),
      m_drop_oldest(connection.prepare(k_drop_oldest)) {}

IntakeResult SqliteEvents::keep(const IncomingWebhook& webhook, std::string_view type) {
  if (!webhook.is_authentic && m_size.with(webhook).exceeds(k_for_anybody)) {
    return IntakeResult::NO_ROOM;
  }
  insert_kept(m_insert, webhook, type, sha256_of(webhook.body));
  forget_the_oldest();
  return IntakeResult::EVENT_KEPT;
}

void SqliteEvents::forget_the_oldest() {
  while (m_size.now().exceeds(k_most_events)) {
    log::report(log::Event::STORE_TROUBLE,
                "the oldest events are forgotten before their time: the table events is full");
    m_drop_oldest.run();
  }
}

}  // namespace payhook
