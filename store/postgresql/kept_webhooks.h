#pragma once

#include <string>

#include "store/kept_webhooks.h"
#include "store/postgresql/session.h"

namespace payhook::postgresql {

/// The tables quarantine, conflicts and events of PostgreSQL.
class Kept final : public KeptWebhooks {
 public:
  /// Throws as Session does.
  Kept(const std::string& conninfo, Session::Begin begin);

  KeptPage list(KeptIn where, const KeptFilter& filter, std::optional<std::int64_t> before,
                std::size_t limit) override;
  std::optional<KeptWebhook> find(KeptIn where, std::int64_t id) override;
  std::vector<IntakeResult> store_again(KeptIn where, std::int64_t id,
                                        std::span<const IncomingWebhook> webhooks, const Act& act,
                                        Deadline deadline) override;
  bool drop(KeptIn where, std::int64_t id, const Act& act, Deadline deadline) override;
  std::size_t drop_older(KeptIn where, Timestamp before, std::size_t limit,
                         Deadline deadline) override;

  /// How many of them list() looks at.
  static constexpr std::int64_t k_rows_at_once = 20'000;

 private:
  std::optional<std::int64_t> id_before(KeptIn where, std::int64_t id);

  Session m_session;
};

}  // namespace payhook::postgresql
