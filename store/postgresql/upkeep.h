#pragma once

#include "store/upkeep.h"

namespace payhook::postgresql {

/// Nothing is left for the programs to do: autovacuum keeps PostgreSQL's tables fast and small.
class Autovacuum final : public Upkeep {
 public:
  bool step(Deadline deadline) override;
};

}  // namespace payhook::postgresql
