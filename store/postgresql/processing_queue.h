#pragma once

#include <string>
#include <vector>

#include "store/outcome_tally.h"
#include "store/postgresql/session.h"
#include "store/processing_queue.h"

namespace payhook::postgresql {

/// The rows of PostgreSQL's table that are still PROCESSING. The rows are the queue. Any number of
/// processors claim, and pass over what another one has locked just now.
///
/// Each has a name, by which it finds what it has left behind. Of those with one name one session
/// claims at a time, by a lock that its end releases. What a processor of another name has left
/// behind is due again when its leases end.
class Queue final : public ProcessingQueue {
 public:
  /// Throws as Session does.
  Queue(const std::string& conninfo, std::string name, Session::Begin begin);

  QueueState state() override;
  /// Rows are locked here, not the store: nobody is kept waiting.
  void let_others_write(Deadline deadline) override;
  std::size_t process_due(std::span<const std::string> sources, Timestamp now, std::size_t limit,
                          Deadline deadline) override;
  std::optional<std::vector<AbandonedClaim>> take_over(Timestamp now, Deadline deadline) override;
  std::vector<ClaimedTransaction> finish_and_claim(const ClaimChanges& changes, Timestamp now,
                                                   Deadline deadline) override;
  std::size_t count_due(Timestamp now, std::size_t at_most) override;

 private:
  bool become_claimer(Deadline deadline);
  bool may_claim(Deadline deadline);
  void free_forgotten(Timestamp now, Deadline deadline);
  std::vector<AbandonedClaim> abandoned(Timestamp now, Deadline deadline);
  void end(ScopedTransaction& transaction, std::span<const Outcome> ended, Timestamp now,
           OutcomeTally& tally);
  void renew(ScopedTransaction& transaction, std::span<const Renewal> renewed);
  std::vector<ClaimedTransaction> claim(ScopedTransaction& transaction,
                                        std::span<const ClaimRequest> wanted, Timestamp now,
                                        OutcomeTally& tally);

  Session m_session;
  const std::string m_name;
  bool m_is_claimer = false;
  int m_lock_connection = 0;  // Session::connections() when the lock was taken
};

}  // namespace payhook::postgresql
