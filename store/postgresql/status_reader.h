#pragma once

#include <string>

#include "store/postgresql/session.h"
#include "store/status_reader.h"

namespace payhook::postgresql {

/// Looks transactions up in PostgreSQL.
class Reader final : public StatusReader {
 public:
  /// Throws as Session does.
  Reader(const std::string& conninfo, Session::Begin begin);

  std::optional<StoredTransaction> find(std::string_view source,
                                        std::string_view transaction_id) override;

 private:
  Session m_session;
};

}  // namespace payhook::postgresql
