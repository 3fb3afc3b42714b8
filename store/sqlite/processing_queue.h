#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "store/processing_queue.h"
#include "store/sqlite/account_order.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/damaged_rows.h"
#include "store/sqlite/outcome_counters.h"
#include "store/sqlite/queue_look.h"
#include "store/sqlite/shared_state.h"
#include "store/sqlite/writer.h"

namespace payhook {

/// The rows of SQLite's table that are still PROCESSING. The rows are the queue: a restart loses
/// nothing. A claim moves its row's due_at to the end of the lease, so that one whose processor
/// has gone is due again like any other.
///
/// One session at a time claims, by a lock that its end releases, even a violent one: leases are
/// told by the time of day, which may jump, and two programs must not run one row at the same time
/// then. So claims that are found by the one who takes over are nobody's any more.
///
/// A row that is damaged on the disk is left out, so that it delays none of the others.
class SqliteProcessingQueue final : public ProcessingQueue {
 public:
  /// `shared` is not owned. Throws as SqliteConnection does.
  explicit SqliteProcessingQueue(SharedState& shared,
                                 std::chrono::milliseconds patience = SqliteConnection::k_patience);

  QueueState state() override;
  void let_others_write(Deadline deadline) override;
  std::size_t process_due(std::span<const std::string> sources, Timestamp now, std::size_t limit,
                          Deadline deadline) override;
  std::optional<std::vector<AbandonedClaim>> take_over(Timestamp now, Deadline deadline) override;
  std::vector<ClaimedTransaction> finish_and_claim(const ClaimChanges& changes, Timestamp now,
                                                   Deadline deadline) override;
  std::size_t count_due(Timestamp now, std::size_t at_most) override;

 private:
  struct Due {
    std::int64_t row;
    Timestamp at;
  };

  class PoliteTurn;
  PoliteTurn take_turn(Deadline deadline);
  template <typename Work, typename Rows>
  auto around_damage(Work work, Rows rows_of_it);
  std::size_t process_some(const std::string& source, Timestamp now, std::size_t limit,
                           OutcomeTally& tally);
  void free_forgotten(Timestamp now);
  std::vector<AbandonedClaim> abandoned(Timestamp now, Deadline deadline);
  std::int64_t attempts_that_count(std::int64_t row);
  void end(const Outcome& outcome, Timestamp now, OutcomeTally& tally);
  std::string source_of(std::int64_t row);
  void end_row(const Claim& claim, const Completed& completed, Timestamp now);
  void end_row(const Claim& claim, const TryAgain& again, Timestamp now);
  void end_row(const Claim& claim, const GiveUp& given_up, Timestamp now);
  void end_row(const Claim& claim, const Interrupted& interrupted, Timestamp now);
  void renew(const Renewal& renewal);
  void claim(const ClaimRequest& request, Timestamp now, std::vector<ClaimedTransaction>& claimed,
             OutcomeTally& tally);
  std::vector<Due> due(const std::string& source, Timestamp now, std::size_t limit);
  static void add_rows_of(const std::vector<Due>& all, std::vector<std::int64_t>& rows);
  std::vector<std::int64_t> rows_of(const ClaimChanges& changes, Timestamp now);
  std::vector<Due> candidates(const ClaimRequest& request, Timestamp now);
  bool claim_row(std::int64_t row, const ClaimRequest& request, Timestamp now,
                 std::vector<ClaimedTransaction>& claimed);
  ClaimedTransaction claimed_row() const;

  Writer m_writer;
  Deadline m_not_before;  // while others write
  AccountOrder m_order;
  DamagedRows m_damaged;
  QueueLook m_look;
  SqliteStatement m_process_due;
  SqliteStatement m_process_one;
  SqliteStatement m_abandoned;
  SqliteStatement m_due;
  SqliteStatement m_claim;
  SqliteStatement m_attempts_that_count;
  SqliteStatement m_end_unknown_attempt;
  SqliteStatement m_begin_attempt;
  SqliteStatement m_end_attempt;
  SqliteStatement m_complete;
  SqliteStatement m_try_again;
  SqliteStatement m_give_up;
  SqliteStatement m_renew;
  SqliteStatement m_source_of;
  OutcomeCounters m_counters;
};

}  // namespace payhook
