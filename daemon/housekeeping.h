#pragma once

#include <memory>
#include <mutex>

#include "core/clock.h"
#include "service/config/retention_config.h"
#include "store/kept_webhooks.h"

namespace payhook {

/// Forgets what has been kept for long enough, a little at a time.
class Housekeeping {
 public:
  /// `clock` must outlive it.
  Housekeeping(std::unique_ptr<KeptWebhooks> kept, const Clock& clock, RetentionConfig retention);

  /// Does a few milliseconds' work where it is time, and returns when to do so next. A store that
  /// is busy or full is logged, and tried again later. Throws StoreBroken. For one thread.
  Timestamp step();

  /// Any thread may call it.
  void set_retention(const RetentionConfig& retention);

 private:
  bool forget_some(Timestamp now);

  const std::unique_ptr<KeptWebhooks> m_kept;
  const Clock& m_clock;
  std::mutex m_mutex;
  RetentionConfig m_retention;
  Timestamp m_next = Timestamp::min();
};

}  // namespace payhook
