#pragma once

#include <utility>

#include "store/outcome_tally.h"
#include "store/sqlite/connection.h"

namespace payhook {

/// The counters, as one who is in a transaction adds to them. It is done once for each line and
/// bucket, not for each webhook. No payment is to fail because it cannot be counted: where the
/// counters are damaged, nothing is counted any more. For one thread at a time.
class OutcomeCounters {
 public:
  explicit OutcomeCounters(SqliteConnection& connection);

  /// Throws StoreUnavailable or StoreBroken. After StoreDamaged or StoreRefused the transaction is
  /// to be tried again, and nothing is counted then.
  void add(const OutcomeTally& tally);

  /// Whether add() has met damage for the first time. Told once.
  bool take_failure() noexcept { return std::exchange(m_has_just_failed, false); }

 private:
  void add_line(const OutcomeTally::Line& line);
  void add_lag(const ProcessingLag& lag);

  bool m_are_damaged = false;
  bool m_has_just_failed = false;
  SqliteStatement m_add;
  SqliteStatement m_add_to_minute;
  SqliteStatement m_add_to_lag;
};

}  // namespace payhook
