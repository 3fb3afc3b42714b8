#pragma once

#include <string>

#include "store/postgresql/session.h"
#include "store/statistics.h"

namespace payhook::postgresql {

/// What PostgreSQL's tables have counted, and how the server stands.
class Counters final : public Statistics {
 public:
  /// Throws as Session does.
  Counters(const std::string& conninfo, Session::Begin begin);

  std::vector<OutcomeTotal> totals() override;
  std::vector<OutcomeCount> counts(Timestamp since, Timestamp before) override;
  ProcessingLag processing_lag() override;
  StoreState state(Timestamp now) override;
  StoreVitals vitals() override;
  EngineReport engine() override;
  bool tidy(Timestamp now, Deadline deadline) override;

 private:
  void add_queue(StoreState& state, Timestamp now);
  void add_sizes(StoreState& state, Timestamp now);

  Session m_session;
};

}  // namespace payhook::postgresql
