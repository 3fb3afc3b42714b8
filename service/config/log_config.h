#pragma once

#include "core/log.h"
#include "service/config/section.h"

namespace payhook {

/// [log]
struct LogConfig {
  log::TransactionIds transaction_ids = log::TransactionIds::HASHED;

  void read(ConfigSection& section);
};

}  // namespace payhook
