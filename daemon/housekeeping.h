#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "archive/pruning.h"
#include "core/clock.h"
#include "service/config/retention_config.h"
#include "store/kept_webhooks.h"
#include "store/retention.h"
#include "store/statistics.h"

namespace payhook {

/// Forgets what has been kept for long enough, a little at a time, and tidies up the statistics.
class Housekeeping {
 public:
  /// `clock` must outlive it.
  Housekeeping(std::unique_ptr<KeptWebhooks> kept, std::unique_ptr<Retention> retention,
               std::unique_ptr<Statistics> statistics, const Clock& clock, RetentionConfig config);

  /// Does a few milliseconds' work where it is time, and returns when to do so next. A store that
  /// is busy or full is logged, and tried again later, and so is an archive. Throws StoreBroken.
  /// For one thread.
  Timestamp step();

  /// Any thread may call it.
  void configure(const RetentionConfig& config);

 private:
  bool forget_some(Timestamp now, const RetentionConfig& config);
  template <typename Work>
  bool attempt(Work work);
  bool prune_some(Timestamp now, const RetentionConfig& config);

  const std::unique_ptr<KeptWebhooks> m_kept;
  const std::unique_ptr<Retention> m_retention;
  const std::unique_ptr<Statistics> m_statistics;
  const Clock& m_clock;
  std::mutex m_mutex;
  RetentionConfig m_config;
  Timestamp m_next = Timestamp::min();
  std::optional<Pruning> m_pruning;
  std::filesystem::path m_archive;           // where that archives
  std::optional<Timestamp> m_pruned_before;  // what there is to prune on one day is pruned once
};

}  // namespace payhook
