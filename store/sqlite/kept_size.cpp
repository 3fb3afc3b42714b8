#include "store/sqlite/kept_size.h"

#include <fmt/format.h>
#include <sysexits.h>

namespace payhook {

KeptSize::KeptSize(SqliteConnection& connection, std::string_view table)
    : m_table(table),
      m_size(connection.prepare(fmt::format("SELECT webhooks, bytes FROM {}_size", table))) {}

KeptAmount KeptSize::now() {
  const ResetAtEnd reset(m_size);
  if (!m_size.step()) {
    throw StoreDamaged(EX_DATAERR, fmt::format("the table {}_size has no row", m_table));
  }
  return {m_size.number(0), m_size.number(1)};
}

KeptAmount KeptSize::with(const IncomingWebhook& webhook) {
  const KeptAmount held = now();
  return {held.webhooks + 1,
          held.bytes + static_cast<std::int64_t>(webhook.body.size() + webhook.headers.size())};
}

}  // namespace payhook
