#pragma once

#include "store/errors.h"

namespace payhook {

/// The database is damaged in one place. What does not need that place can still be done.
class StoreDamaged : public StoreBroken {
 public:
  using StoreBroken::StoreBroken;
};

/// One thing could not be done: a place of the disk cannot be read, or what was to be written
/// breaks a rule of the schema. The next one may go well.
class StoreRefused : public StoreUnavailable {
 public:
  using StoreUnavailable::StoreUnavailable;
};

}  // namespace payhook
