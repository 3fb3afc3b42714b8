#pragma once

#include <chrono>

#include "store/processing_queue.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/shared_state.h"
#include "store/sqlite/writer.h"

namespace payhook {

/// The rows of SQLite's table that are still PROCESSING. The rows are the queue: a restart loses
/// nothing. A claim moves its row's due_at to the end of the lease, so that one whose processor
/// has gone is due again like any other.
class SqliteProcessingQueue final : public ProcessingQueue {
 public:
  /// `shared` is not owned. Throws as SqliteConnection does.
  explicit SqliteProcessingQueue(SharedState& shared,
                                 std::chrono::milliseconds patience = SqliteConnection::k_patience);

  std::vector<ClaimedTransaction> claim(Timestamp now, Timestamp lease_end, std::size_t limit,
                                        Deadline deadline) override;
  std::size_t finish(std::span<const Outcome> outcomes, Timestamp now, Deadline deadline) override;
  std::size_t process_due(Timestamp now, std::size_t limit, Deadline deadline) override;
  std::optional<Timestamp> next_due_at() override;
  std::size_t count_due(Timestamp now, std::size_t at_most) override;

 private:
  Writer::Turn take_turn(Deadline deadline);
  ClaimedTransaction claimed_row() const;
  void end(const Claim& claim, const Completed& completed, const std::string& now);
  void end(const Claim& claim, const TryAgain& again, const std::string& now);
  void end(const Claim& claim, const GiveUp& given_up, const std::string& now);

  Writer m_writer;
  Deadline m_not_before;  // while others write
  SqliteStatement m_claim;
  SqliteStatement m_complete;
  SqliteStatement m_try_again;
  SqliteStatement m_give_up;
  SqliteStatement m_process_due;
  SqliteStatement m_next;
  SqliteStatement m_count_due;
};

}  // namespace payhook
