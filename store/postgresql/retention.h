#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/postgresql/session.h"
#include "store/retention.h"

namespace payhook::postgresql {

/// Makes PostgreSQL's tables smaller, some rows at a time, in the order of their arrival.
class Pruner final : public Retention {
 public:
  /// Throws as Session does.
  Pruner(const std::string& conninfo, Session::Begin begin);

  bool empty_webhooks(Timestamp before, Timestamp now, Deadline deadline) override;
  FinishedPage finished(const FinishedFilter& filter, std::optional<std::int64_t> after) override;
  PruneResult prune(std::span<const FinishedState> transactions, const Act* act,
                    Deadline deadline) override;

 private:
  bool go_through(Timestamp before, Timestamp now, Deadline deadline);
  bool empty_those_left(Timestamp before, Deadline deadline);
  std::vector<FinishedTransaction> read(const std::vector<std::int64_t>& numbers);

  Session m_session;
  std::int64_t m_looked_at = 0;  // of the rows that were left
};

}  // namespace payhook::postgresql
