#pragma once

#include <string>

#include "store/importer.h"
#include "store/postgresql/session.h"

namespace payhook::postgresql {

/// Takes transactions into PostgreSQL's table as webhooks are, and then sets what has become of
/// them.
class Importer final : public TransactionImporter {
 public:
  /// Throws as Session does.
  Importer(const std::string& conninfo, Session::Begin begin);

  std::vector<IntakeResult> add(std::string_view source,
                                std::span<const PastTransaction> transactions, const Act& act,
                                Deadline deadline) override;

 private:
  Session m_session;
  bool m_is_recorded = false;
};

}  // namespace payhook::postgresql
