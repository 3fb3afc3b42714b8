#pragma once

#include <functional>
#include <string>

#include "store/operations.h"
#include "store/postgresql/session.h"

namespace payhook::postgresql {

/// What operators do to the queue in PostgreSQL.
class OperatorSession final : public Operations {
 public:
  /// Throws as Session does.
  OperatorSession(const std::string& conninfo, Session::Begin begin);

  ActResult requeue(std::string_view source, std::string_view transaction_id, const Act& act,
                    Deadline deadline) override;
  std::size_t requeue_failed(const FailedFilter& filter, std::size_t limit, const Act& act,
                             Deadline deadline) override;
  ActResult cancel(std::string_view source, std::string_view transaction_id, const Act& act,
                   Deadline deadline) override;
  ActResult replay(std::string_view source, std::string_view transaction_id, const Act& act,
                   Deadline deadline) override;
  bool pause(const Act& act, Deadline deadline) override;
  bool resume(const Act& act, Deadline deadline) override;
  void record(WholeStoreAct what, const Act& act, Deadline deadline) override;

 private:
  ActResult put_back(std::string_view source, std::string_view transaction_id,
                     std::string_view status, std::string_view operation, const Act& act,
                     Deadline deadline);
  bool switch_pause(const Statement& statement, std::string_view operation, const Act& act,
                    Deadline deadline);

  Session m_session;
};

}  // namespace payhook::postgresql
