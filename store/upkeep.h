#pragma once

#include "store/deadline.h"
#include "store/errors.h"

namespace payhook {

/// What an engine has to do from time to time to stay fast and small, beside what it is asked for.
/// The programs give it time, and need not know what it does. For one thread at a time.
class Upkeep {
 public:
  virtual ~Upkeep() = default;

  /// Does a few milliseconds' work, and tells of what failed in the background. Returns whether
  /// there may be more to do at once. Throws StoreUnavailable (a later step tries it again) or
  /// StoreBroken.
  virtual bool step(Deadline deadline) = 0;
};

}  // namespace payhook
