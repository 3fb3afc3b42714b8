#include "service/config/log_config.h"

namespace payhook {

void LogConfig::read(ConfigSection& section) {
  section.read_choice<log::TransactionIds>(
      "transaction_id", transaction_ids,
      {{"hash", log::TransactionIds::HASHED}, {"omit", log::TransactionIds::OMITTED}});
}

}  // namespace payhook
